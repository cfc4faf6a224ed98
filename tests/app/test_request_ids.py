from collections.abc import Callable

import httpx
import pytest
from flask.testing import FlaskClient

from app.page.client import Services
from app.request_ids import HEADER
from recs.settings import Settings


@pytest.mark.parametrize("role", ["collector", "recommender", "page"])
def test_every_answer_has_an_id_of_its_own(start: Callable[..., FlaskClient], role: str) -> None:
    client = start(role)

    ids = [client.get(path).headers[HEADER] for path in ("/livez", "/livez", "/no/route")]

    assert len({*ids}) == 3
    assert all(4 < len(each) <= 64 for each in ids)


@pytest.mark.parametrize("sent", ["a", "7d1c9b4e-1d1f-4c0a-8f3e-0d3b8a6f8b11", "a.b:c_d", "x" * 64])
def test_an_id_that_is_sane_is_kept(start: Callable[..., FlaskClient], sent: str) -> None:
    assert start("page").get("/livez", headers={HEADER: sent}).headers[HEADER] == sent


@pytest.mark.parametrize(
    "sent", ["", " ", "x" * 65, "a b", "a,b", "<script>", "é", "a\tb", '{"a": 1}', "anna@mail.org"]
)
def test_an_id_that_is_not_sane_is_replaced(start: Callable[..., FlaskClient], sent: str) -> None:
    answer = start("page").get("/livez", headers={HEADER: sent})

    assert answer.headers.getlist(HEADER) != [sent]
    assert len(answer.headers.getlist(HEADER)) == 1


def test_an_error_has_the_id_too(start: Callable[..., FlaskClient]) -> None:
    answer = start("collector").post("/interact", data="{", headers={HEADER: "mine"})

    assert answer.status_code == 400
    assert answer.headers[HEADER] == "mine"


def test_services_are_asked_by_the_page_with_its_own_id(start: Callable[..., FlaskClient]) -> None:
    asked: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers.get(HEADER))
        return httpx.Response(200, json={})

    services = Services(Settings())
    services._client = httpx.Client(transport=httpx.MockTransport(answer))
    app = start("page").application
    app.add_url_rule("/asks", view_func=lambda: str(services.collector_is_up()))
    app.test_client().get("/asks", headers={HEADER: "from-the-page"})
    services.collector_is_up()

    assert asked == ["from-the-page", None]

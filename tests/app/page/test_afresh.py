import re
import time

import pytest
from flask.testing import FlaskClient

from app.page.session import RETURN_SECONDS
from tests.app.page.fake_services import FakeServices


def viewer(page: str) -> str:
    (user_id,) = re.findall(r'<meta name="viewer" content="([^"]+)"', page)
    return str(user_id)


def test_it_asks_first(visitor: FlaskClient) -> None:
    before = viewer(visitor.get("/").text)
    page = visitor.get("/afresh").text

    assert "Start afresh?" in page
    assert viewer(page) == before


def test_then_the_visitor_is_a_new_viewer(visitor: FlaskClient) -> None:
    before = viewer(visitor.get("/").text)
    visitor.post("/afresh")

    assert viewer(visitor.get("/").text) != before


def test_it_can_be_undone_for_a_minute(visitor: FlaskClient) -> None:
    before = viewer(visitor.get("/").text)
    visitor.post("/afresh")
    assert "go back to who I was" in visitor.get("/").text
    visitor.post("/afresh/undo")

    page = visitor.get("/").text
    assert viewer(page) == before
    assert "go back to who I was" not in page


def test_later_it_cannot(visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    before = viewer(visitor.get("/").text)
    visitor.post("/afresh")
    later = time.time() + RETURN_SECONDS + 1
    monkeypatch.setattr("app.page.session.time.time", lambda: later)
    visitor.post("/afresh/undo")

    assert viewer(visitor.get("/").text) != before


@pytest.mark.parametrize("path", ["/api/interactions", "/api/cards", "/api/seen"])
def test_a_stale_tab_never_writes_into_the_new_viewer(
    visitor: FlaskClient, services: FakeServices, path: str
) -> None:
    before = viewer(visitor.get("/").text)
    visitor.post("/afresh")
    body = {"item_id": "up-2009", "action": "like", "tab": "for_you", "k": 1, "item_ids": ["x"]}
    answer = visitor.post(path, json=body, headers={"X-Viewer": before})

    assert answer.status_code == 409
    assert services.interactions == {}
    assert services.seen == {}


def test_a_stale_form_says_so(visitor: FlaskClient, services: FakeServices) -> None:
    before = viewer(visitor.get("/").text)
    visitor.post("/afresh")
    answer = visitor.post("/react", data={"like": "up-2009", "viewer": before})

    assert answer.status_code == 409
    assert "earlier viewer" in answer.text
    assert services.interactions == {}

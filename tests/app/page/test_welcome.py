import re

from flask.testing import FlaskClient

from app.page.client import Entry
from app.page.welcome import POSTERS, spread
from tests.app.page.fake_services import FakeServices
from tests.app.page.test_tabs import card_ids


def offered(page: str) -> list[str]:
    return re.findall(r'name="love" value="([^"]+)"', page)


def test_the_first_visit_offers_eighteen_posters_above_the_list(visitor: FlaskClient) -> None:
    page = visitor.get("/").text

    assert len(set(offered(page))) == POSTERS
    assert "3 more and the list is yours." in page
    assert len(card_ids(page)) == 12


def test_they_are_of_many_genres(visitor: FlaskClient, services: FakeServices) -> None:
    chosen = offered(visitor.get("/").text)

    assert len({genre for item in chosen for genre in services.genres[item]}) >= 15


def test_each_like_counts(visitor: FlaskClient) -> None:
    visitor.post("/api/interactions", json={"item_id": "up-2009", "action": "like"})

    assert "2 more and the list is yours." in visitor.get("/").text


def test_a_plain_form_likes_what_was_ticked_and_is_not_shown_again(
    visitor: FlaskClient, services: FakeServices
) -> None:
    chosen = offered(visitor.get("/").text)[:3]
    visitor.post("/welcome", data={"love": chosen})

    assert list(services.interactions.values()) == [dict.fromkeys(chosen, "like")]
    page = visitor.get("/").text
    assert offered(page) == []
    assert not set(chosen) & set(card_ids(page))


def test_it_can_be_skipped(visitor: FlaskClient, services: FakeServices) -> None:
    visitor.get("/")
    visitor.post("/welcome", data={"skip": "1"})

    assert offered(visitor.get("/").text) == []
    assert services.interactions == {}


def test_whoever_likes_three_titles_elsewhere_is_not_asked(visitor: FlaskClient) -> None:
    for item in ("up-2009", "jaws-1975", "alien-1979"):
        visitor.post("/api/interactions", json={"item_id": item, "action": "like"})

    assert offered(visitor.get("/").text) == []


def test_a_small_catalogue_offers_nothing(visitor: FlaskClient, services: FakeServices) -> None:
    services.genres = {str(n): ["Drama"] for n in range(POSTERS - 1)}

    assert offered(visitor.get("/").text) == []


def test_the_most_popular_title_comes_first(visitor: FlaskClient) -> None:
    with visitor.application.app_context():
        assert spread([Entry("jaws-1975"), Entry("up-2009")])[0].item_id == "jaws-1975"

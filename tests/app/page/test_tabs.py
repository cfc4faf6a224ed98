import re
import time
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app.page.client import Action, Services
from app.page.lists import GRID
from app.page.memory import NOT_NOW_SECONDS
from tests.app.page.fake_services import FakeServices

TABS = [
    *("/", "/popular", "/genre?name=Drama", "/search?q=matrix"),
    *("/liked", "/disliked", "/seen", "/watchlist", "/not-now"),
]


def card_ids(page: str) -> list[str]:
    return re.findall(r'class="card" data-item-id="([^"]+)"', page)


def lists_asked_for(services: FakeServices) -> list[str]:
    return [call for call in services.calls if "/recs/" in call]


def test_the_first_visit_shows_a_grid_of_titles(visitor: FlaskClient) -> None:
    assert len(card_ids(visitor.get("/").text)) == GRID


def test_asking_for_a_list_records_nothing(visitor: FlaskClient, services: FakeServices) -> None:
    visitor.get("/")

    (asked,) = lists_asked_for(services)
    assert f"k={GRID}&" in asked
    assert services.seen == {}


@pytest.mark.parametrize("times", [1, 5])
def test_a_list_stays_until_the_viewer_says_something(visitor: FlaskClient, times: int) -> None:
    first = card_ids(visitor.get("/").text)
    for _ in range(times):
        visitor.get("/popular")
        again = card_ids(visitor.get("/").text)

    assert again == first


def test_without_javascript_what_was_served_counts_as_shown(
    visitor: FlaskClient, services: FakeServices
) -> None:
    page = visitor.get("/").text
    picture = re.search(r'<noscript><img src="([^"]+)"', page)
    assert picture is not None
    visitor.get(picture[1])

    assert list(services.seen.values()) == [card_ids(page)]


def test_a_list_outlives_what_counts_as_shown(visitor: FlaskClient) -> None:
    first = card_ids(visitor.get("/").text)
    visitor.get("/seen-all")

    assert card_ids(visitor.get("/").text) == first


def test_what_was_said_elsewhere_leaves_the_list_and_the_rest_stays(visitor: FlaskClient) -> None:
    liked, *others = card_ids(visitor.get("/").text)
    visitor.post("/api/interactions", json={"item_id": liked, "action": "like"})

    after = card_ids(visitor.get("/").text)
    assert after[: GRID - 1] == others
    assert len(after) == GRID


def test_an_item_that_is_deleted_leaves_the_list(
    visitor: FlaskClient, services: FakeServices
) -> None:
    gone, *others = card_ids(visitor.get("/").text)
    del services.genres[gone]

    assert card_ids(visitor.get("/").text)[: GRID - 1] == others


def test_after_a_cleanup_nothing_is_remembered(
    visitor: FlaskClient, services: FakeServices
) -> None:
    visitor.get("/")
    services.clean_up()
    services.genres["new"] = ["Drama"]

    assert card_ids(visitor.get("/").text) == ["new"]


def test_where_nothing_can_be_written_the_page_works_and_forgets(
    visitor: FlaskClient, tmp_path: Path
) -> None:
    (tmp_path / "page.sqlite3").mkdir()

    assert len(card_ids(visitor.get("/").text)) == GRID


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_has_a_heading(visitor: FlaskClient, tab: str) -> None:
    page = visitor.get(tab)

    assert page.status_code == 200
    assert page.text.count("<h1") == 1


def test_with_the_recommender_down_the_search_still_finds(
    visitor: FlaskClient, services: FakeServices
) -> None:
    services.down.add("recommender")

    assert card_ids(visitor.get("/search?q=jawz").text) == ["jaws-1975"]


@pytest.mark.parametrize("tab", TABS)
def test_with_the_recommender_down_every_tab_says_so(
    visitor: FlaskClient, services: FakeServices, tab: str
) -> None:
    services.down.add("recommender")

    page = visitor.get(tab)

    assert page.status_code == 503
    assert "The recommender does not answer" in page.text


def test_a_genre_shows_only_titles_of_that_genre(
    visitor: FlaskClient, services: FakeServices
) -> None:
    shown = card_ids(visitor.get("/genre?name=Western").text)

    assert shown
    assert all("Western" in services.genres[item] for item in shown)


def test_a_genre_is_named_as_the_catalogue_and_the_language_name_it(visitor: FlaskClient) -> None:
    page = visitor.get("/genre?name=wEstern&lang=ru", follow_redirects=True).text

    assert "Вестерн" in page.split("<h1")[1].split("</h1>")[0]


def test_liked_items_are_listed_newest_first(visitor: FlaskClient) -> None:
    for item in ("up-2009", "jaws-1975"):
        visitor.post("/api/interactions", json={"item_id": item, "action": "like"})

    assert card_ids(visitor.get("/liked").text) == ["jaws-1975", "up-2009"]


@pytest.mark.parametrize(("action", "tab"), [("like", "liked"), ("dislike", "disliked")])
def test_a_long_list_of_ones_own_can_be_seen_to_its_end(
    visitor: FlaskClient, services: FakeServices, action: str, tab: str
) -> None:
    items = list(services.genres)[:61]
    visitor.post("/api/interactions", json={"item_id": items[0], "action": action})
    [user_id] = services.interactions
    services.interactions[user_id] |= dict.fromkeys(items, action)

    page = visitor.get(f"/{tab}").text
    assert len(card_ids(page)) == 60
    assert f'id="show-more" href="/{tab}?n=120"' in page

    page = visitor.get(f"/{tab}?n=120").text
    assert set(card_ids(page)) == set(items)
    assert "show-more" not in page


def test_what_was_disliked_is_not_among_the_liked_items(visitor: FlaskClient) -> None:
    visitor.post("/api/interactions", json={"item_id": "up-2009", "action": "like"})
    visitor.post("/api/interactions", json={"item_id": "jaws-1975", "action": "dislike"})

    assert card_ids(visitor.get("/liked").text) == ["up-2009"]


@pytest.mark.parametrize(
    ("path", "action"), [("/disliked", "dislike"), ("/seen", "watched"), ("/watchlist", "want")]
)
def test_every_list_of_the_viewer_can_take_back_what_it_holds(
    visitor: FlaskClient, path: str, action: str
) -> None:
    visitor.post("/api/interactions", json={"item_id": "up-2009", "action": action})
    page = visitor.get(path).text

    assert card_ids(page) == ["up-2009"]
    taking_back = "unwant" if action == "want" else "undo"
    assert f'name="{taking_back}" value="up-2009"' in page

    visitor.post("/api/interactions", json={"item_id": "up-2009", "action": taking_back})
    assert card_ids(visitor.get(path).text) == []


def test_not_now_hides_a_title_and_is_no_dislike(
    visitor: FlaskClient, services: FakeServices
) -> None:
    hidden, *others = card_ids(visitor.get("/").text)
    visitor.post("/api/interactions", json={"item_id": hidden, "action": "not_now"})

    assert card_ids(visitor.get("/").text)[: GRID - 1] == others
    assert hidden not in card_ids(visitor.get("/popular").text)
    assert card_ids(visitor.get("/not-now").text) == [hidden]
    assert services.interactions == {}


def test_what_was_put_off_last_stands_first(visitor: FlaskClient) -> None:
    put_off = card_ids(visitor.get("/").text)[:6]
    for item_id in (*put_off, put_off[0]):
        visitor.post("/api/interactions", json={"item_id": item_id, "action": "not_now"})

    assert card_ids(visitor.get("/not-now").text) == [put_off[0], *put_off[:0:-1]]


def test_not_now_ends_after_two_weeks(
    visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = card_ids(visitor.get("/popular").text)[0]
    visitor.post("/api/interactions", json={"item_id": hidden, "action": "not_now"})
    later = time.time() + NOT_NOW_SECONDS + 1
    monkeypatch.setattr("app.page.memory.time.time", lambda: later)

    assert card_ids(visitor.get("/popular").text)[0] == hidden


def test_a_genre_that_no_title_has_is_not_found(visitor: FlaskClient) -> None:
    assert visitor.get("/genre?name=Nope").status_code == 404
    assert visitor.get("/genre").status_code == 404


def test_more_titles_are_added_by_the_address(visitor: FlaskClient) -> None:
    page = visitor.get("/popular").text
    (address,) = re.findall(r'id="show-more" href="([^"]+)"', page)

    more = card_ids(visitor.get(unescape(address)).text)
    assert more[:GRID] == card_ids(page)
    assert len(more) == 2 * GRID


def test_no_more_than_sixty_liked_items_are_listed(
    visitor: FlaskClient, services: FakeServices
) -> None:
    visitor.get("/")
    (user_id,) = [call.split("/")[2].split("?")[0] for call in lists_asked_for(services)]
    services.interactions[user_id] = dict.fromkeys(list(services.genres)[:70], "like")

    assert len(card_ids(visitor.get("/liked").text)) == 60


def test_genres_are_listed_by_the_number_of_their_items(
    visitor: FlaskClient, services: FakeServices
) -> None:
    services.genres = {"a": ["War"], "b": ["War", "Drama"], "c": ["Comedy"], "d": ["War", "Drama"]}

    page = visitor.get("/").text

    assert re.findall(r'href="/genre\?name=(\w+)"', page) == ["War", "Drama", "Comedy"]


def test_search_shows_what_was_liked_already(visitor: FlaskClient) -> None:
    visitor.post("/api/interactions", json={"item_id": "jaws-1975", "action": "like"})

    assert 'data-action="like" aria-pressed="true"' in visitor.get("/search?q=jaws").text


@pytest.mark.parametrize(("query", "is_said"), [("", False), (" ", False), ("xyzzyq", True)])
def test_only_a_query_can_find_nothing(visitor: FlaskClient, query: str, is_said: bool) -> None:
    page = visitor.get("/search", query_string={"q": query}).text

    assert (re.search(r'id="empty" hidden', page) is None) == is_said


def test_search_leaves_out_items_that_the_recommender_does_not_have(
    visitor: FlaskClient, services: FakeServices
) -> None:
    del services.genres["jaws-1975"]

    assert card_ids(visitor.get("/search?q=jaws").text) == []


def test_an_item_that_the_page_does_not_know_is_shown_with_its_id_and_genres(
    visitor: FlaskClient, services: FakeServices
) -> None:
    services.clean_up()
    services.genres["3f2a-unknown"] = ["Western"]
    visitor.post("/api/interactions", json={"item_id": "3f2a-unknown", "action": "like"})

    page = visitor.get("/liked").text

    assert "3f2a-unknown" in page
    assert 'class="of-genres">Western' in page


@pytest.mark.slow
@pytest.mark.parametrize(
    ("told", "facts"),
    [
        ({"year": 1979, "kind": "series"}, "1979 · series · Western"),
        ({"kind": "series"}, "series · Western"),
        ({"year": 1979}, "1979 · Western"),
        ({}, "Western"),
    ],
)
def test_a_dot_stands_only_between_two_facts(
    visitor: FlaskClient, services: FakeServices, told: dict[str, object], facts: str
) -> None:
    services.clean_up()
    services.genres = {"x1": ["Western"]}
    services.told = {"x1": told}
    page = visitor.get("/popular").text

    [shown] = re.findall(r'<p class="facts">(.*)</p>', page)
    assert re.sub("<.*?>", "", shown) == facts


def test_many_likes_with_long_ids_do_not_make_an_address_too_long(
    visitor: FlaskClient, services: FakeServices
) -> None:
    services.clean_up()
    for n in range(60):
        services.genres[f"{n:064d}"] = ["Western"]
        visitor.post("/api/interactions", json={"item_id": f"{n:064d}", "action": "like"})

    page = visitor.get("/liked").text

    assert page.count('class="of-genres">Western') == 60
    assert max(map(len, services.calls)) < 8_190


def test_a_hostile_item_id_stays_text(visitor: FlaskClient, services: FakeServices) -> None:
    services.clean_up()
    services.genres["<script>alert(1)</script>"] = ["<b>Drama"]

    page = visitor.get("/").text

    assert "<script>alert" not in page
    assert "<b>Drama" not in page


def test_a_catalogue_that_is_filled_during_a_visit_is_not_called_empty(
    visitor: FlaskClient, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled, services.genres = services.genres, {}

    def fill(*_: object) -> dict[str, Action]:
        services.genres = filled
        return {}

    monkeypatch.setattr(Services, "interactions", fill)
    page = visitor.get("/").text

    assert "The catalogue is empty" not in page
    assert len(card_ids(page)) == GRID
    assert "/genre?name=" in page


def test_after_a_cleanup_the_page_offers_its_items_and_waits(
    visitor: FlaskClient, services: FakeServices
) -> None:
    services.clean_up()

    assert "The catalogue is empty" in visitor.get("/").text
    assert services.genres == {}


@pytest.mark.parametrize(
    ("header", "text"),
    [("ru-RU,ru;q=0.9,en;q=0.8", "Что посмотреть"), ("de,en;q=0.5", "What to watch"), ("", "What")],
)
def test_the_browser_chooses_the_language(visitor: FlaskClient, header: str, text: str) -> None:
    assert text in visitor.get("/", headers={"Accept-Language": header}).text


def test_a_language_that_was_chosen_stays(visitor: FlaskClient) -> None:
    visitor.get("/?lang=ru")

    assert '<html lang="ru">' in visitor.get("/popular").text


def test_the_language_switch_stays_on_the_tab(visitor: FlaskClient) -> None:
    assert 'href="?q=jaws&amp;lang=ru"' in visitor.get("/search?q=jaws").text


@pytest.mark.parametrize("query", ["endpoint=x", "_external=1&_scheme=javascript", "lang=xx"])
def test_no_query_leads_the_language_switch_astray(visitor: FlaskClient, query: str) -> None:
    page = visitor.get(f"/?{query}")

    assert page.status_code == 200
    assert "javascript:" not in page.text


def test_a_russian_page_shows_russian_titles(visitor: FlaskClient) -> None:
    assert "Челюсти" in visitor.get("/search?q=jaws&lang=ru").text


def test_a_page_that_does_not_exist_leads_back_to_the_titles(visitor: FlaskClient) -> None:
    page = visitor.get("/nothing")

    assert page.status_code == 404
    assert "To the titles" in page.text


@pytest.mark.parametrize("path", [*TABS, "/status", "/poster?id=x", "/nothing", "/api/catalogue"])
def test_a_browser_may_load_nothing_from_elsewhere(visitor: FlaskClient, path: str) -> None:
    policy = visitor.get(path).headers["Content-Security-Policy"]

    assert policy.startswith("default-src 'none'")
    assert "http" not in policy
    assert "script-src 'unsafe-inline'" not in policy


@pytest.mark.parametrize("path", [*TABS, "/status"])
def test_no_page_has_styles_or_scripts_in_its_text(visitor: FlaskClient, path: str) -> None:
    page = visitor.get(path).text

    assert not re.search(r"\sstyle=|\son\w+=|<style|<script>", page)
    assert not re.search(r'src="(https?:)?//', page)


def test_what_a_service_refuses_is_a_bad_request(
    visitor: FlaskClient, services: FakeServices
) -> None:
    services.refusing = True

    assert visitor.get("/popular").status_code == 400


def test_a_poster_sets_no_cookie(visitor: FlaskClient) -> None:
    poster = visitor.get("/poster?id=jaws-1975")

    assert "Set-Cookie" not in poster.headers
    assert poster.cache_control.public


def test_no_cache_keeps_what_belongs_to_one_user(visitor: FlaskClient) -> None:
    assert visitor.get("/").headers["Cache-Control"] == "no-store"

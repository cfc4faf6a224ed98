"""What works without JavaScript."""

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.page.lists import GRID
from tests.app.page.fake_services import FakeServices
from tests.app.page.test_tabs import card_ids
from tests.waiting import until

Form = dict[str, str]


def form_of(page: str, **pressed: str) -> Form:
    """Fill in the form of a page as a browser does when a button is pressed."""
    fields = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in fields} | pressed


def press(visitor: FlaskClient, page: str, **pressed: str) -> str:
    """Press a button of a card, as a browser does, and follow where that leads."""
    return visitor.post("/react", data=form_of(page, **pressed), follow_redirects=True).text


def test_a_liked_card_is_replaced_and_the_others_stay(visitor: FlaskClient) -> None:
    first = visitor.get("/").text
    liked, *others = card_ids(first)

    second = card_ids(press(visitor, first, like=liked))

    assert second[1:] == others
    assert len(second) == GRID
    assert liked not in second


def test_a_like_reaches_the_collector(visitor: FlaskClient, services: FakeServices) -> None:
    page = visitor.get("/").text
    liked = card_ids(page)[0]

    visitor.post("/react", data=form_of(page, like=liked))

    assert list(services.interactions.values()) == [{liked: "like"}]


def test_undo_withdraws_the_interaction_and_restores_the_card(
    visitor: FlaskClient, services: FakeServices
) -> None:
    first = visitor.get("/").text
    disliked = card_ids(first)[3]
    second = press(visitor, first, dislike=disliked)

    third = press(visitor, second, undo=disliked)

    assert list(services.interactions.values()) == [{}]
    assert card_ids(third)[3] == disliked
    assert len(card_ids(third)) == GRID


def test_with_the_collector_down_the_page_says_so_and_keeps_every_card(
    visitor: FlaskClient, services: FakeServices
) -> None:
    first = visitor.get("/").text
    services.down.add("collector")

    answer = visitor.post("/react", data=form_of(first, like=card_ids(first)[0]))

    assert answer.status_code == 503
    assert "Not saved:" in answer.text
    assert card_ids(answer.text) == card_ids(first)


def test_with_the_recommender_down_what_the_collector_has_saved_is_saved(
    visitor: FlaskClient, services: FakeServices
) -> None:
    form = form_of(visitor.get("/").text, like="jaws-1975")
    services.down.add("recommender")

    answer = visitor.post("/react", data=form, follow_redirects=True)

    assert list(services.interactions.values()) == [{"jaws-1975": "like"}]
    assert "Not saved:" not in answer.text


def test_on_the_search_tab_a_liked_card_stays(visitor: FlaskClient) -> None:
    first = visitor.get("/search?q=jaws").text

    second = press(visitor, first, like="jaws-1975")

    assert card_ids(second) == ["jaws-1975"]
    assert 'aria-pressed="true"' in second


def test_what_a_tab_is_about_fits_into_the_address_it_leads_to(visitor: FlaskClient) -> None:
    form = {"tab": "search", "about": "\N{FILM PROJECTOR}" * 9_000, "like": "jaws-1975"}

    answer = visitor.post("/react", data=form)

    assert answer.status_code == 303
    assert len(answer.headers["Location"]) < 8_000


def test_undo_restores_the_card_where_it_stood(visitor: FlaskClient) -> None:
    first = visitor.get("/").text
    disliked = card_ids(first)[3]
    second = press(visitor, first, dislike=disliked)

    assert card_ids(press(visitor, second, undo=disliked)) == card_ids(first)


def test_reloading_says_nothing_twice(visitor: FlaskClient, services: FakeServices) -> None:
    page = visitor.get("/").text
    liked = card_ids(page)[0]
    answer = visitor.post("/react", data=form_of(page, like=liked))

    assert answer.status_code == 303
    assert 'class="result' in visitor.get(answer.headers["Location"]).text
    assert 'class="result' not in visitor.get(answer.headers["Location"]).text


def test_the_next_list_waits_for_what_was_said(
    visitor: FlaskClient, services: FakeServices
) -> None:
    page = visitor.get("/").text
    press(visitor, page, like=card_ids(page)[0])

    assert any("after=77" in call for call in services.calls)


@pytest.mark.parametrize(
    ("action", "taken_back"), [("want", "unwant"), ("not_now", "now"), ("watched", "undo")]
)
def test_every_other_button_works_and_can_be_taken_back(
    visitor: FlaskClient, action: str, taken_back: str
) -> None:
    first = visitor.get("/").text
    item = card_ids(first)[2]
    second = press(visitor, first, **{action: item})

    assert f'name="{taken_back}" value="{item}"' in second
    assert (item in card_ids(second)) == (action == "want")
    assert card_ids(press(visitor, second, **{taken_back: item})) == card_ids(first)


def test_more_are_added_and_another_list_can_go_back(visitor: FlaskClient) -> None:
    first = visitor.get("/").text

    def wish(page: str, wish: str) -> str:
        form = form_of(page, wish=wish)
        return visitor.post("/list", data=form, follow_redirects=True).text

    longer = wish(first, "more")
    assert card_ids(longer)[:GRID] == card_ids(first)
    assert len(card_ids(longer)) == 2 * GRID

    another = wish(longer, "another")
    assert not set(card_ids(another)) & set(card_ids(longer))
    assert card_ids(wish(another, "before")) == card_ids(longer)


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"like": ""},
        {"like": "x" * 513},
        {"love": "a"},
    ],
)
def test_a_broken_form_is_refused(visitor: FlaskClient, form: dict[str, str]) -> None:
    assert visitor.post("/react", data=form).status_code == 400


def test_a_tab_that_does_not_exist_is_not_found(visitor: FlaskClient) -> None:
    assert visitor.post("/react", data={"like": "a", "tab": "nowhere"}).status_code == 404


@pytest.mark.parametrize(
    "path", ["/react", "/list", "/afresh", "/catalogue", "/api/interactions", "/api/cards"]
)
def test_a_form_of_another_site_is_refused(app: Flask, path: str) -> None:
    assert app.test_client().post(path, data={"like": "a"}).status_code == 400


def test_the_pages_own_form_is_accepted(app: Flask, services: FakeServices) -> None:
    browser = app.test_client()
    page = browser.get("/").text

    answer = browser.post("/react", data=form_of(page, like=card_ids(page)[0]))

    assert answer.status_code == 303
    assert len(services.interactions) == 1


def test_the_button_loads_the_items_again(visitor: FlaskClient, services: FakeServices) -> None:
    services.clean_up()
    loader = visitor.application.extensions["page"].loader

    answer = visitor.post("/catalogue")

    assert answer.status_code == 303
    assert until(lambda: len(services.genres) > 300 and loader.progress().phase == "done")

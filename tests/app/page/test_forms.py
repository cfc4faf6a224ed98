"""What works without JavaScript."""

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.page.tabs import GRID
from tests.app.page.fake_services import FakeServices
from tests.app.page.test_tabs import card_ids
from tests.waiting import until

Form = dict[str, str | list[str]]


def form_of(page: str, **pressed: str) -> Form:
    """Fill in the form of a page as a browser does when a button is pressed."""
    fields: Form = {"card": []}
    for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page):
        if name == "card":
            fields["card"] = [*fields["card"], unescape(value)]
        else:
            fields[name] = unescape(value)
    return fields | pressed


def test_a_liked_card_is_replaced_and_the_others_stay(visitor: FlaskClient) -> None:
    first = visitor.get("/").text
    liked, *others = card_ids(first)

    second = card_ids(visitor.post("/react", data=form_of(first, like=liked)).text)

    assert second[: GRID - 1] == others
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
    second = visitor.post("/react", data=form_of(first, dislike=disliked)).text

    third = visitor.post("/react", data=form_of(second, undo=disliked)).text

    assert list(services.interactions.values()) == [{}]
    assert card_ids(third)[0] == disliked
    assert len(card_ids(third)) == GRID


def test_with_the_collector_down_the_page_says_so_and_keeps_every_card(
    visitor: FlaskClient, services: FakeServices
) -> None:
    first = visitor.get("/").text
    services.down.add("collector")

    answer = visitor.post("/react", data=form_of(first, like=card_ids(first)[0]))

    assert answer.status_code == 503
    assert "Not saved" in answer.text
    assert card_ids(answer.text) == card_ids(first)


def test_on_the_search_tab_a_liked_card_stays(visitor: FlaskClient) -> None:
    first = visitor.get("/search?q=jaws").text

    second = visitor.post("/react", data=form_of(first, like="jaws-1975")).text

    assert card_ids(second) == ["jaws-1975"]
    assert 'aria-pressed="true"' in second


def test_a_like_is_shown_before_the_recommender_knows_it(
    visitor: FlaskClient, services: FakeServices
) -> None:
    first = visitor.get("/search?q=jaws").text
    services.lagging = True

    second = visitor.post("/react", data=form_of(first, like="jaws-1975")).text

    assert 'aria-pressed="true"' in second


def test_with_the_collector_down_no_more_items_are_asked_for(
    visitor: FlaskClient, services: FakeServices
) -> None:
    services.genres = {"only": ["Drama"]}
    first = visitor.get("/").text
    services.down.add("collector")
    services.calls.clear()

    visitor.post("/react", data=form_of(first, like="only"))

    assert not any("/recs/" in call for call in services.calls)


def test_undo_with_a_full_page_asks_for_no_more_items(
    visitor: FlaskClient, services: FakeServices
) -> None:
    first = visitor.get("/").text
    liked = card_ids(first)[0]
    second = visitor.post("/react", data=form_of(first, like=liked)).text
    services.calls.clear()

    visitor.post("/react", data=form_of(second, undo=liked))

    assert not any("/recs/" in call for call in services.calls)


def test_a_card_that_undo_restores_keeps_its_explanation(visitor: FlaskClient) -> None:
    visitor.post("/api/interactions", json={"item_id": "jaws-1975", "action": "like"})
    first = visitor.get("/").text
    liked = card_ids(first)[0]
    second = visitor.post("/react", data=form_of(first, like=liked)).text

    third = visitor.post("/react", data=form_of(second, undo=liked)).text

    card = third.partition('class="card"')[2].partition("</article>")[0]
    assert "Because you liked “Jaws”" in card


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"like": ""},
        {"like": "x" * 513},
        {"like": "a", "card": "no JSON"},
        {"like": "a", "card": "[]"},
        {"like": "a", "card": "{}"},
    ],
)
def test_a_broken_form_is_refused(visitor: FlaskClient, form: dict[str, str]) -> None:
    assert visitor.post("/react", data=form).status_code == 400


def test_a_tab_that_does_not_exist_is_not_found(visitor: FlaskClient) -> None:
    assert visitor.post("/react", data={"like": "a", "tab": "nowhere"}).status_code == 404


@pytest.mark.parametrize(
    "path", ["/react", "/afresh", "/catalogue", "/api/interactions", "/api/cards"]
)
def test_a_form_of_another_site_is_refused(app: Flask, path: str) -> None:
    assert app.test_client().post(path, data={"like": "a"}).status_code == 400


def test_the_pages_own_form_is_accepted(app: Flask, services: FakeServices) -> None:
    browser = app.test_client()
    page = browser.get("/").text

    answer = browser.post("/react", data=form_of(page, like=card_ids(page)[0]))

    assert answer.status_code == 200
    assert len(services.interactions) == 1


def test_the_button_loads_the_items_again(visitor: FlaskClient, services: FakeServices) -> None:
    services.clean_up()

    answer = visitor.post("/catalogue")

    assert answer.status_code == 303
    assert until(lambda: len(services.genres) > 300)

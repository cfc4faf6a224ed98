from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.app.page.fake_services import FakeServices
from tests.app.page.test_tabs import card_ids


def cards(visitor: FlaskClient, **asked: Any) -> list[str]:
    answer = visitor.post("/api/cards", json={"tab": "for_you", "k": 1, **asked})
    return [card["item_id"] for card in answer.get_json()["cards"]]


def test_the_next_cards_are_not_among_those_shown(
    visitor: FlaskClient, services: FakeServices
) -> None:
    shown = list(services.genres)[:5]

    assert cards(visitor, tab="popular", k=2, shown=shown) == list(services.genres)[5:7]


def test_a_card_is_replaced_once_however_often_that_is_asked(visitor: FlaskClient) -> None:
    liked, *others = card_ids(visitor.get("/").text)
    visitor.post("/api/interactions", json={"item_id": liked, "action": "like"})

    (first,) = cards(visitor, instead=liked)
    (second,) = cards(visitor, instead=liked)

    assert first == second
    assert card_ids(visitor.get("/").text) == [first, *others]


def test_a_card_comes_as_html_with_its_buttons(visitor: FlaskClient) -> None:
    answer = visitor.post("/api/cards", json={"tab": "search", "about": "jaws", "k": 1})

    (card,) = answer.get_json()["cards"]
    assert 'aria-label="Like: Jaws"' in card["html"]


def test_what_was_liked_is_the_reason_for_what_comes(visitor: FlaskClient) -> None:
    visitor.post("/api/interactions", json={"item_id": "jaws-1975", "action": "like"})
    answer = visitor.post("/api/cards", json={"tab": "for_you", "k": 1})

    (card,) = answer.get_json()["cards"]
    assert "Because you liked “Jaws”." in card["html"]


@pytest.mark.parametrize("action", ["like", "dislike"])
def test_an_interaction_reaches_the_collector(
    visitor: FlaskClient, services: FakeServices, action: str
) -> None:
    answer = visitor.post("/api/interactions", json={"item_id": "up-2009", "action": action})

    assert answer.status_code == 200
    assert list(services.interactions.values()) == [{"up-2009": action}]


def test_undo_calls_delete(visitor: FlaskClient, services: FakeServices) -> None:
    visitor.post("/api/interactions", json={"item_id": "up-2009", "action": "undo"})

    assert any(call.startswith("DELETE /interact/") for call in services.calls)


@pytest.mark.parametrize(("action", "status"), [("like", 200), ("want", 503)])
def test_with_the_recommender_down_only_interactions_are_saved(
    visitor: FlaskClient, services: FakeServices, action: str, status: int
) -> None:
    services.down.add("recommender")

    answer = visitor.post("/api/interactions", json={"item_id": "up-2009", "action": action})

    assert answer.status_code == status
    assert len(services.interactions) == (status == 200)


def test_with_the_collector_down_an_interaction_gets_503_and_when_to_try_again(
    visitor: FlaskClient, services: FakeServices
) -> None:
    services.down.add("collector")

    answer = visitor.post("/api/interactions", json={"item_id": "up-2009", "action": "like"})

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "7"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("interactions", {"item_id": "a", "action": "love"}),
        ("interactions", {"item_id": 7, "action": "like"}),
        ("interactions", {"action": "like"}),
        ("interactions", []),
        ("interactions", {"item_id": "\ud800", "action": "like"}),
        ("interactions", {"item_id": "a\n", "action": "like"}),
        ("seen", {"item_ids": ["\ud800"]}),
        ("cards", {"tab": "for_you", "k": 1, "shown": ["\x00"]}),
        ("cards", {"tab": "for_you", "k": 1, "instead": "\ud800"}),
        ("cards", {"tab": "for_you", "k": 0}),
        ("cards", {"tab": "for_you", "k": 101}),
        ("cards", {"tab": "for_you", "k": "1"}),
        ("cards", {"tab": "for_you", "k": 1, "shown": "a"}),
        ("cards", {"tab": "for_you", "k": 1, "shown": [7]}),
    ],
)
def test_a_broken_body_is_refused_as_a_problem(
    visitor: FlaskClient, path: str, body: object
) -> None:
    answer = visitor.post(f"/api/{path}", json=body)

    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"


def test_a_body_nested_too_deeply_is_refused_as_a_problem(visitor: FlaskClient) -> None:
    answer = visitor.post("/api/interactions", data="[" * 100_000, content_type="application/json")

    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"


def test_of_very_long_requests_only_the_beginning_is_read(visitor: FlaskClient) -> None:
    shown = ["no item"] * 100 + [{"not": "an id"}]

    answer = visitor.post("/api/cards", json={"tab": "popular", "k": 1, "shown": shown})

    assert answer.status_code == 200

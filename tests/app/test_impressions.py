"""Impressions that a client records by itself, and what is counted of one item."""

import pytest
from flask.testing import FlaskClient

from recs.stores import Stores
from recs.stores.log import Kind
from recs.types import Generation, ItemId
from tests.app.conftest import is_problem, like, refresh
from tests.recs.stores.catalogues import add_to
from workers.counting import Counting


@pytest.fixture
def generation(stores: Stores, recommender: FlaskClient) -> Generation:
    generation = stores.generations.begin()
    items = [ItemId(f"i{n}") for n in range(20)]
    add_to(stores.catalogues.of(generation), ((item, ["Drama"]) for item in items))
    refresh(recommender)
    return generation


def record(recommender: FlaskClient, *items: str) -> int:
    answer = recommender.post("/users/u/impressions", json={"item_ids": list(items)})
    assert answer.status_code == 200
    return int(answer.get_json()["items"])


@pytest.mark.usefixtures("generation")
def test_what_was_seen_is_followed_by_what_was_not(recommender: FlaskClient) -> None:
    first = recommender.get("/recs/u?k=3&peek=1").get_json()["item_ids"]
    assert recommender.get("/recs/u?k=3&peek=1").get_json()["item_ids"] == first

    record(recommender, *first[:2])

    next_ones = recommender.get("/recs/u?k=3&peek=1").get_json()["item_ids"]
    assert next_ones[0] == first[2]
    assert not set(first[:2]) & set(next_ones)


@pytest.mark.usefixtures("generation")
def test_what_was_seen_comes_again_only_when_nothing_else_is_left(recommender: FlaskClient) -> None:
    record(recommender, *(f"i{n}" for n in range(15)))

    peeked = recommender.get("/recs/u?k=6&peek=1").get_json()["item_ids"]
    assert sorted(peeked[:5]) == ["i15", "i16", "i17", "i18", "i19"]
    assert len(peeked) == 6


def test_whoever_has_seen_their_slate_is_ranked_again(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    record(recommender, "i1")
    refresh(recommender)

    assert stores.waiting.length(generation) == 1


def test_impressions_reach_the_log(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    record(recommender, "i1", "i2")
    recommender.application.extensions["recommender"].stores.impressions.close()

    ((_, rows),) = stores.log.tail(generation, Kind.IMPRESSIONS, {})
    assert [(user, len(shown.split())) for user, shown, _ in rows] == [("u", 2)]


@pytest.mark.usefixtures("generation")
def test_ids_that_are_not_known_are_left_out(recommender: FlaskClient) -> None:
    assert record(recommender, "nobody", "i1", "i1") == 1
    assert record(recommender) == 0


@pytest.mark.usefixtures("generation")
@pytest.mark.parametrize("body", [{}, {"item_ids": "i1"}, {"item_ids": ["x"] * 101}])
def test_other_bodies_are_refused(recommender: FlaskClient, body: dict[str, object]) -> None:
    assert is_problem(recommender.post("/users/u/impressions", json=body), 422)


def test_an_item_has_its_counters(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    nothing = {"item_id": "i3", "impressions": 0, "likes": 0, "dislikes": 0}
    assert recommender.get("/items/i3/statistics").get_json() == nothing

    for n in range(4):
        like(stores, generation, f"u{n}", "i3")
    record(recommender, "i3")
    recommender.application.extensions["recommender"].stores.impressions.close()
    Counting(generation, stores).publish_news()
    refresh(recommender)

    told = recommender.get("/items/i3/statistics").get_json()
    assert told == {"item_id": "i3", "impressions": 1, "likes": 4, "dislikes": 0}
    assert is_problem(recommender.get("/items/nobody/statistics"), 404)

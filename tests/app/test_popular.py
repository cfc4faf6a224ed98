from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from recs.interactions import Action
from recs.stores import Stores
from recs.stores.log import Kind
from recs.types import Generation
from tests.app.conftest import NOWHERE, add, interact, is_problem, like
from workers.counting import Counting

NOIR = "Film-Noir & more"


@pytest.fixture(autouse=True)
def generation(stores: Stores) -> Generation:
    """Twelve items: i0 is liked by twelve users, i1 by eleven, and so on."""
    generation = stores.generations.begin()
    add(stores, generation, **{f"i{n}": [NOIR] if n in (3, 1) else [] for n in range(12)})
    for n in range(12):
        like(stores, generation, f"u{n}", *(f"i{m}" for m in range(12 - n)))
    Counting(generation, stores).publish_news()
    interact(stores, generation, ("u/1", "i1", Action.DISLIKE, 1.0))
    return generation


QUERIES = [
    ({}, [f"i{n}" for n in range(10)]),
    ({"k": "2"}, ["i0", "i1"]),
    ({"genre": NOIR}, ["i1", "i3"]),
    ({"genre": "unheard of"}, []),
    ({"k": "2", "user_id": "u/1"}, ["i0", "i2"]),
    ({"genre": NOIR, "user_id": "u/1"}, ["i3"]),
]


@pytest.mark.parametrize(("query", "items"), QUERIES)
def test_what_everyone_likes(
    recommender: FlaskClient, query: dict[str, str], items: list[str]
) -> None:
    answer = recommender.get("/popular", query_string=query)

    assert (answer.status_code, answer.get_json()) == (200, {"item_ids": items})


def test_what_was_added_since_comes_last(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    recommender.get("/popular")
    add(stores, generation, late=["Western"])

    assert recommender.get("/popular?k=100").get_json()["item_ids"][-1] == "late"
    assert recommender.get("/popular?genre=Western").get_json()["item_ids"] == ["late"]


def test_showing_what_is_popular_is_not_recorded(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    recommender.get("/popular", query_string={"user_id": "u/1"})

    assert not list(stores.log.tail(generation, Kind.IMPRESSIONS, {}))


def test_popular_items_are_explained_too(recommender: FlaskClient) -> None:
    answer = recommender.get("/popular", query_string={"k": 2, "explain": 1}).get_json()

    assert [item["source"] for item in answer["items"]] == ["popular", "popular"]
    assert answer["items"][0]["score"] > answer["items"][1]["score"]


def test_without_redis_it_is_answered_from_the_disk(start: Callable[..., FlaskClient]) -> None:
    lonely = start("recommender", **NOWHERE)

    assert lonely.get("/popular?k=2").get_json() == {"item_ids": ["i0", "i1"]}
    assert is_problem(lonely.get("/popular?user_id=u"), 503)  # nobody knows what to leave out


@pytest.mark.parametrize(("query", "field"), [({"k": "0"}, "k"), ({"user_id": "a\nb"}, "user_id")])
def test_a_wrong_query_is_named(
    recommender: FlaskClient, query: dict[str, str], field: str
) -> None:
    answer = recommender.get("/popular", query_string=query)

    assert is_problem(answer, 422)
    assert list(answer.get_json()["errors"]) == [field]

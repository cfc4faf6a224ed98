from time import monotonic

import pytest
from flask.testing import FlaskClient

from recs.interactions import Action, Interaction
from recs.stores import Stores
from recs.stores.log import Kind
from recs.types import Generation, ItemId, UserId
from tests.app.conftest import is_problem


def fill(stores: Stores, generation: Generation, titles: int) -> None:
    stores.catalogue.add(generation, [(ItemId(f"i{n}"), ("Drama",)) for n in range(titles)])
    rows = [Interaction(UserId(f"u{n}"), ItemId("i1"), Action.LIKE, 1).to_row() for n in range(300)]
    span = stores.log.append(generation, Kind.INTERACTIONS, rows)
    stores.state.apply(generation, Kind.INTERACTIONS, span, rows)
    stores.lists.serve(UserId("u"), 10, newest=generation)


@pytest.mark.parametrize("method", ["get", "post"])
def test_everything_that_came_before_is_gone(
    recommender: FlaskClient, stores: Stores, method: str
) -> None:
    fill(stores, stores.generations.begin(), 20)

    assert getattr(recommender, method)("/cleanup").status_code == 200

    assert recommender.get("/recs/u").get_json() == {"item_ids": []}
    assert recommender.get("/popular").get_json() == {"item_ids": []}
    assert recommender.get("/catalogue").get_json()["items"] == 0
    assert recommender.get("/interactions/u1").get_json() == {"liked": [], "disliked": []}
    assert recommender.get("/stats").get_json()["totals"] == {}


def test_a_large_catalogue_is_gone_within_100_ms(recommender: FlaskClient, stores: Stores) -> None:
    fill(stores, stores.generations.begin(), 30_000)

    def seconds() -> float:
        begun = monotonic()
        assert recommender.get("/cleanup").status_code == 200
        return monotonic() - begun

    assert min(seconds() for _ in range(3)) < 0.1


def test_the_old_log_is_kept_on_disk(recommender: FlaskClient, stores: Stores) -> None:
    generation = stores.generations.begin()
    fill(stores, generation, 20)

    recommender.get("/cleanup")

    assert len(stores.log.read_interactions(generation)) == 300
    assert len(stores.log.read_catalogue(generation)) == 20


def test_keys_of_others_in_the_same_redis_are_untouched(
    recommender: FlaskClient, stores: Stores, namespace: str
) -> None:
    theirs = {f"{namespace}-2:generation": "5", f"x{namespace}:1:items": "6", f"theirs:{namespace}": "7"}
    for key, value in theirs.items():
        stores.redis.set(key, value, ex=600)

    recommender.get("/cleanup")
    recommender.get("/cleanup")

    assert {key: stores.redis.get(key) for key in theirs} == theirs


def test_another_method_is_a_405(recommender: FlaskClient) -> None:
    assert is_problem(recommender.put("/cleanup"), 405)

from collections.abc import Callable
from time import time

from flask.testing import FlaskClient

from recs.stores import Stores
from tests.app.conftest import NOWHERE, add, is_problem, like, refresh
from workers.counting import Counting


def test_figures_are_those_of_the_current_generation(
    recommender: FlaskClient, stores: Stores
) -> None:
    generation = stores.generations.begin()
    add(stores, generation, a=[], b=[])
    like(stores, generation, "u", "c")
    recommender.get("/recs/v?k=1")
    Counting(generation, stores).publish_news()
    stores.time_series.add_sample(generation, {"queue": 3})

    refresh(recommender)
    stats = recommender.get("/stats").get_json()

    assert stats["generation"] == generation
    assert abs(stats["now"] - time()) < 60
    assert stats["totals"] == {
        "likes": 1, "dislikes": 0, "watched": 0, "undone": 0, "interactions": 1, "impressions": 1,
        "lists": 1, "dead_letters": 0,
    }  # fmt: skip
    assert stats["coverage"] == 0.5
    assert stats["samples"] == [{"queue": 3}]
    assert stats["top_liked"] == [{"item_id": "c", "count": 1}]
    assert stats["top_shown"] == [{"item_id": "a", "count": 1}]
    assert (stats["waiting"], stats["failing"], stats["impressions_lost"]) == (1, 0, 0)
    assert stats["statistics"]["users"] == 2


def test_before_any_statistics_all_figures_are_there(recommender: FlaskClient) -> None:
    stats = recommender.get("/stats").get_json()

    assert set(stats["totals"].values()) == {0}
    assert (stats["top_liked"], stats["models"], stats["coverage"]) == ([], [], 0)


def test_how_the_servers_are_is_told(
    start: Callable[..., FlaskClient], redis_url: str, broker_url: str
) -> None:
    recommender = start("recommender")
    servers = recommender.get("/stats").get_json()["servers"]

    assert (servers["redis"], servers["broker"], servers["disk"]) == ("ok", "ok", "ok")
    assert servers == recommender.get("/readyz").get_json()["servers"]


def test_without_redis_it_is_a_503(start: Callable[..., FlaskClient]) -> None:
    assert is_problem(start("recommender", **NOWHERE).get("/stats"), 503)

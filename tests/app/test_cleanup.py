from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest
from flask.testing import FlaskClient

from recs.interactions import Action
from recs.stores import Stores
from recs.stores.catalogue import Catalogue
from recs.stores.generations import LEASE_SECONDS
from recs.stores.log import Kind
from recs.types import Generation
from tests.app.conftest import NOWHERE, add, interact, is_problem, refresh
from workers.counting import Counting


def fill(stores: Stores, generation: Generation, n_items: int) -> None:
    add(stores, generation, **{f"i{n}": ["Drama"] for n in range(n_items)})
    interact(stores, generation, *((f"u{n}", "i1", Action.LIKE, 1.0) for n in range(300)))


@pytest.mark.parametrize("method", ["get", "post"])
def test_everything_that_came_before_is_gone(
    recommender: FlaskClient, stores: Stores, method: str
) -> None:
    generation = stores.generations.begin()
    fill(stores, generation, 20)
    recommender.get("/recs/u")
    Counting(generation, stores).publish_news()
    refresh(recommender)
    assert recommender.get("/popular").get_json()["item_ids"][0] == "i1"

    answer = getattr(recommender, method)("/cleanup")

    assert answer.status_code == 200
    assert answer.get_json() == {"status": "clean", "generation": stores.generations.current()}
    assert recommender.get("/recs/u").get_json() == {"item_ids": []}
    assert recommender.get("/recs/new").get_json() == {"item_ids": []}
    assert recommender.get("/popular").get_json() == {"item_ids": []}
    assert recommender.get("/catalogue").get_json()["items"] == 0
    said = recommender.get("/users/u1/interactions").get_json()
    assert said["interactions"] == said["liked"] == []
    assert set(recommender.get("/stats").get_json()["totals"].values()) == {0}


@pytest.mark.parametrize("servers", [{}, NOWHERE], ids=["with redis", "without"])
def test_once_it_is_answered_no_process_serves_the_generation_before(
    start: Callable[..., FlaskClient], redis_url: str, stores: Stores, servers: dict[str, str]
) -> None:
    add(stores, stores.generations.begin(), old=[])
    processes = [start("recommender", **servers) for _ in range(3)]
    for each in processes:
        assert each.get("/recs/u").get_json() == {"item_ids": ["old"]}
    late = []

    def visit(process: FlaskClient) -> None:
        """Ask as fast as possible, from before the cleanup until after it."""
        while not late or monotonic() < late[0] + 0.5:
            begun = monotonic()
            items = process.get("/recs/u").get_json()["item_ids"]
            if items and late and begun > late[0]:
                late.append(begun)

    with ThreadPoolExecutor(2) as pool:
        visits = [pool.submit(visit, each) for each in processes[1:]]
        assert processes[0].get("/cleanup").status_code == 200
        late.append(monotonic())
        for visit_of_one in visits:
            visit_of_one.result()

    assert late[1:] == []


def test_a_large_catalogue_is_gone_at_once(recommender: FlaskClient, stores: Stores) -> None:
    fill(stores, stores.generations.begin(), 30_000)

    def seconds() -> float:
        begun = monotonic()
        assert recommender.get("/cleanup").status_code == 200
        return monotonic() - begun

    assert min(seconds() for _ in range(3)) < LEASE_SECONDS + 0.5


def test_the_old_log_is_kept_on_disk(recommender: FlaskClient, stores: Stores) -> None:
    generation = stores.generations.begin()
    fill(stores, generation, 20)

    recommender.get("/cleanup")

    kept = stores.log.tail(generation, Kind.INTERACTIONS, {})
    catalogue = Catalogue(stores.generations.folder(generation))
    catalogue.refresh()
    assert sum(len(rows) for _, rows in kept) == 300
    assert len(catalogue) == 20


def test_keys_of_others_in_the_same_redis_are_untouched(
    recommender: FlaskClient, stores: Stores, namespace: str
) -> None:
    theirs = {
        f"{namespace}-2:generation": b"5",
        f"{{x{namespace}:1:u}}:slate": b"6",
        f"theirs:{namespace}": b"7",
    }
    for key, value in theirs.items():
        stores.redis.set(key, value, ex=600)

    recommender.get("/cleanup")
    recommender.get("/cleanup")

    assert {key: stores.redis.get(key) for key in theirs} == theirs


def test_another_method_is_a_405(recommender: FlaskClient) -> None:
    assert is_problem(recommender.put("/cleanup"), 405)

"""What /recs promises, on one Redis and on a cluster; and what an answer costs."""

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import time
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from flask.testing import FlaskClient
from redis import Redis

from recs.ranking.slates import ENTRY, SOURCES, pack
from recs.settings import Settings
from recs.stores import Stores, connection, generations
from recs.stores.log import Kind
from recs.types import Generation, ItemId, UserId
from tests.app.conftest import NOWHERE, is_problem, like, refresh
from tests.waiting import until
from workers.counting import Counting

ITEMS = [f"i{n}" for n in range(40)]
SIMILAR = SOURCES.index("similar")

Start = Callable[..., FlaskClient]


@pytest.fixture(params=["redis_url", "redis_cluster_url"], ids=["one", "cluster"])
def settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """One Redis, then a cluster of three."""
    return replace(settings, redis_url=request.getfixturevalue(request.param))


@pytest.fixture
def generation(stores: Stores) -> Generation:
    """A generation with forty items."""
    generation = stores.generations.begin()
    stores.catalogues.of(generation).add((ItemId(item), ("Drama",)) for item in ITEMS)
    return generation


@pytest.fixture
def prepare(stores: Stores, generation: Generation) -> Callable[..., None]:
    """Prepare a slate for a user: item -> score, best first."""

    def prepare(user: str, **slate: float) -> None:
        stores.users.write_slates(generation, {UserId(user): entries(**slate)}, time())

    return prepare


def entries(**slate: float) -> Any:
    found = np.zeros(len(slate), ENTRY)
    found["row"] = [ITEMS.index(item) for item in slate]
    found["source"] = SIMILAR
    found["score"] = list(slate.values())
    return found


def recs(recommender: FlaskClient, address: str) -> list[str]:
    answer = recommender.get(f"/recs/{address}")
    assert answer.status_code == 200
    items: list[str] = answer.get_json()["item_ids"]
    return items


def impressions(stores: Stores, generation: Generation) -> list[list[str]]:
    """Return the rows of the log: user, rows, timestamp."""
    return [row for _, rows in stores.log.tail(generation, Kind.IMPRESSIONS, {}) for row in rows]


@pytest.mark.usefixtures("generation")
def test_somebody_never_heard_of_gets_ten_different_known_items(recommender: FlaskClient) -> None:
    served = recs(recommender, "nobody")

    assert len(set(served)) == 10
    assert set(served) <= set(ITEMS)


@pytest.mark.usefixtures("generation")
@pytest.mark.parametrize("k", [1, 7, 10, 40])
def test_everything_is_shown_once_before_anything_comes_again(
    recommender: FlaskClient, k: int
) -> None:
    shown: list[str] = []
    while len(shown) + k <= len(ITEMS):
        shown += recs(recommender, f"u?k={k}")
    rest = recs(recommender, f"u?k={k}")

    n_new = len(ITEMS) - len(shown)
    assert set(shown + rest[:n_new]) == set(ITEMS)
    assert len(set(rest)) == k
    assert rest[n_new:] == shown[: k - n_new]  # what was shown longest ago comes first


@pytest.mark.usefixtures("generation")
@pytest.mark.parametrize("k", [1, 3, 40, 41, 100])
def test_k_says_how_many(recommender: FlaskClient, k: int) -> None:
    for _ in range(3):
        served = recs(recommender, f"u?k={k}")

        assert len(served) == len(set(served)) == min(k, 40)


def test_a_slate_shorter_than_the_answer_is_filled_up_without_repeating_it(
    recommender: FlaskClient, stores: Stores, prepare: Callable[..., None]
) -> None:
    for _ in range(4):
        recs(recommender, "u")
    prepare("u", i7=2.0, i8=1.0)

    served = recs(recommender, "u?k=40")

    assert sorted(served) == sorted(ITEMS)


def test_a_catalogue_smaller_than_the_answer_does_not_repeat_what_was_in_the_slate(
    recommender: FlaskClient, prepare: Callable[..., None]
) -> None:
    prepare("u", i7=2.0, i8=1.0)

    served = recs(recommender, "u?k=100")

    assert served[:2] == ["i7", "i8"]
    assert sorted(served) == sorted(ITEMS)


@pytest.mark.parametrize("k", ["0", "101", "-1", "ten", "", "1.5", "٣", "1" * 5_000])
def test_a_wrong_k_is_named_with_what_is_allowed(recommender: FlaskClient, k: str) -> None:
    answer = recommender.get("/recs/u", query_string={"k": k})

    assert is_problem(answer, 422)
    assert answer.get_json()["errors"] == {"k": ["must be a number from 1 to 100"]}


def test_before_anything_else_answers_are_empty(recommender: FlaskClient, stores: Stores) -> None:
    assert recs(recommender, "u") == []
    assert recs(recommender, "u?explain=1") == []
    refresh(recommender)
    assert not list(stores.redis.scan_iter(f"*{stores.settings.namespace}*"))


def test_between_cleanup_and_the_first_item_answers_are_empty(
    recommender: FlaskClient, generation: Generation
) -> None:
    assert recs(recommender, "u")
    assert recommender.post("/cleanup").get_json()["generation"] > generation

    assert recs(recommender, "u") == []


@pytest.mark.usefixtures("generation")
def test_right_after_the_first_items_were_added_they_come_from_every_process(
    recommender: FlaskClient, other_recommender: FlaskClient
) -> None:
    assert recs(other_recommender, "u")
    recommender.post("/cleanup")
    assert recs(other_recommender, "u") == []
    recommender.post("/add_items", json={"item_ids": ["a", "b"]})

    assert recs(other_recommender, "u") == ["a", "b"]
    assert recs(recommender, "v") == ["a", "b"]


def test_two_processes_show_a_user_everything_once(
    recommender: FlaskClient, other_recommender: FlaskClient, generation: Generation
) -> None:
    assert generation
    answers = [recs(each, "u") for _ in range(2) for each in (recommender, other_recommender)]

    assert sorted(item for items in answers for item in items) == sorted(ITEMS)


@pytest.mark.usefixtures("generation")
def test_a_user_who_asks_twice_at_once_is_shown_different_items(
    recommender: FlaskClient, prepare: Callable[..., None]
) -> None:
    prepare("u", **{item: 1.0 for item in ITEMS})
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: recs(recommender, "u"), range(4)))

    assert sorted(item for items in answers for item in items) == sorted(ITEMS)


def test_what_a_user_interacted_with_does_not_come(
    recommender: FlaskClient,
    stores: Stores,
    generation: Generation,
    prepare: Callable[..., None],
) -> None:
    prepare("u", i1=3.0, i2=2.0, i3=1.0)
    like(stores, generation, "u", "i2", "i9")

    answers = [recs(recommender, "u?k=10") for _ in range(5)]

    assert answers[0][:2] == ["i1", "i3"]
    assert not {"i2", "i9"} & {item for items in answers for item in items}


def test_who_interacted_with_everything_gets_an_empty_list(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    recs(recommender, "someone else")
    like(stores, generation, "u", *ITEMS)

    assert recs(recommender, "u") == []
    assert recs(recommender, "u?explain=1") == []


def test_items_that_nobody_added_do_not_come(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    like(stores, generation, "someone else", "unknown")

    assert sorted(recs(recommender, "u?k=100")) == sorted(ITEMS)


def test_a_slate_with_rows_that_no_catalogue_has_does_no_harm(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    lost = entries(i1=1.0, i2=1.0)
    lost["row"][0] = 4_000_000_000
    stores.users.write_slates(generation, {UserId("u"): lost}, time())

    served = recs(recommender, "u?explain=1")

    assert served[0] == "i2"
    assert len(served) == 10


@pytest.mark.parametrize("part", ["shown", "slate", "interactions"])
def test_damaged_keys_of_a_user_leave_popular_items(
    recommender: FlaskClient, stores: Stores, generation: Generation, namespace: str, part: str
) -> None:
    stores.redis.set(f"{{{namespace}:{generation}:u}}:{part}", b"damaged")

    assert len(recs(recommender, "u")) == 10
    assert len(recs(recommender, "u?explain=1")) == 10


@pytest.mark.usefixtures("generation")
def test_the_plain_answer_holds_nothing_but_ids(recommender: FlaskClient) -> None:
    assert list(recommender.get("/recs/u").get_json()) == ["item_ids"]
    assert list(recommender.get("/recs/u?explain=0").get_json()) == ["item_ids"]


def test_ids_are_written_as_json(recommender: FlaskClient, stores: Stores) -> None:
    odd = ['"', "\\", "фильм", "🎬", "</script>", "7"]
    stores.catalogues.of(stores.generations.begin()).add((ItemId(item), ()) for item in odd)

    answer = recommender.get("/recs/u")

    assert sorted(answer.get_json()["item_ids"]) == sorted(odd)
    assert answer.mimetype == "application/json"


def test_every_answer_can_be_explained(
    recommender: FlaskClient,
    stores: Stores,
    generation: Generation,
    prepare: Callable[..., None],
) -> None:
    like(stores, generation, "u", "i1")
    Counting(generation, stores).publish_news()
    prepare("u", i7=0.25)

    answer = recommender.get("/recs/u?explain=1&k=2").get_json()

    assert answer["item_ids"] == [item["item_id"] for item in answer["items"]]
    assert answer["items"][0] == {
        "item_id": "i7",
        "source": "similar",
        "score": 0.25,
        "because": [],
        "genres": ["Drama"],
        "likes": 0,
    }
    assert answer["items"][1]["source"] == "popular"


@pytest.mark.usefixtures("generation")
def test_before_any_statistics_answers_can_be_explained_too(recommender: FlaskClient) -> None:
    answer = recommender.get("/recs/u?explain=1&k=1").get_json()

    assert answer["items"] == [
        {
            "item_id": "i0",
            "source": "popular",
            "score": 0.0,
            "because": [],
            "genres": [],
            "likes": 0,
        }
    ]


def test_an_explanation_counts_who_likes_an_item(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    for n in range(3):
        like(stores, generation, f"u{n}", "i4")
    Counting(generation, stores).publish_news()
    refresh(recommender)

    (best,) = recommender.get("/popular?explain=1&k=1").get_json()["items"]
    assert (best["item_id"], best["likes"]) == ("i4", 3)


@pytest.mark.parametrize(
    "user",
    ["a/b", "/", "//", "/a", "a/", "50%", "%2F", "a b", "a+b", "a:b", "*", "?", "#", "..", "фильм",
     "🎬", '"', "a,b", "'", "x" * 512, "a}", "{a", "{}", "a/interactions"],
)  # fmt: skip
def test_odd_ids_of_users_do_not_cross_over(
    recommender: FlaskClient, prepare: Callable[..., None], user: str
) -> None:
    prepare(user, i7=1.0)

    assert recs(recommender, f"{quote(user, safe='')}?k=1") == ["i7"]


@pytest.mark.parametrize("address", ["%00", "a%0Ab", "x" * 513, "%1E"])
def test_a_wrong_id_is_named(recommender: FlaskClient, address: str) -> None:
    answer = recommender.get(f"/recs/{address}")

    assert is_problem(answer, 422)
    assert list(answer.get_json()["errors"]) == ["user_id"]


def test_a_list_for_nobody_is_a_404(recommender: FlaskClient) -> None:
    assert is_problem(recommender.get("/recs/"), 404)


def test_another_method_is_a_405(recommender: FlaskClient) -> None:
    assert is_problem(recommender.post("/recs/u"), 405)


def test_an_item_that_came_late_is_shown_at_once(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    for _ in range(4):
        recs(recommender, "u")
    stores.catalogues.of(generation).add([(ItemId("late"), ())])

    assert recs(recommender, "u")[0] == "late"


def test_with_statistics_the_liked_items_come_first(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    for n in range(20):
        like(stores, generation, f"u{n}", "i33")
    Counting(generation, stores).publish_news()

    assert recs(recommender, "u")[0] == "i33"


# Slates for users never heard of


def give_cold_start_slates(stores: Stores, generation: Generation, count: int) -> None:
    slates = [pack(entries(**{ITEMS[n]: 2.0, ITEMS[n + 1]: 1.0})) for n in range(count)]
    stores.cold_start.put(generation, slates, 60)


def test_newcomers_get_slates_of_their_own(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    give_cold_start_slates(stores, generation, 5)

    answers = [recs(recommender, f"u{n}?k=2") for n in range(3)]

    assert answers == [["i0", "i1"], ["i1", "i2"], ["i2", "i3"]]


def test_who_is_known_leaves_the_slate_to_newcomers(
    recommender: FlaskClient, stores: Stores, generation: Generation, prepare: Callable[..., None]
) -> None:
    give_cold_start_slates(stores, generation, 5)
    prepare("known", i30=1.0)
    like(stores, generation, "also known", "i5")

    assert recs(recommender, "known?k=1") == ["i30"]
    recs(recommender, quote("also known"))
    assert recs(recommender, "new?k=2") == ["i0", "i1"]


def test_slates_of_the_generation_before_go_to_nobody(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    give_cold_start_slates(stores, generation, 8)
    assert recs(recommender, "u?k=1") == ["i0"]
    recommender.get("/cleanup")
    recommender.post("/add_items", json={"item_ids": ["x", "y"]})

    assert [recs(recommender, f"u{n}") for n in range(8)] == [["x", "y"]] * 8


# What an answer costs and leaves behind


class Counted:
    """Counts calls, and makes them."""

    def __init__(self, call: Any) -> None:
        self.count = 0
        self._call = call

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.count += 1
        return self._call(*args, **kwargs)


LOOKS: list[list[str]] = []


def note_look(event: str, _: tuple[object, ...]) -> None:
    if event in ("os.listdir", "os.scandir"):
        for looks in LOOKS:
            looks.append(event)


sys.addaudithook(note_look)  # for good: Python cannot take it back


@contextmanager
def looks_into_folders() -> Iterator[list[str]]:
    """Note every listdir and scandir of this process."""
    LOOKS.append([])
    try:
        yield LOOKS[-1]
    finally:
        LOOKS.pop()


def test_looks_into_folders_are_noticed(tmp_path: Path) -> None:
    with looks_into_folders() as looks:
        os.listdir(tmp_path)

    assert looks == ["os.listdir"]


@pytest.fixture
def quiet(
    recommender: FlaskClient, generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> FlaskClient:
    """A recommender that refreshes no more, and whose lease lasts a minute."""
    assert generation
    monkeypatch.setattr(generations, "LEASE_SECONDS", 60.0)
    recommender.get("/recs/first")
    context = recommender.application.extensions["recommender"]
    context.background.stop()
    context.view.look()
    return recommender


@pytest.mark.parametrize("prepared", [pytest.param(30, id="slate"), pytest.param(1, id="used up")])
def test_a_list_costs_one_call_of_redis_and_no_look_into_folders(
    quiet: FlaskClient,
    prepare: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    prepared: int,
) -> None:
    prepare("u", **{item: 1.0 for item in ITEMS[:prepared]})
    recs(quiet, "u?k=1")  # the node that is asked knows the script
    context = quiet.application.extensions["recommender"]
    serve = context.stores.users._serve
    asks, how = (serve, "_execute") if serve._own is None else (serve._own, "ask")
    sent = Counted(getattr(asks, how))
    monkeypatch.setattr(asks, how, sent)
    others = Counted(context.stores.redis.execute_command)
    monkeypatch.setattr(context.stores.redis, "execute_command", others)
    stats = Counted(os.stat)
    monkeypatch.setattr(os, "stat", stats)

    with looks_into_folders() as looks:
        served = recs(quiet, "u")

    assert len(served) == 10
    assert (sent.count, others.count, stats.count, looks) == (1, 0, 0, [])


def test_whom_no_ranker_ranks_does_not_cost_three_calls_a_list(
    quiet: FlaskClient, stores: Stores, generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = stores.catalogues.of(generation)
    catalogue.add((ItemId(f"more{n}"), ("Drama",)) for n in range(260))
    context = quiet.application.extensions["recommender"]
    context.view.look()
    calls = Counted(context.stores.users._serve)
    monkeypatch.setattr(context.stores.users, "_serve", calls)

    served = [item for _ in range(25) for item in recs(quiet, "u")]

    assert len(served) == len(set(served)) == 250
    assert calls.count <= 25 + 5


def test_redis_itself_sees_one_script_of_few_commands(
    quiet: FlaskClient, stores: Stores, prepare: Callable[..., None]
) -> None:
    prepare("u", **{item: 1.0 for item in ITEMS[:30]})
    recs(quiet, "u")  # every node that is asked knows the script
    for node in nodes_of(stores.redis):
        node.config_resetstat()

    recs(quiet, "u")

    calls = Counter[str]()
    for node in nodes_of(stores.redis):
        for name, each in node.info("commandstats").items():
            calls[name.removeprefix("cmdstat_")] += each["calls"]
    assert calls["evalsha"] == 1
    assert sum(calls[name] for name in calls if name not in OF_THE_TEST) <= 6


OF_THE_TEST = {"config|resetstat", "info", "cluster|slots", "hello", "client|setinfo", "command"}


def nodes_of(redis: connection.Client) -> list[Redis]:
    if isinstance(redis, Redis):
        return [redis]
    return [redis.get_redis_connection(node) for node in redis.get_primaries()]


@pytest.mark.usefixtures("generation")
def test_every_answer_is_one_row_of_the_log(
    recommender: FlaskClient, stores: Stores, generation: Generation, prepare: Callable[..., None]
) -> None:
    prepare("u", i3=2.0, i4=1.0)

    served = recs(recommender, "u")  # two out of the slate, eight beside it

    ((user, rows, timestamp),) = impressions(stores, generation)
    assert user == "u"
    assert [ITEMS[int(row)] for row in rows.split(" ")] == served
    assert abs(float(timestamp) - time()) < 10


def test_an_empty_answer_is_no_row_of_the_log(recommender: FlaskClient, stores: Stores) -> None:
    generation = stores.generations.begin()

    assert recs(recommender, "u") == []

    assert impressions(stores, generation) == []


def test_who_has_less_than_an_answer_left_waits_to_be_ranked(
    recommender: FlaskClient, stores: Stores, generation: Generation, prepare: Callable[..., None]
) -> None:
    prepare("many", **{item: 1.0 for item in ITEMS[:20]})
    prepare("few", **{item: 1.0 for item in ITEMS[:19]})

    for user in ("many", "few"):
        recs(recommender, user)

    assert until(lambda: stores.waiting.length(generation) == 1)
    ((user, since),) = stores.waiting.take(generation, 10, time() + 1)
    assert user == "few"
    assert abs(since - time()) < 10


# Without servers


def test_the_broker_is_not_needed(start: Start, generation: Generation) -> None:
    assert generation
    assert len(recs(start("recommender", broker_url=NOWHERE["broker_url"]), "u")) == 10


def test_without_redis_known_items_come_others_each_time_and_the_log_learns_of_them(
    start: Start, stores: Stores, generation: Generation
) -> None:
    lonely = start("recommender", redis_url=NOWHERE["redis_url"])

    answers = [recs(lonely, "u") for _ in range(4)]

    assert sorted(item for items in answers for item in items) == sorted(ITEMS)
    assert len(impressions(stores, generation)) == 4
    assert len(recs(lonely, "u?explain=1")) == 10


def test_without_redis_and_without_a_generation_answers_are_empty(start: Start) -> None:
    assert recs(start("recommender", redis_url=NOWHERE["redis_url"]), "u") == []


def test_without_redis_what_was_added_just_now_comes(
    start: Start, stores: Stores, generation: Generation
) -> None:
    lonely = start("recommender", redis_url=NOWHERE["redis_url"])
    recs(lonely, "u")
    stores.catalogues.of(generation).add([(ItemId("late"), ())])

    assert "late" in recs(lonely, "u?k=100")

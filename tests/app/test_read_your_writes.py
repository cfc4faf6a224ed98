"""What a user did is in no list that is asked for after the answer. No worker runs here."""

from collections.abc import Callable, Sequence
from functools import partial
from queue import SimpleQueue
from typing import Any

import pytest
from flask.testing import EnvironBuilder, FlaskClient
from redis.exceptions import ConnectionError

from app.later import MAY_WAIT, Later
from app.ranked import Asked, Waiters
from recs.errors import StoreUnavailable
from recs.ranking.slates import NO_ENTRIES
from recs.stores import Stores
from recs.stores.keys import Keys
from recs.types import Generation, UserId
from tests.app.conftest import NOWHERE, add, is_problem, refresh

ROUNDS = 1_000
G, U = Generation(1), UserId("u")


@pytest.fixture
def generation(stores: Stores) -> Generation:
    generation = stores.generations.begin()
    add(stores, generation, **{f"i{n}": ["Drama"] for n in range(60)})
    return generation


def interact(collector: FlaskClient, user: str, *items: str, **more: Any) -> int:
    body = {"user_id": user, "item_ids": items, "actions": ["like"] * len(items), **more}
    answer = collector.post("/interact", json=body)
    assert answer.status_code == 200, answer.text
    after = answer.get_json()["after"]
    assert isinstance(after, int)
    return after


def listed(recommender: FlaskClient, user: str, query: str = "") -> list[str]:
    items: list[str] = recommender.get(f"/recs/{user}{query}").get_json()["item_ids"]
    return items


def rank(stores: Stores, generation: Generation, user: str) -> None:
    """Do what a ranker does with a user, as far as it says when."""
    [state] = stores.users.states(generation, [UserId(user)])
    stores.users.write_slates(
        generation, {UserId(user): NO_ENTRIES}, 1.0, {UserId(user): state.read_at}
    )


@pytest.mark.usefixtures("generation")
def test_no_list_after_the_answer_holds_what_the_user_interacted_with(
    collector: FlaskClient, recommender: FlaskClient
) -> None:
    refresh(recommender)
    wrong = 0
    for number in range(ROUNDS):
        user = f"u{number % 50}"
        first, second, *_ = listed(recommender, user)
        interact(collector, user, first, second)
        wrong += bool({first, second} & {*listed(recommender, user, "?k=60")})

    assert wrong == 0


@pytest.mark.usefixtures("generation")
def test_what_is_undone_may_come_again_at_once(
    collector: FlaskClient, recommender: FlaskClient
) -> None:
    refresh(recommender)
    interact(collector, "u", "i3")
    before = listed(recommender, "u", "?k=60")
    assert collector.delete("/interact/u/i3").status_code == 200

    assert ("i3" in before, "i3" in listed(recommender, "u", "?k=60")) == (False, True)


def test_an_item_that_was_added_a_moment_ago_is_noted(
    collector: FlaskClient, recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    interact(collector, "u", "i3")
    add(stores, generation, new=["Drama"])
    refresh(recommender)
    interact(collector, "u", "new", "never heard of")

    assert "new" not in listed(recommender, "u", "?k=60")


def test_what_the_broker_did_not_take_is_not_noted(
    start: Callable[..., FlaskClient], stores: Stores, generation: Generation
) -> None:
    collector = start("collector", broker_url=NOWHERE["broker_url"])
    body = {"user_id": "u", "item_ids": ["i3"], "actions": ["like"]}

    assert is_problem(collector.post("/interact", json=body), 503)
    assert stores.users.interactions(generation, UserId("u")) == {}


def test_without_redis_interactions_are_taken_and_lists_come(
    start: Callable[..., FlaskClient], generation: Generation, broker_url: str
) -> None:
    collector = start("collector", redis_url=NOWHERE["redis_url"])
    recommender = start("recommender", redis_url=NOWHERE["redis_url"])

    after = interact(collector, "u", "i3")

    assert recommender.get(f"/recs/u?after={after}").get_json()["ranked"] is False


@pytest.mark.usefixtures("once_a_minute")
def test_what_cannot_be_recorded_is_taken_and_said_once(
    collector: FlaskClient, stores: Stores, generation: Generation, caplog: pytest.LogCaptureFixture
) -> None:
    key = Keys(stores.settings.namespace, generation).interactions(UserId("u"))
    stores.redis.set(key, "of somebody else")

    for item in ("i3", "i4"):
        interact(collector, "u", item)

    [line] = [each for each in caplog.records if each.name == "app.noting"]
    assert "lists may hold them" in line.getMessage()
    assert "WRONGTYPE" in line.getMessage()


def test_a_slate_is_ranked_with_what_was_recorded_before_it_was_read(
    collector: FlaskClient, recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    refresh(recommender)
    rank(stores, generation, "u")
    after = interact(collector, "u", "i3")
    early = recommender.get(f"/recs/u?after={after}").get_json()
    rank(stores, generation, "u")
    late = recommender.get(f"/recs/u?after={after}&explain=1").get_json()

    assert (early["ranked"], late["ranked"]) == (False, True)
    assert "items" in late
    assert recommender.get(f"/recs/u?after={after + 10_000_000}").get_json()["ranked"] is False


def test_a_list_is_waited_for_until_it_is_ranked_or_for_a_moment(
    collector: FlaskClient, recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    refresh(recommender)
    afters = {user: interact(collector, user, "i3") for user in ("anna", "böse", "carl")}
    waiters, woken = (
        Waiters(lambda asked: stores.users.are_ranked([each[:3] for each in asked])),
        [],
    )
    waiting = [
        Asked(generation, UserId(user), after, 100.0, partial(woken.append, user))
        for user, after in afters.items()
    ]
    rank(stores, generation, "böse")

    waiting = waiters.look(waiting, 100.1)
    assert ([each.user for each in waiting], woken) == (["anna", "carl"], ["böse"])

    rank(stores, generation, "carl")
    assert waiters.look(waiting[:1], 100.2) == []
    assert woken == ["böse", "anna"]


def test_the_more_wait_the_longer_they_do() -> None:
    """Those who give up ask again, and would take the processor from the rankers."""
    waiters = Waiters(lambda asked: [False] * len(asked))

    def waits(count: int, seconds: float) -> bool:
        return bool(waiters.look([Asked(G, U, 1, 0.0, lambda: None)] * count, seconds))

    assert [waits(n, 0.19) for n in (1, 100, 200, 1_000)] == [True, True, True, True]
    assert [waits(n, 0.39) for n in (1, 100, 200, 1_000)] == [False, False, True, True]
    assert [waits(n, 0.99) for n in (1, 100, 200, 1_000)] == [False, False, False, True]
    assert not waits(1_000, 1.0)


@pytest.mark.parametrize("error", [ConnectionError("away"), StoreUnavailable("Redis", OSError())])
def test_nobody_waits_for_a_redis_that_is_away(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    assert woken_by(error) == 2
    assert not caplog.records


def test_an_error_of_our_own_is_logged_and_lets_nobody_wait_for_ever(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert woken_by(KeyError("a bug")) == 2
    assert [each.levelname for each in caplog.records] == ["ERROR"]


def woken_by(error: Exception) -> int:
    """Return how many of two requests are answered when it cannot be said whether they may be."""

    def fail(_: Sequence[Asked]) -> list[bool]:
        raise error

    woken: list[int] = []
    wake = partial(woken.append, 1)
    assert Waiters(fail).look([Asked(G, U, 1, 0.0, wake)] * 2, 0.0) == []
    return len(woken)


def test_a_request_waits_where_the_server_lets_it(
    collector: FlaskClient, recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    refresh(recommender)
    after = interact(collector, "b/öse", "i3")
    path = "/recs/b%2F%C3%B6se"
    told = SimpleQueue[str]()

    later = ask(recommender, f"{path}?k=2&after={after}")
    assert isinstance(later, Later)
    later.begin(lambda: told.put("it is time"))
    rank(stores, generation, "b/öse")
    assert told.get(timeout=10) == "it is time"

    for query in ("", "?k=2", f"?after={after}&after={after}", "?after=x", "?after=-1"):
        assert not isinstance(ask(recommender, path + query), Later)
    assert not isinstance(ask(recommender, f"{path}?after={after}"), Later)  # it is ranked
    assert not isinstance(ask(recommender, f"/popular?after={after + 10**9}"), Later)
    assert not isinstance(ask(recommender, f"{path}?after={after + 10**9}", may_wait=False), Later)
    assert not isinstance(ask(recommender, f"/recs/%FF?after={after}"), Later)


def ask(recommender: FlaskClient, path: str, may_wait: bool = True) -> object:
    """Return what the app gives gunicorn."""
    builder = EnvironBuilder(recommender.application, path)
    environ = builder.get_environ() | {MAY_WAIT: may_wait}
    return recommender.application(environ, lambda *_: lambda _: None)


def test_without_after_nothing_is_said_of_it(recommender: FlaskClient) -> None:
    assert "ranked" not in recommender.get("/recs/u").get_json()


@pytest.mark.parametrize("wrong", ["", "-1", "1.5", "x", "1" * 17, "٣"])
def test_an_after_that_is_no_number_is_refused(recommender: FlaskClient, wrong: str) -> None:
    answer = recommender.get(f"/recs/u?after={wrong}")

    assert is_problem(answer, 422)
    assert "after" in answer.get_json()["errors"]

import logging
import os
from collections.abc import Callable
from itertools import pairwise
from time import time

import pytest

from recs.interactions import Action, Interaction
from recs.stores import Stores
from recs.stores.keys import Keys, current_generation, tallies
from recs.stores.log import Kind
from recs.types import Generation, ItemId, UserId
from tests.workers.doing import found, like
from workers import maintain
from workers.ingest import take
from workers.maintain import Watch, catch_up

ANNA = UserId("anna")
Opinions = Callable[[Generation, str], dict[str, int]]


@pytest.fixture(autouse=True)
def _no_messages(sent: list[str]) -> None:
    """Nobody is there to rank."""


def rest(stores: Stores, generation: Generation) -> None:
    """Have all segments look as if nobody had written to them for long."""
    for segment in stores.generations.folder(generation).glob("*.csv"):
        os.utime(segment, (1, 1))


def lose(stores: Stores, pattern: str) -> None:
    for key in found(stores, pattern):
        stores.redis.delete(key)


def test_an_emptied_redis_gets_generation_and_contents_back(
    stores: Stores, generation: Generation, namespace: str, opinions: Opinions, sent: list[str]
) -> None:
    like(stores, generation, "u", "a", "b")
    lose(stores, f"*{namespace}:*")
    rest(stores, generation)
    sent.clear()

    assert catch_up(stores, 5) == 2
    assert stores.redis.get(current_generation(namespace)) == str(generation).encode()
    assert opinions(generation, "u") == {"a": 1, "b": 1}
    assert sent == ["rank"]


def test_a_loss_is_a_warning_and_a_first_look_is_none(
    stores: Stores, generation: Generation, namespace: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, maintain.__name__)
    stores.impressions.note(generation, UserId("v"), [1, 2], time())
    catch_up(stores, 5)
    like(stores, generation, "u", "a")
    lose(stores, f"*{namespace}:*")
    rest(stores, generation)
    catch_up(stores, 5)

    said = [each.levelno for each in caplog.records if "replayed" in each.message]
    assert said == [logging.INFO, logging.WARNING]


def test_a_healthy_redis_needs_nothing(
    stores: Stores, generation: Generation, sent: list[str]
) -> None:
    like(stores, generation, "u", "a")
    rest(stores, generation)
    sent.clear()

    assert catch_up(stores, 5) == 0
    assert sent == []


def test_what_takes_long_is_done_in_portions(stores: Stores, generation: Generation) -> None:
    rows = [
        Interaction(UserId("u"), ItemId("i" * 500), Action.LIKE, n).to_row() for n in range(1_500)
    ]
    stores.log.append(generation, Kind.INTERACTIONS, rows)
    rest(stores, generation)

    counts = [catch_up(stores, 0.0) for _ in range(5)]

    assert sum(counts) == 1_500
    assert max(counts) < 1_000


def test_a_redis_that_lost_some_keys_has_everything_replayed(
    stores: Stores, generation: Generation, opinions: Opinions, caplog: pytest.LogCaptureFixture
) -> None:
    now = time()
    for n in range(50):
        rows = [Interaction(UserId(f"u{n}"), ItemId("a"), Action.LIKE, now).to_row()]
        take([(generation, rows)], stores)
    rest(stores, generation)
    watch = Watch(stores)
    watch.run()
    healthy = catch_up(stores, 5)
    for n in range(5, 50):
        stores.redis.delete(*Keys(stores.settings.namespace, generation).of_user(UserId(f"u{n}")))

    Watch(stores).run()
    catch_up(stores, 5)

    assert healthy == 0
    assert [opinions(generation, f"u{n}") for n in range(50)] == [{"a": 1}] * 50
    assert "Redis has lost keys" in caplog.text


def test_keys_of_another_type_are_deleted_and_what_they_replaced_comes_back(
    stores: Stores, generation: Generation, opinions: Opinions, caplog: pytest.LogCaptureFixture
) -> None:
    take([(generation, [Interaction(ANNA, ItemId("a"), Action.LIKE, time()).to_row()])], stores)
    rest(stores, generation)
    of_applied = stores.applied.keys(generation)
    Watch(stores).run()
    assert "not of the type" not in caplog.text
    ours = Keys(stores.settings.namespace, generation)
    for key in (*ours.types(), *of_applied, tallies(stores.settings.namespace)):
        stores.redis.delete(key)
        stores.redis.xadd(key, {"by": "somebody else"})

    Watch(stores).run()
    catch_up(stores, 5)

    assert "not of the type" in caplog.text
    assert ours.ranked in caplog.text
    assert [user for user, _ in stores.waiting.take(generation, 9, time() + 1)] == [ANNA]
    assert opinions(generation, "anna") == {"a": 1}
    assert stores.applied.offsets(generation)


def test_a_redis_that_goes_on_losing_keys_is_not_filled_all_the_time(
    stores: Stores, generation: Generation, caplog: pytest.LogCaptureFixture
) -> None:
    clock = [0.0]
    watch = Watch(stores, lambda: clock[0])
    replays = []
    like_now = [Interaction(UserId("u"), ItemId("a"), Action.LIKE, time()).to_row()] * 50
    for clock[0] in range(0, 3_600, int(maintain.LOOK_SECONDS) + 1):
        take([(generation, like_now)], stores)
        stores.redis.delete(Keys(stores.settings.namespace, generation).interactions(UserId("u")))
        caplog.clear()
        watch.run()
        if "Redis has lost keys" in caplog.text:
            replays.append(clock[0])

    pauses = [later - earlier for earlier, later in pairwise(replays)]
    assert pauses == sorted(pauses)
    assert len(replays) < 12


def test_users_whom_a_clock_that_was_ahead_has_put_off_are_ranked_now(
    stores: Stores, generation: Generation
) -> None:
    now = time()
    ahead, soon, failing = UserId("ahead"), UserId("soon"), UserId("failing")
    stores.waiting.add(generation, [ahead], now + 3_590)
    stores.waiting.add(generation, [soon], now + 300)
    for _ in range(12):
        stores.waiting.failed(generation, failing, now)
    stores.waiting.note_ranked(generation, [ahead], now + 3_600)

    Watch(stores).run()

    assert [user for user, _ in stores.waiting.take(generation, 9, time() + 1)] == ["ahead"]
    assert stores.waiting.oldest_ranked(generation, time() + 1, 9) == ["ahead"]


def test_a_segment_that_a_clock_that_was_ahead_has_written_is_replayed(
    stores: Stores, generation: Generation, opinions: Opinions, namespace: str
) -> None:
    like(stores, generation, "u", "a")
    for segment in stores.generations.folder(generation).glob("*.csv"):
        os.utime(segment, (time() + 3_600, time() + 3_600))
    lose(stores, f"*{namespace}:*")

    assert catch_up(stores, 5) == 1
    assert opinions(generation, "u") == {"a": 1}

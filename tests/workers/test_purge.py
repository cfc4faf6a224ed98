from time import time

import numpy as np
import pytest

from recs.stores import Stores
from recs.stores import nodes as nodes_module
from recs.stores.keys import Keys, current_generation
from recs.types import Generation, ItemId, UserId
from tests.recs.stores.catalogues import add_to
from tests.workers.doing import found, like
from workers import purge as purge_module
from workers.purge import Purge

pytestmark = pytest.mark.usefixtures("sent")


def keys_of(stores: Stores, generation: Generation) -> list[bytes]:
    return found(stores, Keys(stores.settings.namespace, generation).pattern)


def lives(stores: Stores, generation: Generation, users: int = 3) -> None:
    """Have a generation leave something of every kind."""
    add_to(stores.catalogues.of(generation), [(ItemId(f"i{n}"), ()) for n in range(5)])
    for n in range(users):
        like(stores, generation, f"u{n}", f"i{n % 5}")
    stores.impressions.note(generation, UserId("v"), [1, 2], time())
    stores.time_series.note_delays(generation, [1.0])
    stores.statistics.publish(generation, "statistics", {"a": np.arange(3)}, {})


def test_purging_deletes_what_is_over_and_nothing_else(
    stores: Stores, generation: Generation, namespace: str
) -> None:
    others = [
        f"{{{namespace}-2:{generation}}}:waiting",
        f"{{{namespace}:{generation}9}}:waiting",
        f"{{x{namespace}:{generation}}}:waiting",
        f"{namespace}:{generation}",
    ]
    for key in others:
        stores.redis.set(key, "theirs", ex=600)
    lives(stores, generation)
    log = stores.log.sizes(generation)
    new = stores.generations.begin()
    lives(stores, new)
    stores.redis.persist(Keys(namespace, new).asked)  # on a busy machine it would expire meanwhile
    kept, statistics = keys_of(stores, new), stores.statistics.newest(new, "statistics")

    Purge(stores).run(5)

    assert keys_of(stores, generation) == []
    assert keys_of(stores, new) == kept
    assert {stores.redis.get(key) for key in others} == {b"theirs"}
    assert stores.generations.current() == new
    assert stores.log.sizes(generation) == log
    assert (stores.generations.folder(generation) / "catalogue.jsonl").stat().st_size > 0
    assert stores.statistics.newest(generation, "statistics") is None
    assert statistics is not None


def test_what_is_newest_on_disk_is_kept_though_redis_knows_a_later_generation(
    stores: Stores, generation: Generation, namespace: str
) -> None:
    lives(stores, generation)
    stores.redis.set(current_generation(namespace), generation + 5)

    Purge(stores).run(5)

    assert stores.statistics.newest(generation, "statistics")


def test_models_of_older_generations_go(stores: Stores, generation: Generation) -> None:
    dropped: list[Generation] = []
    stores.models.drop = dropped.append  # type: ignore[method-assign, assignment]
    Purge(stores).run(5)
    before = list(dropped)
    stores.generations.begin()

    Purge(stores).run(5)

    assert (before, dropped) == ([], [generation])


def test_purging_takes_a_portion_at_a_time_and_goes_on_where_it_was(
    stores: Stores, generation: Generation, monkeypatch: pytest.MonkeyPatch, namespace: str
) -> None:
    monkeypatch.setattr(nodes_module, "KEYS_A_CALL", 10)
    for n in range(300):
        stores.redis.set(Keys(namespace, generation).shown(UserId(f"u{n}")), "", ex=600)
    stores.generations.begin()
    searches: list[str] = []
    delete = purge_module.delete_matching
    monkeypatch.setattr(
        purge_module, "delete_matching", lambda *args: (searches.append(args[1]), delete(*args))[1]
    )
    purge, counts = Purge(stores), [0]
    while sum(counts) < 300:
        counts.append(purge.run(0.0))

    assert keys_of(stores, generation) == []
    assert len(searches) == 1
    assert max(counts) < 60


def test_a_purge_that_is_cut_off_begins_again(
    stores: Stores, generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    lives(stores, generation)
    stores.generations.begin()
    purge = Purge(stores)
    with monkeypatch.context() as patch:
        patch.setattr(stores.statistics, "drop", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            purge.run(5)
    lives(stores, generation)

    purge.run(5)

    assert stores.statistics.newest(generation, "statistics") is None


def test_what_is_written_late_is_deleted_and_then_the_generation_is_left_alone(
    stores: Stores, generation: Generation, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = Keys(namespace, generation).waiting
    stores.generations.begin()
    purge = Purge(stores)
    purge.run(5)
    stores.redis.set(late, "", ex=600)
    deleted_late = purge.run(5)
    monkeypatch.setattr(purge_module, "LATE_SECONDS", -60.0)
    purge.run(5)
    stores.redis.set(late, "", ex=600)

    assert (deleted_late, purge.run(5)) == (1, 0)

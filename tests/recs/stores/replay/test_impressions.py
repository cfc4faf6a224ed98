"""Which impressions are replayed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.exceptions import RedisError

from recs.settings import Settings
from recs.stores import Stores, connection
from recs.stores.keys import Keys
from recs.stores.log import Kind
from recs.types import Generation, ItemId, UserId
from tests.recs.stores.replay.doing import NOW, reconcile, restart, show, shown
from tests.servers.redis_servers import RedisServer


def test_impressions_that_redis_has_are_not_replayed(
    stores: Stores, generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    reconcile(stores, generation)
    show(stores, generation, "u", "i")
    show(stores, generation, "u", "j")
    monkeypatch.setattr(stores.users, "replay_impressions", None)

    reconcile(stores, generation)

    assert stores.applied.offsets(generation) == stores.log.sizes(generation, Kind.IMPRESSIONS)


def test_a_process_that_has_just_started_replays_impressions_since_the_last_look(
    stores: Stores, generation: Generation
) -> None:
    reconcile(stores, generation)
    show(stores, generation, "u", "i")
    reconcile(stores, generation)
    show(stores, generation, "u", "j")

    assert reconcile(restart(stores), generation) == 1


def test_a_replay_of_what_redis_has_changes_no_order(
    stores: Stores, generation: Generation
) -> None:
    other = restart(stores)
    for recommender, item in ((stores, "i"), (other, "j"), (stores, "k")):
        show(recommender, generation, "u", item)

    reconcile(stores, generation)  # the first time in this generation: it reads segment by segment

    assert shown(stores, generation, "u") == ["i", "j", "k"]


def test_impressions_of_which_redis_was_not_told_are_replayed_though_it_went_on(
    stores: Stores, generation: Generation
) -> None:
    reconcile(stores, generation)
    show(stores, generation, "u", "i")
    (row,) = stores.catalogues.of(generation).rows_of([ItemId("j")])
    assert row is not None
    stores.impressions.note(generation, UserId("u"), [row], NOW, recorded=False)

    assert [reconcile(stores, generation) for _ in range(2)] == [1, 0]
    assert shown(stores, generation, "u") == ["i", "j"]
    assert stores.applied.offsets(generation) == stores.log.sizes(generation, Kind.IMPRESSIONS)


def test_a_line_that_a_recommender_has_not_finished_is_not_passed_over(
    stores: Stores, generation: Generation
) -> None:
    reconcile(stores, generation)
    show(stores, generation, "u", "i")
    (segment,) = stores.log.sizes(generation, Kind.IMPRESSIONS)
    with (stores.generations.folder(generation) / segment).open("ab", buffering=0) as file:
        whole = file.tell()
        file.write(b"u,0")
        reconcile(stores, generation)

    assert stores.applied.offsets(generation) == {segment: whole}


def test_impressions_of_rows_that_are_in_no_catalogue_are_left_out(
    stores: Stores, generation: Generation
) -> None:
    stores.catalogues.of(generation).rows_of([ItemId("i")])
    stores.impressions.note(generation, UserId("u"), [0, 7], NOW)

    reconcile(stores, generation)

    assert shown(stores, generation, "u") == ["i"]


@pytest.fixture
def fragile(own_redis: RedisServer, tmp_path: Path, namespace: str) -> Iterator[Stores]:
    with connection.long_timeout(own_redis.url) as redis:
        yield Stores(Settings(namespace=namespace, data_dir=tmp_path / "data"), redis)


def test_what_a_crash_of_redis_takes_is_replayed(
    fragile: Stores, own_redis: RedisServer, namespace: str
) -> None:
    """Of impressions, too, although they were noted as applied before."""
    stores, generation = fragile, fragile.generations.begin()
    keys = Keys(namespace, generation)
    reconcile(stores, generation)
    show(stores, generation, "u", "early")
    reconcile(stores, generation)
    show(stores, generation, "u", "late")
    snapshot = {key: stores.redis.dump(key) for key in stores.redis.scan_iter(keys.pattern)}
    show(stores, generation, "u", "lost")
    own_redis.restart()
    for key, value in snapshot.items():
        stores.redis.restore(key, 0, value, replace=True)

    before = shown(stores, generation, "u")
    reconcile(stores, generation)

    assert before == ["early", "late"]
    assert shown(stores, generation, "u") == ["early", "late", "lost"]


def test_impressions_of_the_time_when_redis_was_away_are_replayed(
    fragile: Stores, own_redis: RedisServer
) -> None:
    stores, generation = fragile, fragile.generations.begin()
    show(stores, generation, "u", "before")
    reconcile(stores, generation)
    (row,) = stores.catalogues.of(generation).rows_of([ItemId("meanwhile")])
    assert row is not None
    own_redis.pause()
    stores.impressions.note(generation, UserId("u"), [row], NOW)
    with (
        connection.short_timeout(own_redis.url, 0.1) as impatient,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(stores.applied, "_redis", impatient)
        with pytest.raises(RedisError):
            reconcile(stores, generation)
    own_redis.resume()

    reconcile(stores, generation)

    assert shown(stores, generation, "u") == ["before", "meanwhile"]

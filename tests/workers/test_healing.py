import os

import pytest

from recs.interactions import Action, Interaction
from recs.settings import Settings
from recs.stores import Stores
from recs.stores.keys import Keys, current_generation, prefix
from recs.stores.locks import alone
from recs.types import Generation, ItemId, UserId
from workers import healing
from workers.healing import forget, keep_impressions, mend
from workers.ingestion import take


def like(stores: Stores, generation: Generation, *items: str) -> None:
    rows = [Interaction(UserId("u"), ItemId(item), Action.LIKE, 1).to_row() for item in items]
    take([(generation, rows)], stores)


def show(stores: Stores, generation: Generation, *users: str) -> None:
    stores.catalogue.add(generation, [(ItemId(f"i{n}"), ()) for n in range(40)])
    for user in users:
        stores.lists.serve(UserId(user), 10, newest=generation)


def rest(stores: Stores, generation: Generation) -> None:
    """Have all segments look as if nobody had written to them for long."""
    for segment in stores.generations.folder(generation).glob("*.csv"):
        os.utime(segment, (1, 1))


def lose(stores: Stores, pattern: str) -> None:
    for key in list(stores.redis.scan_iter(pattern)):
        stores.redis.delete(key)


def keys_of(stores: Stores, namespace: str, generation: Generation) -> list[str]:
    return list(stores.redis.scan_iter(prefix(namespace, generation) + "*"))


def archived(stores: Stores, generation: Generation) -> int:
    """Return how many lists are on disk."""
    return sum(
        len(lines)
        for segment in stores.log.sizes(generation)
        if segment.startswith("impressions")
        for _, lines in stores.log.read(generation, segment)
    )


def test_an_emptied_redis_gets_generation_and_contents_back(
    stores: Stores, generation: Generation, namespace: str
) -> None:
    like(stores, generation, "a", "b")
    lose(stores, f"{namespace}:*")
    rest(stores, generation)

    assert mend(stores, namespace) == 2
    assert stores.redis.get(current_generation(namespace)) == str(generation)
    assert stores.viewers.interactions(generation, UserId("u")) == {"a": 1, "b": 1}


def test_a_healthy_redis_needs_no_mending(stores: Stores, generation: Generation, namespace: str) -> None:
    like(stores, generation, "a")
    rest(stores, generation)

    assert mend(stores, namespace) == 0


def test_one_mends_at_a_time(stores: Stores, generation: Generation, namespace: str) -> None:
    like(stores, generation, "a")
    lose(stores, Keys(namespace, generation).prefix + "*")
    rest(stores, generation)

    with alone(stores.redis, Keys(namespace, generation).lock("heal"), 10):
        assert mend(stores, namespace) == 0
    assert mend(stores, namespace) == 1


def test_each_list_that_was_served_is_archived_once(
    stores: Stores, generation: Generation, namespace: str
) -> None:
    show(stores, generation, "u", "v")
    keep_impressions(stores, namespace)
    keep_impressions(stores, namespace)
    show(stores, generation, "u")
    keep_impressions(stores, namespace)

    assert archived(stores, generation) == 3


def test_archiving_goes_on_behind_events_that_were_trimmed(
    stores: Stores, generation: Generation, namespace: str
) -> None:
    show(stores, generation, "u", "v", "w")
    stores.redis.xtrim(Keys(namespace, generation).events, maxlen=1, approximate=False)

    assert keep_impressions(stores, namespace) == 1
    show(stores, generation, "x")
    assert keep_impressions(stores, namespace) == 1


def test_more_events_than_a_call_takes_are_archived_in_order(
    stores: Stores, generation: Generation, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(healing, "EVENTS_A_CALL", 2)
    show(stores, generation, *"uvwx")

    taken = [keep_impressions(stores, namespace) for _ in range(4)]

    assert taken == [2, 2, 1, 0]  # the first event is the catalogue
    assert archived(stores, generation) == 4


def test_what_healing_restored_is_not_archived_again(
    stores: Stores, generation: Generation, namespace: str
) -> None:
    show(stores, generation, "u", "v")
    keep_impressions(stores, namespace)
    lose(stores, f"{namespace}:*")
    rest(stores, generation)
    mend(stores, namespace)

    keep_impressions(stores, namespace)

    assert archived(stores, generation) == 2


def test_models_of_older_generations_go_and_what_is_known_of_them_stays(
    stores: Stores, generation: Generation, namespace: str
) -> None:
    version = stores.generations.folder(generation) / "models" / "1"
    version.mkdir(parents=True)
    for name in ("model.npz", "metrics.json"):
        (version / name).touch()
    forget(stores, namespace)
    before = {path.name for path in version.iterdir()}
    stores.generations.begin()

    forget(stores, namespace)

    assert before == {"model.npz", "metrics.json"}
    assert {path.name for path in version.iterdir()} == {"metrics.json"}


def test_reaping_deletes_older_generations_and_nothing_else(
    stores: Stores, generation: Generation, namespace: str, settings: Settings
) -> None:
    others = {f"{namespace}-2:{generation}:items": "1", f"x{namespace}:{generation}:items": "2"}
    for key, value in others.items():
        stores.redis.set(key, value, ex=600)
    show(stores, generation, "u")
    new = stores.generations.begin()
    show(stores, new, "u")
    kept = sorted(keys_of(stores, namespace, new))

    forget(stores, namespace)

    assert keys_of(stores, namespace, generation) == []
    assert sorted(keys_of(stores, namespace, new)) == kept
    assert {key: stores.redis.get(key) for key in others} == others
    assert stores.generations.current() == new
    assert archived(stores, generation) == 0
    assert len(stores.log.read_catalogue(generation)) == 40


def test_reaping_takes_a_portion_at_a_time(
    stores: Stores, generation: Generation, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(healing, "KEYS_A_CALL", 10)
    for n in range(25):
        stores.redis.set(f"{prefix(namespace, generation)}k{n}", "")
    stores.generations.begin()

    assert [forget(stores, namespace) for _ in range(4)] == [10, 10, 5, 0]


def test_an_generation_that_is_reaped_is_not_looked_through_again(
    stores: Stores, generation: Generation, namespace: str
) -> None:
    stores.generations.begin()
    forget(stores, namespace)
    stores.redis.set(f"{prefix(namespace, generation)}left", "", ex=600)

    assert forget(stores, namespace) == 0

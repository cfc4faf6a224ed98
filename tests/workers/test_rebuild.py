from collections.abc import Iterator

import pytest
from redis import Redis

from recs.interactions import Action, Interaction
from recs.settings import Settings
from recs.stores import Stores
from recs.stores.keys import Keys, prefix
from recs.stores.locks import alone
from recs.stores.log import Kind
from recs.types import ItemId, UserId
from workers.healing import LOCK_SECONDS
from workers.rebuild import Busy, rebuild

ON_DISK = ("applied", "genres", "items", "likes", "dislikes", "impressions", "totals")
ON_DISK_BY_VIEWER = ("reacted", "shown")

ANN, BOB = UserId("ann:1 *"), UserId("боб/2")
SAID = [
    (ANN, "alien", Action.LIKE, 10.0),
    (ANN, "brazil", Action.DISLIKE, 11.0),
    (BOB, "alien", Action.LIKE, 12.0),
    (BOB, "alien", Action.DISLIKE, 13.0),
    (ANN, "alien", Action.UNDO, 14.0),
    (BOB, "unheard of", Action.LIKE, 15.0),
]


@pytest.fixture
def lived(stores: Stores) -> Stores:
    """A generation in which all has happened that can happen."""
    generation = stores.generations.begin()
    stores.catalogue.add(generation, [(ItemId("alien"), ["Horror"]), (ItemId("brazil"), [])])
    stores.catalogue.add(generation, [(ItemId("brazil"), ["Comedy", "Drama"]), (ItemId("cube"), [])])
    for user, item, action, timestamp in SAID:
        rows = [Interaction(user, ItemId(item), action, timestamp).to_row()]
        span = stores.log.append(generation, Kind.INTERACTIONS, rows)
        stores.state.apply(generation, Kind.INTERACTIONS, span, rows)
    for user in (ANN, BOB, UserId("new")):
        assert stores.lists.serve(user, 2, generation)
    return stores


def facts(redis: Redis, namespace: str, stores: Stores) -> dict[str, object]:
    """Return every key that the disk has too, with its content, bar the count of events."""
    found = {}
    beginning = prefix(namespace, stores.generations.current())
    for key in redis.scan_iter(beginning + "*"):
        name = key.removeprefix(beginning).split(":")[0]
        if name in ON_DISK + ON_DISK_BY_VIEWER:
            found[key] = _content(redis, key)
    found[f"{beginning}totals"].pop("events")
    return found


def _content(redis: Redis, key: str) -> object:
    match redis.type(key):
        case "hash":
            return redis.hgetall(key)
        case "zset":
            return redis.zrange(key, 0, -1, withscores=True)
        case "list":
            return redis.lrange(key, 0, -1)


def test_all_that_is_on_disk_is_as_it_was(lived: Stores, settings: Settings) -> None:
    rebuild(lived, settings.namespace)  # what only Redis has gets to disk
    before = facts(lived.redis, settings.namespace, lived)

    counts = rebuild(lived, settings.namespace)

    assert facts(lived.redis, settings.namespace, lived) == before
    assert counts == {"catalogue": 4, "interactions": 6, "impressions": 3}


def test_impressions_that_only_redis_had_survive(lived: Stores, settings: Settings) -> None:
    keys = Keys(settings.namespace, lived.generations.current())
    before = [lived.redis.zrange(keys.shown(user), 0, -1, withscores=True) for user in (ANN, BOB)]

    rebuild(lived, settings.namespace)

    after = [lived.redis.zrange(keys.shown(user), 0, -1, withscores=True) for user in (ANN, BOB)]
    assert all(before)
    assert after == before


def test_wrong_counters_are_right_again(lived: Stores, settings: Settings) -> None:
    keys = Keys(settings.namespace, lived.generations.current())
    lived.redis.zincrby(keys.likes, 100, "alien")

    rebuild(lived, settings.namespace)

    assert lived.redis.zrange(keys.likes, 0, -1, withscores=True) == [("unheard of", 1.0)]


def test_all_lists_are_asked_for(lived: Stores, settings: Settings) -> None:
    keys = Keys(settings.namespace, lived.generations.current())

    rebuild(lived, settings.namespace)

    assert set(lived.redis.zrange(keys.stale, 0, -1)) >= {ANN, BOB}


@pytest.fixture
def strangers_key(lived: Stores, settings: Settings) -> Iterator[str]:
    """A key of somebody whose namespace begins like ours."""
    key = f"{settings.namespace}-other:{lived.generations.current()}:likes"
    lived.redis.set(key, "theirs")
    yield key
    lived.redis.delete(key)


def test_keys_of_others_are_left_alone(
    lived: Stores, settings: Settings, strangers_key: str
) -> None:
    rebuild(lived, settings.namespace)

    assert lived.redis.get(strangers_key) == "theirs"


def test_nothing_is_dropped_while_somebody_heals(lived: Stores, settings: Settings) -> None:
    keys = Keys(settings.namespace, lived.generations.current())

    with alone(lived.redis, keys.lock("heal"), LOCK_SECONDS), pytest.raises(Busy):
        rebuild(lived, settings.namespace)

    assert lived.redis.exists(keys.likes)

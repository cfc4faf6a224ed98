"""A synthetic service: items, item statistics, users who came and interacted.

Each user was shown 60 items and interacted with 8 of them by default, popular ones more often.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from launch.endpoints import free_port
from recs.ranking.genres import GenreTable
from recs.ranking.ragged import Ragged
from recs.ranking.slates import ENTRY
from recs.ranking.window import Window
from recs.settings import Settings
from recs.stores import Stores
from recs.stores.keys import Keys
from recs.types import Generation, IntArray, ItemId, UserId

SHOWN, INTERACTIONS = 60, 8
SLATE = 30
N_GENRES = 40
NOW = 1_764_000_000.0
USERS_A_CALL = 2_000
PORTS = ("collector", "recommender", "page", "flower")


@dataclass(frozen=True)
class User:
    """shown, rows: of the catalogue, rows a part of shown. signs: +1 or -1, of rows."""

    id: UserId
    shown: list[int]
    rows: list[int]
    signs: list[int]


def user_id(number: int) -> UserId:
    """Return an id of 36 characters, as a UUID is written."""
    return UserId(f"00000000-0000-4000-8000-{number:012d}")


def users(first: int, count: int, n_items: int, interactions: int = INTERACTIONS) -> Iterator[User]:
    """Draw users by number: the same users each time."""
    for start in range(first, first + count, USERS_A_CALL):
        rng = np.random.default_rng(start)
        some = min(USERS_A_CALL, first + count - start)
        drawn = (n_items * rng.random((some, 2 * SHOWN)) ** 2).astype(np.int64)
        signs = np.where(rng.random((some, interactions)) < 0.75, 1, -1).tolist()
        for number, rows in enumerate(drawn.tolist()):
            distinct = list(dict.fromkeys(rows))[:SHOWN]
            yield User(user_id(start + number), distinct, distinct[:interactions], signs[number])


def genres(n_items: int) -> GenreTable:
    """Give each item two genres out of forty."""
    first = np.arange(n_items) % N_GENRES
    second = (first + 1 + np.arange(n_items) // N_GENRES % (N_GENRES - 1)) % N_GENRES
    lists = np.column_stack([first, second]).ravel()
    return GenreTable(
        Ragged(np.arange(0, 2 * n_items + 1, 2), lists), [f"genre-{n}" for n in range(N_GENRES)]
    )


def window(n_items: int, capacity: int = 5_000_000) -> Window:
    """Return an empty window over a catalogue."""
    from recs.ranking.settings import RankingSettings

    empty = Window(RankingSettings(), capacity)
    empty.set_items(np.ones(n_items, np.bool_), genres(n_items))
    return empty


def take_in(window: Window, some: Iterator[User]) -> None:
    """Have a window count what users did."""
    for number, user in enumerate(some):
        window.record_impressions(user.id, user.shown)
        for row, sign in zip(user.rows, user.signs, strict=True):
            window.record_interaction(user.id, row, sign, NOW + number)


def begin(stores: Stores, n_items: int) -> Generation:
    """Begin a generation with a catalogue."""
    generation = stores.generations.begin()
    table = genres(n_items)
    names = table.names
    items = [
        (ItemId(f"item-{row}"), {"genres": [names[each] for each in table.of_items[row].tolist()]})
        for row in range(n_items)
    ]
    stores.catalogues.of(generation).change(items)
    return generation


def publish(stores: Stores, generation: Generation, n_items: int, n_users: int = 20_000) -> None:
    """Publish item statistics over some users, similarity complete."""
    from recs.ranking.item_statistics import similarity_to_arrays

    counted = window(n_items)
    take_in(counted, users(0, n_users, n_items))
    statistics = counted.refresh()
    while counted.n_waiting:
        statistics = counted.refresh()
    files = stores.statistics
    arrays, meta = statistics.to_arrays()
    files.publish(generation, "similarity", similarity_to_arrays(statistics.similarity), {})
    files.publish(generation, "statistics", arrays, meta | {"figures": {}})


def fill(stores: Stores, generation: Generation, first: int, count: int, n_items: int) -> None:
    """Write users to Redis in the formats of recs/stores/users.py: pipelined, without scripts."""
    keys, settings = Keys(stores.settings.namespace, generation), stores.settings
    rng = np.random.default_rng(first)
    for start in range(first, first + count, USERS_A_CALL):
        some = list(users(start, min(USERS_A_CALL, first + count - start), n_items))
        pipeline = stores.redis.pipeline(transaction=False)
        for user in some:
            interactions, shown, slate = keys.of_user(user.id)
            facts = {
                str(row): f"{'+' if sign > 0 else '-'}{NOW + place:.6f}"
                for place, (row, sign) in enumerate(zip(user.rows, user.signs, strict=True))
            }
            pipeline.hset(interactions, mapping=cast(dict[Any, Any], facts))
            pipeline.expire(interactions, settings.user_ttl_seconds)
            pipeline.set(shown, _u32(user.shown), ex=settings.user_ttl_seconds)
            pipeline.set(slate, _slate(rng, n_items), ex=settings.user_ttl_seconds)
        pipeline.zadd(keys.ranked, {user.id: NOW for user in some})
        pipeline.execute()


def _slate(rng: np.random.Generator, n_items: int) -> bytes:
    entries = np.zeros(SLATE, ENTRY)
    entries["row"] = rng.integers(n_items, size=SLATE)
    return _u32([int(NOW), int(NOW)]) + entries.tobytes()


def _u32(numbers: Sequence[int] | IntArray) -> bytes:
    return np.asarray(numbers, "<u4").tobytes()


def settings_of(folder: Path, redis_url: str, **more: Any) -> Settings:
    """Return settings of a service on free ports, with other fields as in `more`."""
    ports: dict[str, Any] = {f"{name}_port": free_port() for name in PORTS}
    own = {"namespace": "bench", "data_dir": folder / "data", "redis_url": redis_url}
    return Settings(**{**own, **ports, **more})

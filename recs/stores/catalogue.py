"""The catalogue: items and their genres, on disk first, then in Redis."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import cast

from redis import Redis

from recs.stores.keys import Keys
from recs.stores.log import Kind, Log, split_genres
from recs.stores.state import State
from recs.types import Generation, ItemId


class Catalogue:
    """Which items are known, and their genres."""

    def __init__(self, redis: Redis, namespace: str, log: Log, state: State) -> None:
        self._redis = redis
        self._namespace = namespace
        self._log = log
        self._state = state

    def add(self, generation: Generation, items: Sequence[tuple[ItemId, Sequence[str]]]) -> None:
        """Make items known. Known ones keep their genres unless new ones are given."""
        rows = [(item, "|".join(genres)) for item, genres in items]
        if rows:
            span = self._log.append(generation, Kind.CATALOGUE, rows)
            self._state.apply(generation, Kind.CATALOGUE, span, rows)

    def since(self, generation: Generation, count: int) -> list[tuple[ItemId, tuple[str, ...]]]:
        """Return the items that arrived after the first `count`, in order of arrival."""
        items = self._redis.lrange(Keys(self._namespace, generation).items, count, -1)
        return self.genres_of(generation, cast(list[str], items))

    def genres_of(self, generation: Generation, items: Iterable[str]) -> list[tuple[ItemId, tuple[str, ...]]]:
        """Return those of the items that are known, with their genres."""
        wanted = list(items)
        if not wanted:
            return []
        genres = cast(
            list[str | None], self._redis.hmget(Keys(self._namespace, generation).genres, wanted)
        )
        return [
            (ItemId(item), split_genres(text))
            for item, text in zip(wanted, genres, strict=True)
            if text is not None
        ]

    def size(self, generation: Generation) -> int:
        """Return how many items are known."""
        return int(self._redis.llen(Keys(self._namespace, generation).items))

    def genre_counts(self, generation: Generation) -> dict[str, int]:
        """Return genre -> how many titles have it, the most frequent first."""
        texts = cast(list[str], self._redis.hvals(Keys(self._namespace, generation).genres))
        return dict(Counter(genre for text in texts for genre in split_genres(text)).most_common())

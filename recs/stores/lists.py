"""The lists that lie ready: serving them and putting new ones in place, one round trip each."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import random
from typing import cast

from redis import Redis

from recs.explanations import Entry
from recs.stores import connection
from recs.stores.keys import Keys
from recs.types import Generation, ItemId, Json, UserId

END_OF_ENTRY, END_OF_LIST = "\x1e", "\x1f"
"""Between entries, between lists. Neither ids nor JSON contain control characters."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry as it lies in Redis: the id, and the reason that the ranking gave, as JSON text."""

    item: ItemId
    reason: str

    def explain(self) -> Json:
        """Return the item with its source, score, `because` and genres."""
        known = json.loads(self.reason) if self.reason else {"source": "explore"}
        return {"item_id": self.item, "score": 0.0, "because": [], "genres": [], **known}


class Lists:
    """Serve and store lists of entries."""

    def __init__(
        self, redis: Redis, namespace: str, events_kept: int, viewer_ttl_seconds: int
    ) -> None:
        self._redis = redis
        self._namespace = namespace
        self._events_kept = events_kept
        self._ttl = viewer_ttl_seconds
        self._serve = connection.script(redis, "serve")
        self._write = connection.script(redis, "write")
        self._share = connection.script(redis, "share")

    def serve(self, user: UserId, k: int, newest: Generation) -> list[Listed] | None:
        """Take the viewer's next k titles and record that he was shown them.

        Returns None while Redis knows no titles of the newest generation: it has lost them, or there
        are none. newest: the generation on disk; Redis may have gone back to an older one.
        """
        entries = self._serve(
            args=[self._namespace, user, k, random(), self._events_kept, self._ttl, newest]
        )
        return None if entries is None else [_read(entry) for entry in entries]

    def popular(self, generation: Generation, genre: str | None = None) -> list[Listed]:
        """Return everyone's list, best first; nothing is recorded."""
        keys = Keys(self._namespace, generation)
        key = keys.popular if genre is None else keys.popular_of(genre)
        return [_read(entry) for entry in cast(list[str], self._redis.lrange(key, 0, -1))]

    def write(self, generation: Generation, lists: Mapping[UserId, Sequence[Entry]]) -> bool:
        """Replace the lists of some viewers; False if the generation is over."""
        arguments: list[str | int] = [self._namespace, generation, self._ttl]
        for user, entries in lists.items():
            arguments += [user, _pack(entries)]
        return bool(self._write(args=arguments))

    def write_starters(self, generation: Generation, starters: Iterable[Sequence[Entry]]) -> bool:
        """Replace the lists for viewers never heard of; False if the generation is over."""
        lists = END_OF_LIST.join(_pack(entries) for entries in starters)
        return bool(self._share(args=[self._namespace, generation, "starters", lists]))

    def write_popular(self, generation: Generation, lists: Mapping[str | None, Sequence[Entry]]) -> bool:
        """Replace everyone's lists, by genre (None: all titles); False if the generation is over."""
        arguments: list[str | int] = [self._namespace, generation]
        for genre, entries in lists.items():
            suffix = "popular" if genre is None else f"popular:{genre}"
            arguments += [suffix, END_OF_LIST.join(map(_text, entries))]
        return bool(self._share(args=arguments))


def _pack(entries: Iterable[Entry]) -> str:
    return END_OF_ENTRY.join(map(_text, entries))


def _text(entry: Entry) -> str:
    reason = {
        "source": entry.source,
        "score": round(entry.score, 4),
        "because": entry.because,
        "genres": entry.genres,
    }
    return f"{entry.item}\n{json.dumps(reason)}"


def _read(text: str) -> Listed:
    item, _, reason = text.partition("\n")
    return Listed(ItemId(item), reason)

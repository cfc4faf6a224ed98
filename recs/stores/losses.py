"""Detects that Redis has lost some keys but kept others, which nothing else would notice.

A Redis that evicts keys to free memory may keep the offsets of what it has applied, so replay sees
no gap. Therefore a few random interactions of the log are looked up each time.
"""

import os
import random
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, cast

from recs.stores import keys
from recs.stores.applied import Applied
from recs.stores.catalogue import Catalogues
from recs.stores.connection import Client
from recs.stores.keys import Keys
from recs.stores.log import Kind, Log
from recs.stores.nodes import nodes
from recs.stores.rows import LogRow, rows_of
from recs.types import Generation, ItemId, UserId

NO_EVICTION = "noeviction"
ROWS_A_LOOK = 200
READ_BYTES = 4_096
"""Twice as long as most lines can be."""


class Losses:
    """Looks up data that Redis should have. Never writes."""

    def __init__(
        self,
        redis: Client,
        namespace: str,
        log: Log,
        catalogues: Catalogues,
        applied: Applied,
        ttl_seconds: float,
    ) -> None:
        """ttl_seconds: how long Redis keeps a user's keys."""
        self._redis = redis
        self._namespace = namespace
        self._log = log
        self._catalogues = catalogues
        self._applied = applied
        self._ttl_seconds = ttl_seconds
        self._evicted: dict[str, int] = {}

    def evicted(self) -> int:
        """Return how many keys Redis has evicted since the last call; 0 at the first call."""
        before, self._evicted = self._evicted, dict(map(_evicted, nodes(self._redis)))
        return sum(keys - before.get(run, keys) for run, keys in self._evicted.items())

    def missing(self, generation: Generation, now: float, count: int = ROWS_A_LOOK) -> int:
        """Return how many of `count` random interactions are missing in Redis.

        now: seconds since 1970. Raises RedisError, OSError.
        """
        catalogue = self._catalogues.of(generation)
        catalogue.refresh()
        of_users = Keys(self._namespace, generation)
        # Nothing that may expire meanwhile: what senders date ahead says nothing of its age.
        since = now - self._ttl_seconds / 2
        asked = [
            (of_users.interactions(UserId(user)), row)
            for user, item, _, at in self._some_rows(generation, count)
            if since <= float(at) <= now and (row := catalogue.rows.get(ItemId(item))) is not None
        ]
        pipeline = cast(Any, self._redis).pipeline(transaction=False)
        for key, row in asked:
            pipeline.hexists(key, row)
        return sum(not found for found in pipeline.execute())

    def foreign(self, generation: Generation) -> list[str]:
        """Return shared keys of another type than ours: somebody else has written there."""
        types = {
            keys.folder(self._namespace): "string",
            keys.purged(self._namespace): "set",
            keys.tallies(self._namespace): "hash",
            # The lock of the statistics worker outlives generations.
            **Keys(self._namespace, Generation(0)).types(),
            **Keys(self._namespace, generation).types(),
            **dict.fromkeys(self._applied.keys(generation), "hash"),
        }
        pipeline = cast(Any, self._redis).pipeline(transaction=False)
        for key in types:
            pipeline.type(key)
        found: list[bytes] = pipeline.execute()
        return [
            key
            for (key, ours), theirs in zip(types.items(), found, strict=True)
            if theirs.decode() not in (ours, "none")
        ]

    def _some_rows(self, generation: Generation, count: int) -> Iterator[LogRow]:
        """Yield random rows that Redis has applied; larger segments are chosen more often."""
        applied = {
            segment: size
            for segment, size in self._applied.offsets(generation).items()
            if segment.startswith(Kind.INTERACTIONS)
        }
        if not applied:
            return
        folder = self._log.folder(generation)
        segments = random.choices([*applied], [*applied.values()], k=count)
        for segment in sorted(set(segments)):
            # A segment that cannot be read is reported by replay.
            with suppress(OSError), (folder / segment).open("rb") as file:
                for _ in range(segments.count(segment)):
                    yield from _row_at(
                        file.fileno(), random.randrange(applied[segment]), applied[segment]
                    )


def _row_at(file: int, offset: int, end: int) -> Iterator[LogRow]:
    """Yield the first row that begins after an offset, if it ends before `end`."""
    content = os.pread(file, min(READ_BYTES, end - offset), offset)
    lines = content.split(b"\n")[1:-1]
    if lines:
        yield from rows_of(Kind.INTERACTIONS, lines[:1])[0]


def _evicted(node: Any) -> tuple[str, int]:
    """Return a server's run_id, and how many keys it has evicted since it started."""
    return node.info("server")["run_id"], int(node.info("stats")["evicted_keys"])


def eviction_policy(client: Client) -> str:
    """Return the policy by which a Redis may evict keys; empty if none does. Raises RedisError."""
    for node in nodes(client):
        memory = node.info("memory")
        policy = str(memory.get("maxmemory_policy", NO_EVICTION))
        if int(memory.get("maxmemory", 0)) and policy != NO_EVICTION:
            return policy
    return ""

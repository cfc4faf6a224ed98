"""Whether Redis has lost some keys while it kept others: then nobody else would notice.

A Redis that throws keys away to make room (an eviction policy) keeps the offsets of what it has
applied. So users of whom the log has rows are looked up, a few at random each time.
"""

import os
import random
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, cast

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
    """Looks for what Redis must have. Never writes."""

    def __init__(
        self,
        redis: Client,
        namespace: str,
        log: Log,
        catalogues: Catalogues,
        applied: Applied,
        ttl_seconds: float,
    ) -> None:
        """ttl_seconds: how long Redis keeps what it has of a user."""
        self._redis = redis
        self._namespace = namespace
        self._log = log
        self._catalogues = catalogues
        self._applied = applied
        self._ttl_seconds = ttl_seconds
        self._evicted: dict[str, int] = {}

    def evicted(self) -> int:
        """Return how many keys Redis has thrown away since the last call, 0 at the first one."""
        before, self._evicted = self._evicted, dict(map(_evicted, nodes(self._redis)))
        return sum(keys - before.get(run, keys) for run, keys in self._evicted.items())

    def missing(self, generation: Generation, now: float, count: int = ROWS_A_LOOK) -> int:
        """Return how many of `count` random interactions Redis should have and has not.

        now: seconds since 1970. Raises RedisError, OSError.
        """
        catalogue = self._catalogues.of(generation)
        catalogue.refresh()
        keys = Keys(self._namespace, generation)
        since = now - self._ttl_seconds / 2  # nothing that may expire meanwhile
        asked = [
            (keys.interactions(UserId(user)), row)
            for user, item, _, at in self._some_rows(generation, count)
            if float(at) >= since and (row := catalogue.row_or_none(ItemId(item))) is not None
        ]
        pipeline = cast(Any, self._redis).pipeline(transaction=False)
        for key, row in asked:
            pipeline.hexists(key, row)
        return sum(not found for found in pipeline.execute())

    def _some_rows(self, generation: Generation, count: int) -> Iterator[LogRow]:
        """Yield random rows of those that Redis says it has applied, each segment by its size."""
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
            # A segment that cannot be read is told of by whoever replays it.
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
    """Return which start of a server this is, and how many keys it has thrown away since."""
    return node.info("server")["run_id"], int(node.info("stats")["evicted_keys"])


def eviction_policy(client: Client) -> str:
    """Name the policy by which a Redis will throw keys away; empty if none will. RedisError."""
    for node in nodes(client):
        memory = node.info("memory")
        policy = str(memory.get("maxmemory_policy", NO_EVICTION))
        if int(memory.get("maxmemory", 0)) and policy != NO_EVICTION:
            return policy
    return ""


def eviction_warning(policy: str) -> str:
    """Say what such a policy does, and what to do."""
    return (
        f"Redis throws keys away when it is full (maxmemory-policy {policy}): users lose what "
        "they liked until it is replayed. Set maxmemory-policy noeviction, and enough memory."
    )

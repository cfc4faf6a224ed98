"""How much of the log Redis has applied: bytes of each segment, for each node of a cluster."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from redis import Redis

from recs.stores.connection import Client
from recs.stores.keys import Keys
from recs.stores.script import Script
from recs.stores.segments import Span
from recs.types import Generation


@dataclass(frozen=True, slots=True)
class Standing:
    """State of one Redis.

    run: its run_id, which changes with each start. offsets: segment -> bytes it has applied.
    """

    run: str
    offsets: Mapping[str, int]


class Applied:
    """The offsets of every generation. A Redis that loses its data loses them, too."""

    def __init__(self, redis: Client, namespace: str) -> None:
        self._redis = redis
        self._namespace = namespace
        self._advance = Script(redis, "advance_applied")

    def offsets(self, generation: Generation) -> dict[str, int]:
        """Return segment -> number of bytes that all nodes have applied."""
        offsets = [self._offsets(key) for key in self.keys(generation)]
        common = set.intersection(*map(set, offsets))
        return {segment: min(each[segment] for each in offsets) for segment in common}

    def standings(self, generation: Generation) -> dict[str, Standing]:
        """Return the state of each node; keys: the Redis key with its offsets."""
        return {
            key: Standing(cast(dict[str, str], node.info("server"))["run_id"], self._offsets(key))
            for key, node in self.keys(generation).items()
        }

    def advance(self, generation: Generation, span: Span) -> int:
        """Note that a span is applied, unless there is a gap before it.

        Returns the offset up to which all nodes have applied the segment.
        """
        arguments = (span.segment, span.before, span.after)
        calls = [((key,), arguments) for key in self.keys(generation)]
        return int(min(self._advance.run_many(calls)))

    def forget(self, generation: Generation) -> None:
        """Delete the offsets, so that everything is applied again."""
        for key in self.keys(generation):
            self._redis.delete(key)

    def keys(self, generation: Generation) -> dict[str, Redis]:
        """Return for each Redis the key under which it keeps its own offsets: key -> Redis.

        In a cluster a node can lose its data while the others keep theirs, so each needs its own
        offsets. When slots move between nodes, a node may get another key: then some rows are
        applied again, which is harmless.
        """
        keys = Keys(self._namespace, generation)
        if isinstance(self._redis, Redis):
            return {keys.applied: self._redis}
        cluster = cast(Any, self._redis)
        primaries = {node.name: node for node in cluster.get_primaries()}
        found: dict[str, str] = {}
        for number in range(64 * len(primaries)):
            key = keys.applied_of(number)
            found.setdefault(cluster.get_node_from_key(key).name, key)
            if len(found) == len(primaries):
                break
        return {key: cluster.get_redis_connection(primaries[name]) for name, key in found.items()}

    def _offsets(self, key: str) -> dict[str, int]:
        offsets = cast(dict[bytes, bytes], self._redis.hgetall(key))
        return {segment.decode(): int(size) for segment, size in offsets.items()}

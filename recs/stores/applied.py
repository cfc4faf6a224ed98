"""How much of the log Redis has applied: bytes of each segment, for each node of a cluster."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from redis import Redis

from recs.stores.connection import Client, Script
from recs.stores.keys import Keys
from recs.stores.nodes import applied_keys
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
        return least([self._offsets(key) for key in self._keys(generation)])

    def standings(self, generation: Generation) -> dict[str, Standing]:
        """Return the state of each node; keys: the Redis key with its offsets."""
        return {
            key: Standing(cast(dict[str, str], node.info("server"))["run_id"], self._offsets(key))
            for key, node in self._keys(generation).items()
        }

    def advance(self, generation: Generation, span: Span) -> int:
        """Note that a span is applied, unless there is a gap before it.

        Returns the offset up to which all nodes have applied the segment.
        """
        arguments = (span.segment, span.before, span.after)
        calls = [((key,), arguments) for key in self._keys(generation)]
        return int(min(self._advance.run_many(calls)))

    def forget(self, generation: Generation) -> None:
        """Delete the offsets, so that everything is applied again."""
        for key in self._keys(generation):
            self._redis.delete(key)

    def _keys(self, generation: Generation) -> dict[str, Redis]:
        return applied_keys(self._redis, Keys(self._namespace, generation))

    def _offsets(self, key: str) -> dict[str, int]:
        offsets = cast(dict[bytes, bytes], self._redis.hgetall(key))
        return {segment.decode(): int(size) for segment, size in offsets.items()}


def least(offsets: list[dict[str, int]]) -> dict[str, int]:
    """Return segment -> smallest number of bytes, for the segments that all of them have."""
    common = set.intersection(*map(set, offsets)) if offsets else set()
    return {segment: min(each[segment] for each in offsets) for segment in common}

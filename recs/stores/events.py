"""The stream of what happened in a generation, from which replicas learn."""

from dataclasses import dataclass
from typing import Any

from redis import Redis

from recs.stores.keys import Keys
from recs.types import Generation, ItemId, UserId

BEGINNING = "0-0"


@dataclass(frozen=True, slots=True)
class Position:
    """How far a reader has come: id and number of the last event."""

    id: str = BEGINNING
    number: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: `r` interaction, `i` impressions, `s` restored ones, `c` catalogue."""

    position: Position
    kind: str
    user: UserId
    items: tuple[ItemId, ...]
    sign: str
    at: str


class GapInEvents(Exception):
    """Events are missing: the stream was trimmed, or Redis is not the one it was."""


class Events:
    """Reads a generation's stream."""

    def __init__(self, redis: Redis, namespace: str) -> None:
        self._redis = redis
        self._namespace = namespace

    def end(self, generation: Generation) -> Position:
        """Return the position of the newest event."""
        newest = self._redis.xrevrange(Keys(self._namespace, generation).events, count=1)
        return _read(newest[0]).position if newest else Position()

    def before_oldest(self, generation: Generation) -> Position:
        """Return the position from which all that is left of the stream follows."""
        oldest = self._redis.xrange(Keys(self._namespace, generation).events, count=1)
        return Position(BEGINNING, _read(oldest[0]).position.number - 1) if oldest else Position()

    def after(self, generation: Generation, position: Position, count: int) -> list[Event]:
        """Return at most `count` events that follow a position. Raises GapInEvents."""
        key = Keys(self._namespace, generation).events
        pipeline = self._redis.pipeline()  # a transaction: both answers of one moment
        pipeline.xrange(key, f"({position.id}", "+", count=count)
        pipeline.xrevrange(key, count=1)
        following, newest = pipeline.execute()
        events = [_read(each) for each in following]
        expected = position.number
        for event in events:
            expected += 1
            if event.position.number != expected:
                raise GapInEvents
        latest = _read(newest[0]).position.number if newest else 0
        if not events and latest != position.number:
            raise GapInEvents
        return events


def _read(message: Any) -> Event:
    identity, fields = message
    items = fields["i"] if "i" in fields else fields.get("x", "")
    return Event(
        Position(identity, int(fields["n"])),
        fields["t"],
        UserId(fields.get("u", "")),
        tuple(ItemId(item) for item in items.split("\n")) if items else (),
        fields.get("s", "0"),
        fields.get("at", ""),
    )

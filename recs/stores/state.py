"""What Redis knows of a generation: facts, counters, the catalogue. It follows the log on disk.

Every call of a script names the segment and the bytes that its rows come from. Redis refuses
rows that leave a gap; whoever is refused replays the segment from where Redis stands. So Redis
can crash, go back to an older snapshot or be emptied: it catches up.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress

from redis import Redis
from redis.exceptions import RedisError

from recs.errors import BadInteraction
from recs.interactions import SIGNS, Interaction, complaint_about_id, seconds
from recs.stores import connection
from recs.stores.keys import Keys
from recs.stores.log import Kind, Log, split_genres
from recs.stores.segments import Span
from recs.types import Generation

Row = Sequence[str]
ROWS_A_CALL = 500
"""A script holds up every other client of Redis: about 5 ms a call."""
APPLIED = -1
RESTED_SECONDS = 0.5


class State:
    """Applies rows of the log to Redis, in order, each at least once."""

    def __init__(
        self, redis: Redis, namespace: str, log: Log, events_kept: int, viewer_ttl_seconds: int
    ) -> None:
        self._redis = redis
        self._namespace = namespace
        self._log = log
        self._apply_script = {
            Kind.INTERACTIONS: connection.script(redis, "record"),
            Kind.CATALOGUE: connection.script(redis, "catalogue"),
            Kind.IMPRESSIONS: connection.script(redis, "showings"),
        }
        self._options: dict[Kind, list[str | int]] = {
            Kind.INTERACTIONS: [events_kept],
            Kind.CATALOGUE: [events_kept],
            Kind.IMPRESSIONS: [events_kept, viewer_ttl_seconds],
        }

    def apply(self, generation: Generation, kind: Kind, span: Span, rows: Sequence[Row]) -> None:
        """Apply rows just appended to the log. A generation that is over takes nothing."""
        for part, portion in _portions(span, rows):
            if self._call(generation, kind, part, portion) >= 0:
                self.replay(generation, span.segment)
                return

    def replay(self, generation: Generation, segment: str) -> int:
        """Apply what the segment has and Redis has not; return how many rows.

        Lines that cannot be understood are set aside. A torn last line is cut off, if its
        writer is dead.
        """
        kind = Kind(segment.split("-", 1)[0])
        applied = int(self._redis.hget(Keys(self._namespace, generation).applied, segment) or 0)
        count = 0
        for span, lines in self._log.read(generation, segment, applied):
            rows = list(self._understood(generation, kind, segment, lines))
            for part, portion in _portions(span, rows):
                if self._call(generation, kind, part, portion) != APPLIED:
                    return count
            count += len(rows)
        return count

    def heal(self, generation: Generation, report: Callable[[str, int, int], None] | None = None) -> int:
        """Replay every segment that Redis is behind of; return how many rows that were.

        A segment that is being written to is left to its writer, whom Redis refuses at a gap.
        report: called with (segment, rows, bytes) after each.
        """
        applied = self._redis.hgetall(Keys(self._namespace, generation).applied)
        count = 0
        for segment, size in sorted(
            self._log.sizes(generation, RESTED_SECONDS).items(), key=_catalogue_first
        ):
            if size > int(applied.get(segment, 0)):
                try:
                    rows = self.replay(generation, segment)
                    self._mend(generation, segment)
                except OSError as error:
                    rows = 0
                    self._give_up(generation, Span(segment, 0, size), error)
                count += rows
                if report:
                    report(segment, rows, size)
        return count

    def note_archived(self, generation: Generation, event: str) -> None:
        """Remember that impressions up to an event are on disk."""
        self._redis.set(Keys(self._namespace, generation).archived, event)

    def set_aside(self, generation: Generation, where: str, reason: str, content: str) -> None:
        """Keep a row or a message that is none in the dead-letter file, and count it."""
        self._log.set_aside(generation, where, reason, content)
        with suppress(RedisError):
            self._redis.hincrby(Keys(self._namespace, generation).totals, "dead_letters", 1)

    def _call(self, generation: Generation, kind: Kind, span: Span, rows: Iterable[Row]) -> int:
        arguments: list[str | int] = [
            self._namespace,
            generation,
            span.segment,
            span.before,
            span.after,
            *self._options[kind],
        ]
        for row in rows:
            arguments.extend(ARGUMENTS[kind](row))
        return int(self._apply_script[kind](args=arguments))

    def _understood(
        self, generation: Generation, kind: Kind, segment: str, lines: Iterable[str]
    ) -> Iterator[Row]:
        for line in lines:
            try:
                yield CHECKS[kind](next(csv.reader([line])))
            except (BadInteraction, ValueError, StopIteration, csv.Error) as error:
                self.set_aside(generation, segment, str(error) or "an empty line", line)

    def _give_up(self, generation: Generation, span: Span, error: OSError) -> None:
        """Leave a segment alone that cannot be read: the others must not wait for it."""
        self.set_aside(generation, span.segment, str(error), "")
        self._redis.hset(Keys(self._namespace, generation).applied, span.segment, str(span.after))

    def _mend(self, generation: Generation, segment: str) -> None:
        if torn := self._log.mend(generation, segment):
            self.set_aside(generation, segment, "a torn last line", torn.decode(errors="replace"))


def _interaction_arguments(row: Row) -> Row:
    user, item, action, timestamp = row
    return (user, item, SIGNS[action], timestamp)  # type: ignore[index]


def _impression_arguments(row: Row) -> Row:
    user, items, timestamp = row
    return (user, "\n".join(json.loads(items)), timestamp)


ARGUMENTS: dict[Kind, Callable[[Row], Row]] = {
    Kind.INTERACTIONS: _interaction_arguments,
    Kind.CATALOGUE: lambda row: row,
    Kind.IMPRESSIONS: _impression_arguments,
}
"""How a row is written for its script."""


def _check_interaction(row: Row) -> Row:
    return Interaction.from_row(row).to_row()


def _check_item(row: Row) -> Row:
    item, genres = row
    _check_ids([item, *split_genres(genres)])
    return row


def _check_impressions(row: Row) -> Row:
    user, items, timestamp = row
    seconds(timestamp)
    listed = json.loads(items)
    if not isinstance(listed, list):
        raise BadInteraction("item_ids must be a JSON list")
    _check_ids([user, *listed])
    return row


def _check_ids(ids: Iterable[object]) -> None:
    for each in ids:
        if complaint := complaint_about_id(each):
            raise BadInteraction(complaint)


CHECKS: dict[Kind, Callable[[Row], Row]] = {
    Kind.INTERACTIONS: _check_interaction,
    Kind.CATALOGUE: _check_item,
    Kind.IMPRESSIONS: _check_impressions,
}
"""What a line of a segment must be. Each raises BadInteraction or ValueError."""


def _portions(span: Span, rows: Sequence[Row]) -> Iterator[tuple[Span, Sequence[Row]]]:
    """Cut rows into portions for one call each. Only the last one moves the offset on."""
    portions = [rows[i : i + ROWS_A_CALL] for i in range(0, len(rows), ROWS_A_CALL)] or [()]
    for portion in portions[:-1]:
        yield Span(span.segment, span.before, span.before), portion
    yield span, portions[-1]


def _catalogue_first(segment: tuple[str, int]) -> tuple[bool, str]:
    """Sort key: lists need the catalogue before all else; then the segments by name, so by age."""
    return (not segment[0].startswith(Kind.CATALOGUE), segment[0])

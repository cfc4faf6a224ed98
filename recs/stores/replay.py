"""Applies the log on disk to Redis: rows that ingest has just appended, and rows Redis has lost.

Redis stores how many bytes of each segment were applied. Rows are recorded first; then that offset
advances, unless rows before them are missing. So Redis can crash, be restored from an older
snapshot, be emptied or be down: replay continues from the offset it has. Applying rows twice is
harmless, because the latest interaction of a user with an item counts.

Impressions are different: recommenders record them in Redis before they append them to the log.
Their offset advances without applying the rows, as long as every Redis has kept running since the
last check and has kept the offsets it had then. Otherwise they are applied too; those that Redis
turns out to have keep their order. Impressions for which a recommender got no answer from Redis
are in segments of their own and always applied.
"""

from collections.abc import Callable, Iterator, Sequence
from time import monotonic, time

from redis.exceptions import RedisError

from recs.interactions import Action, Interaction
from recs.stores.applied import Applied, Standing
from recs.stores.catalogue import Catalogues
from recs.stores.log import UNRECORDED, Kind, Log
from recs.stores.rows import LogRow, rows_of
from recs.stores.script import SomeNodesAway
from recs.stores.segments import Span
from recs.stores.users import Users
from recs.stores.waiting import Waiting
from recs.types import Generation, ItemId, UserId

Report = Callable[[str, int, int], None]
"""Called with a segment, how many of its rows were applied, and how many bytes it has."""

RESTED_SECONDS = 0.5
"""A segment written to within this time (s) is left to its writer, which notices gaps."""
CATCH_UP_SECONDS = 0.5
"""How long (s) a writer may apply missing earlier rows before it continues with new ones."""


class Replay:
    """Applies rows of the log to Redis, each at least once."""

    def __init__(
        self,
        applied: Applied,
        log: Log,
        catalogues: Catalogues,
        users: Users,
        waiting: Waiting,
        active_seconds: float,
    ) -> None:
        """active_seconds: maximum age (s) of a replayed interaction for its user to be queued."""
        self._applied = applied
        self._log = log
        self._catalogues = catalogues
        self._users = users
        self._waiting = waiting
        self._active_seconds = active_seconds
        self._seen: tuple[Generation, dict[str, Standing]] | None = None
        """State of each Redis when it last had all impressions."""
        self._looked: Generation | None = None
        self._unreadable: set[str] = set()

    def apply(
        self,
        generation: Generation,
        span: Span,
        interactions: Sequence[Interaction],
        since: float | None = None,
        wait: bool = True,
    ) -> None:
        """Record interactions just appended to the log, and queue their users to be ranked.

        since: when their wait began (s); now if it is None or in the future. wait: False if the
        caller queues the users itself, because there are many more.
        If Redis lacks earlier rows, these are applied next. Raises RedisError, OSError: then
        `reconcile` will record the interactions.
        """
        self._record(generation, interactions, 0.0 if wait else float("inf"), since)
        if self._applied.advance(generation, span) < span.after:
            self._replay(
                generation, Kind.INTERACTIONS, span.segment, monotonic() + CATCH_UP_SECONDS
            )

    def reconcile(
        self, generation: Generation, deadline: float = float("inf"), report: Report | None = None
    ) -> int:
        """Apply all rows that Redis lacks; return how many there were.

        deadline: by `monotonic()`; the rest is applied next time. Raises RedisError, and OSError
        if an item cannot be added to the catalogue.
        """
        self._looked = generation
        try:
            sizes = self._log.sizes(generation, Kind.INTERACTIONS, RESTED_SECONDS)
            count = self._replay_all(generation, Kind.INTERACTIONS, sizes, deadline, report)
            return count + self._reconcile_impressions(generation, deadline, report)
        except RedisError:
            self._seen = None  # recommenders may have failed to record impressions, too
            raise

    def has_looked(self, generation: Generation) -> bool:
        """Say whether this process has reconciled this generation before."""
        return self._looked == generation

    def _reconcile_impressions(
        self, generation: Generation, deadline: float, report: Report | None
    ) -> int:
        # The sizes come first: rows appended after `standings` must not be skipped.
        sizes = self._log.whole_sizes(generation, Kind.IMPRESSIONS)
        standings = self._applied.standings(generation)
        if self._seen and self._seen[0] == generation and _went_on(self._seen[1], standings):
            offsets = self._applied.offsets(generation)
            for segment, size in sizes.items():
                if size > offsets.get(segment, 0) and not segment.endswith(UNRECORDED):
                    span = Span(segment, offsets.get(segment, 0), size)
                    self._applied.advance(generation, span)
            sizes = {each: size for each, size in sizes.items() if each.endswith(UNRECORDED)}
        count = self._replay_all(generation, Kind.IMPRESSIONS, sizes, deadline, report)
        complete = monotonic() < deadline
        self._seen = (generation, self._applied.standings(generation)) if complete else None
        return count

    def _replay_all(
        self,
        generation: Generation,
        kind: Kind,
        sizes: dict[str, int],
        deadline: float,
        report: Report | None,
    ) -> int:
        """Replay every segment of which Redis lacks rows; return how many rows were applied."""
        offsets, count = self._applied.offsets(generation), 0
        for segment, size in sizes.items():
            if size > offsets.get(segment, 0):
                rows = self._replay(generation, kind, segment, deadline)
                self._mend(generation, segment)
                count += rows
                if report:
                    report(segment, rows, size)
                if monotonic() > deadline:
                    break
        return count

    def _replay(self, generation: Generation, kind: Kind, segment: str, deadline: float) -> int:
        """Apply a segment's rows that Redis lacks, until the deadline; return how many."""
        count = 0
        offset = self._applied.offsets(generation).get(segment, 0)
        for span, lines in self._read(generation, segment, offset):
            rows, damaged = rows_of(kind, lines)
            self._apply_rows(generation, kind, rows)
            if self._applied.advance(generation, span) < span.after:
                return count  # another process replays it, or Redis has lost the rows again
            for line, reason in damaged:
                self._log.set_aside(generation, segment, reason, line.decode(errors="replace"))
            count += len(rows)
            if monotonic() > deadline:
                return count
        return count

    def _apply_rows(self, generation: Generation, kind: Kind, rows: list[LogRow]) -> None:
        if kind == Kind.INTERACTIONS:
            interactions = [_interaction(row) for row in rows]
            self._record(generation, interactions, active_since=time() - self._active_seconds)
            return
        catalogue = self._catalogues.of(generation)
        catalogue.refresh()
        self._users.replay_impressions(
            generation,
            (
                (
                    UserId(user),
                    [row for row in map(int, shown.split()) if row < len(catalogue)],
                    float(at),
                )
                for user, shown, at in rows
            ),
            maybe_known=True,
        )

    def _record(
        self,
        generation: Generation,
        interactions: Sequence[Interaction],
        active_since: float,
        since: float | None = None,
    ) -> None:
        """Record interactions in Redis. Queue users who interacted at `active_since` or later."""
        if not interactions:
            return
        rows = self._catalogues.of(generation).rows_of([each.item for each in interactions])
        facts = [
            (each.user, row, each.sign, each.timestamp)
            for each, row in zip(interactions, rows, strict=True)
            if row is not None
        ]
        away: SomeNodesAway | None = None
        try:
            self._users.record(generation, facts)
        except SomeNodesAway as error:
            away = error
        active = {each.user for each in interactions if each.timestamp >= active_since}
        now = time()
        self._waiting.add(generation, active, now if since is None else min(since, now))
        if away:  # users of the other nodes need not wait for them
            raise away

    def _read(
        self, generation: Generation, segment: str, offset: int
    ) -> Iterator[tuple[Span, list[bytes]]]:
        """Read a segment. If it cannot be read, set it aside once: others must not wait for it."""
        try:
            yield from self._log.read(generation, segment, offset)
        except OSError as error:
            if segment not in self._unreadable:
                self._unreadable.add(segment)
                self._log.set_aside(generation, segment, str(error), "")

    def _mend(self, generation: Generation, segment: str) -> None:
        """Cut off an incomplete last line, if its writer is dead."""
        try:
            torn = self._log.mend(generation, segment)
        except OSError:
            return  # it is set aside already
        if torn:
            reason = "an incomplete last line"
            self._log.set_aside(generation, segment, reason, torn.decode(errors="replace"))


def _interaction(row: LogRow) -> Interaction:
    """Make an interaction from a row that `rows_of` has checked."""
    user, item, action, timestamp = row
    return Interaction(UserId(user), ItemId(item), Action(action), float(timestamp))


def _went_on(seen: dict[str, Standing], now: dict[str, Standing]) -> bool:
    """Say whether each Redis has kept running and has not lost any offset."""
    return seen.keys() == now.keys() and all(
        standing.run == now[key].run
        and all(
            now[key].offsets.get(segment, 0) >= size for segment, size in standing.offsets.items()
        )
        for key, standing in seen.items()
    )

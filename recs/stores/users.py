"""Each user's interactions, impressions and slate: three keys per user.

The read path calls `serve`, ingest calls `record`, rankers call `states` and `write_slates`.
"""

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING, cast

from recs.interactions import DISLIKED, LIKED, UNDONE, WATCHED
from recs.stores.connection import Client, node_of
from recs.stores.keys import Keys
from recs.stores.script import Script
from recs.types import Generation, Row, UserId

if TYPE_CHECKING:
    from recs.ranking.slates import Entries
    from recs.ranking.user_state import UserState

# recs.stores.user_states loads numpy. It is imported only where states are read, because ingest
# only writes.

Fact = tuple[UserId, Row, int, float]
"""User, row, signed rating (recs/interactions.py), timestamp (s)."""

MARKS = {LIKED: "+", DISLIKED: "-", UNDONE: "0", WATCHED: "w"}
"""How Redis writes a sign: one character before the timestamp."""
SIGNS = {mark.encode(): sign for sign, mark in MARKS.items()}
FACTS_A_CALL = 500
AT_ONCE_MOST = 2_000
"""Up to so many interactions of a user are read together with the rest of the state. It takes 1 ms
of Redis, and 100,000 would take 130 ms, in which it answers nobody."""
FACTS_A_SCAN = 1_000
"""About so many interactions Redis reads at once otherwise, in less than 1 ms."""
MOMENTS = 2**32
LATER_MOST = MOMENTS // 4
"""A slate that is later by more (12 days) is an old one, of the round of moments before."""


@dataclass(frozen=True, slots=True)
class Served:
    """What a user gets.

    entries: packed, best first (recs/ranking/slates.py). left: entries that remain in their slate.
    is_new: this was their first visit, with no interaction before it. is_unranked: they got
    nothing, because they interacted and no slate was ever ranked for them.
    """

    entries: bytes
    left: int
    is_new: bool
    is_unranked: bool = False


class Users:
    """The keys of users. Each call to Redis touches one user's keys; all of them expire."""

    def __init__(
        self,
        redis: Client,
        namespace: str,
        user_ttl_seconds: int = 30 * 86_400,
        visitor_ttl_seconds: int = 86_400,
        shown_most: int = 50_000,
    ) -> None:
        """user_ttl_seconds: of users who interacted; visitor_ttl_seconds: of those who did not.

        shown_most: how many rows `shown` keeps of a user.
        """
        self._redis = redis
        self._namespace = namespace
        self._user_ttl = user_ttl_seconds
        self._visitor_ttl = visitor_ttl_seconds
        self._shown_most = shown_most
        self._record = Script(redis, "record")
        self._states = Script(redis, "states")
        self._serve = Script(redis, "serve")
        self._write_slate = Script(redis, "write_slate")
        self._replay = Script(redis, "replay_impressions")

    def serve(
        self,
        generation: Generation,
        user: UserId,
        k: int,
        now: float,
        cold_start: bytes,
        fill: bytes,
        peek: bool = False,
        last_resort: bool = True,
        only_ranked: bool = False,
        keep_fill: bool = False,
    ) -> Served:
        """Take the user's next k items and record that they were shown.

        cold_start: packed entries, which become the slate of an unknown user. fill: packed entries
        that follow when the slate is used up. After those come the items that the user was shown
        longest ago. No item comes twice, and none that the user interacted with. peek: record
        nothing. last_resort: whether items that were shown before may come. only_ranked: do
        nothing for a user who interacted and for whom no slate was ever ranked. keep_fill: if the
        slate is used up, what is left of `fill` becomes the slate.
        """
        entries, left, kind = self._serve(
            Keys(self._namespace, generation).of_user(user),
            (
                k, int(now), cold_start, fill, self._visitor_ttl, self._user_ttl,
                self._shown_most, int(peek), _shown_before(), int(last_resort),
                int(only_ranked), int(keep_fill),
            ),
        )  # fmt: skip
        return Served(entries, left, is_new=kind == 1, is_unranked=kind == 2)

    def record(self, generation: Generation, facts: Iterable[Fact]) -> dict[UserId, int]:
        """Record interactions. The latest timestamp wins; of equal ones the later in `facts`.

        WATCHED is an exception: see `recs.interactions.replaces`.
        Returns user -> when they were recorded (us, by the clock of the user's Redis), for
        `are_ranked`. If Redis had all of a user's already: when it last recorded a new one.
        """
        arguments: dict[UserId, list[str | int]] = {}
        for user, row, sign, timestamp in facts:
            arguments.setdefault(user, []).extend((row, MARKS[sign], f"{timestamp:.6f}"))
        keys, step = Keys(self._namespace, generation), 3 * FACTS_A_CALL
        portions = [
            (user, each[start : start + step])
            for user, each in arguments.items()
            for start in range(0, len(each), step)
        ]
        times = self._record.run_many(
            [
                ((*keys.of_user(user), keys.recorded(user)), (self._user_ttl, *portion))
                for user, portion in portions
            ]
        )
        return {user: int(at) for (user, _), at in zip(portions, times, strict=True)}

    def node_of(self, generation: Generation, user: UserId) -> str:
        """Name the node of a cluster that has a user's keys; empty for a single Redis."""
        return node_of(self._redis, Keys(self._namespace, generation).slate(user))

    def states(self, generation: Generation, users: Sequence[UserId]) -> list["UserState"]:
        """Return what a ranker needs to know of each user."""
        from recs.stores.user_states import facts_in, read_state

        of_users = [Keys(self._namespace, generation).of_user(user) for user in users]
        found = self._states.run_many([(keys, (AT_ONCE_MOST,)) for keys in of_users])
        return [
            read_state(self._read(keys[0]) if text is None else facts_in(text), *rest)
            for keys, (text, *rest) in zip(of_users, found, strict=True)
        ]

    def interactions(self, generation: Generation, user: UserId) -> dict[Row, int]:
        """Return row -> LIKED, DISLIKED or WATCHED, newest first."""
        facts = sorted(self.facts(generation, user), key=itemgetter(2), reverse=True)
        return {row: sign for row, sign, _ in facts}

    def facts(self, generation: Generation, user: UserId) -> list[tuple[Row, int, float]]:
        """Return a user's interactions: row, LIKED, DISLIKED or WATCHED, timestamp (s)."""
        key = Keys(self._namespace, generation).interactions(user)
        return [
            (int(row), SIGNS[fact[:1]], float(fact[1:]))
            for row, fact in self._read(key).items()
            if SIGNS[fact[:1]] != UNDONE
        ]

    def _read(self, key: str) -> dict[bytes, bytes]:
        """Return row -> fact, however many there are: between portions Redis answers others.

        What was recorded before the call is in it; what is recorded meanwhile may be.
        """
        return dict(self._redis.hscan_iter(key, count=FACTS_A_SCAN))

    def write_slates(
        self,
        generation: Generation,
        slates: Mapping[UserId, "Entries"],
        now: float,
        read_at: Mapping[UserId, int] | None = None,
    ) -> None:
        """Replace the slates of these users, unless others have been ranked from newer states.

        read_at: user -> when their state was read (us). Users who are missing there: at `now` (s).
        """
        times = read_at or {}
        keys = Keys(self._namespace, generation)
        self._write_slate.run_many(
            [
                (
                    (keys.interactions(user), keys.slate(user)),
                    (
                        entries.tobytes(), moment(times.get(user, int(now * 1e6))),
                        self._visitor_ttl, self._user_ttl,
                    ),
                )
                for user, entries in slates.items()
            ]
        )  # fmt: skip

    def are_ranked(self, asked: Sequence[tuple[Generation, UserId, int]]) -> list[bool]:
        """Say of each (generation, user, after) whether the user's slate is ranked with all that
        was recorded until `after` (us).
        """
        pipeline = self._redis.pipeline(transaction=False)
        for generation, user, _ in asked:
            pipeline.getrange(Keys(self._namespace, generation).slate(user), 4, 7)
        return [
            _is_later(int.from_bytes(ranked, "little"), after)
            for ranked, (_, _, after) in zip(
                cast(list[bytes], pipeline.execute()), asked, strict=True
            )
        ]

    def replay_impressions(
        self,
        generation: Generation,
        impressions: Iterable[tuple[UserId, Sequence[Row], float]],
        maybe_known: bool = False,
    ) -> None:
        """Record impressions that `serve` did not: user, rows, when (s); oldest first.

        maybe_known: Redis may have them. What it has then stays in its order, as far as it knows a
        visit as new.
        """
        rows_of: dict[UserId, list[Row]] = {}
        visited: dict[UserId, float] = {}
        for user, rows, timestamp in impressions:
            rows_of.setdefault(user, []).extend(rows)
            visited[user] = max(timestamp, visited.get(user, 0.0))
        keys = Keys(self._namespace, generation)
        rest = (self._visitor_ttl, self._user_ttl, self._shown_most, int(maybe_known))
        self._replay.run_many(
            [
                (
                    keys.of_user(user),
                    (struct.pack(f"<{len(rows)}I", *rows), int(visited[user]), *rest),
                )
                for user, rows in rows_of.items()
            ]
        )


def moment(microseconds: int) -> int:
    """Return a time as a slate has it: milliseconds modulo 2^32, again from 0 after 49 days."""
    return microseconds // 1_000 % MOMENTS


@cache
def _shown_before() -> bytes:
    """Return the end of the entry (after the row) of an item shown again: source, score 0."""
    from recs.ranking.slates import EXPLORE

    return bytes([EXPLORE]) + bytes(4)


def _is_later(ranked: int, after: int) -> bool:
    """Say whether a slate's moment, 0 for none, is not before a time (us)."""
    # Rounded up: an interaction of the same millisecond may have been recorded after the read.
    return bool(ranked) and (ranked - moment(after + 999)) % MOMENTS < LATER_MOST

"""The queue of users who wait to be ranked, shared by all rankers, and when users were ranked.

A ranker leases users: they stay in the queue, with the end of the lease as their time. So a ranker
that dies delays them by no more than the lease.
"""

from collections.abc import Iterable, Iterator, Sequence
from time import time
from typing import Any, cast

from recs.stores.connection import Client
from recs.stores.keys import Keys
from recs.stores.script import Script
from recs.types import Generation, UserId

LEASE_SECONDS = 10.0
LONGEST_PAUSE_SECONDS = 3_600
AHEAD_SECONDS = 600.0
"""A time further ahead than this (s) is wrong. Longer than a lease, and than the time over which
the ranking of many users is spread."""
USERS_A_CALL = 1_000
SPREAD_A_SECOND = 300
"""How many of many users become due in each second: other users must not wait for all of them."""


class Waiting:
    """All times are in seconds since 1970."""

    def __init__(self, redis: Client, namespace: str) -> None:
        self._redis = redis
        self._namespace = namespace
        self._behind = 0.0
        self._begin = Script(redis, "begin_ranking")
        self._take = Script(redis, "take")
        self._done = Script(redis, "done")
        self._failed = Script(redis, "failed")

    def begin(self, generation: Generation) -> None:
        """Note that a `rank` task has begun, and how far our clock is behind that of Redis."""
        seconds, microseconds = self._begin((Keys(self._namespace, generation).asked,), ())
        self._behind = max(int(seconds) + int(microseconds) / 1e6 - time(), 0.0)

    def now(self) -> float:
        """Return the time for a ranker. With a clock that is behind, it would take nobody."""
        return time() + self._behind

    def add(self, generation: Generation, users: Iterable[UserId], at: float) -> None:
        """Queue users, to be ranked from `at` on.

        A user who is queued or leased already keeps the earlier of the two times.
        """
        key = Keys(self._namespace, generation).waiting
        for portion in _portions(list(users)):
            self._redis.zadd(key, dict.fromkeys(portion, at), lt=True)

    def spread(self, generation: Generation, users: Sequence[UserId], since: float) -> None:
        """Queue users, SPREAD_A_SECOND in each second from `since` on, in their order."""
        for second, start in enumerate(range(0, len(users), SPREAD_A_SECOND)):
            self.add(generation, users[start : start + SPREAD_A_SECOND], since + second)

    def take(self, generation: Generation, count: int, now: float) -> list[tuple[UserId, float]]:
        """Lease at most `count` users; return each with the start of their wait, oldest first.

        The lease ends at `lease(now)`.
        """
        keys = Keys(self._namespace, generation)
        taken = cast(
            list[bytes],
            self._take((keys.waiting, keys.failures), (count, repr(now), repr(self.lease(now)))),
        )
        return [
            (UserId(user.decode()), float(since))
            for user, since in zip(taken[::2], taken[1::2], strict=True)
        ]

    def lease(self, now: float) -> float:
        """Return the end of a lease that is taken now."""
        return now + LEASE_SECONDS

    def done(self, generation: Generation, users: Sequence[UserId], lease: float) -> None:
        """Take ranked users out of the queue, unless they interacted meanwhile.

        lease: the end of the lease under which they were ranked. Their failures are forgotten.
        """
        keys = Keys(self._namespace, generation)
        for portion in _portions(users):
            self._done((keys.waiting, keys.failures), (repr(lease), *portion))

    def failed(self, generation: Generation, user: UserId, now: float) -> int:
        """Postpone a user whose ranking raised; return for how long (s): 1, 2, 4 … 3600.

        Until then they are not taken, even if they interact.
        """
        keys = Keys(self._namespace, generation)
        return int(
            self._failed((keys.waiting, keys.failures), (user, repr(now), LONGEST_PAUSE_SECONDS))
        )

    def put_clock_back(self, generation: Generation, now: float) -> None:
        """Set times that lie too far in the future to `now`.

        They come from a clock that was ahead; those users would not be ranked until then. A user
        who pauses after a failed ranking is left alone, unless the pause is too long to be one.
        """
        keys = Keys(self._namespace, generation)
        for key, ahead in ((keys.waiting, AHEAD_SECONDS), (keys.ranked, 0.0)):
            left = 0
            while users := cast(
                list[bytes],
                self._redis.zrange(
                    key, f"({now + ahead!r}", "+inf", byscore=True, offset=left, num=USERS_A_CALL
                ),
            ):
                left += len(users) - self._put_back(keys, key, users, now)

    def _put_back(self, keys: Keys, key: str, users: Sequence[bytes], now: float) -> int:
        """Set the times of those of some users to `now` who do not pause; return how many."""
        failures = cast(list[bytes | None], self._redis.hmget(keys.failures, cast(Any, users)))
        pauses = {
            user: float(failure.split()[1])
            for user, failure in zip(users, failures, strict=True)
            if failure
        }
        endless = [user for user, end in pauses.items() if end > now + LONGEST_PAUSE_SECONDS]
        if endless:
            self._redis.hdel(keys.failures, *cast(Any, endless))
        late = [user for user in users if user not in pauses or user in endless]
        if late:
            self._redis.zadd(key, dict.fromkeys(late, now), lt=True)
        return len(late)

    def length(self, generation: Generation) -> int:
        """Return how many users wait, including those who are leased or pause."""
        return self._redis.zcard(Keys(self._namespace, generation).waiting)

    def oldest(self, generation: Generation) -> float | None:
        """Return since when the first user waits; None if the queue is empty."""
        first = self._redis.zrange(Keys(self._namespace, generation).waiting, 0, 0, withscores=True)
        return next((float(at) for _, at in cast(list[tuple[bytes, float]], first)), None)

    def failing(self, generation: Generation) -> int:
        """Return how many users there are whose last ranking raised."""
        return self._redis.hlen(Keys(self._namespace, generation).failures)

    def note_ranked(self, generation: Generation, users: Iterable[UserId], at: float) -> None:
        """Remember when these active users were ranked."""
        key = Keys(self._namespace, generation).ranked
        for portion in _portions(list(users)):
            self._redis.zadd(key, dict.fromkeys(portion, at))

    def oldest_ranked(self, generation: Generation, before: float, count: int) -> list[UserId]:
        """Return active users who were last ranked before a time, oldest first."""
        key = Keys(self._namespace, generation).ranked
        users = self._redis.zrange(key, "-inf", f"({before!r}", byscore=True, offset=0, num=count)
        return [UserId(user.decode()) for user in cast(list[bytes], users)]

    def forget_ranked(self, generation: Generation, users: Iterable[UserId]) -> None:
        """Leave inactive users out of `oldest_ranked` until they are ranked again."""
        key = Keys(self._namespace, generation).ranked
        for portion in _portions(list(users)):
            self._redis.zrem(key, *portion)


def _portions(users: Sequence[UserId]) -> Iterator[Sequence[UserId]]:
    return (users[i : i + USERS_A_CALL] for i in range(0, len(users), USERS_A_CALL))

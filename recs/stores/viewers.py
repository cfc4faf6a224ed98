"""What each viewer said and was shown, and whose list waits to be ranked again."""

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from redis import Redis

from recs.interactions import TASTES
from recs.stores.keys import Keys
from recs.types import Generation, ItemId, UserId

VIEWERS_A_CALL = 500


class Viewers:
    """Reads what the scripts have written of viewers."""

    def __init__(self, redis: Redis, namespace: str) -> None:
        self._redis = redis
        self._namespace = namespace

    def interactions(self, generation: Generation, user: UserId) -> dict[ItemId, int]:
        """Return item -> +1 like, -1 dislike; the newest first."""
        facts = cast(
            dict[str, str], self._redis.hgetall(Keys(self._namespace, generation).reacted(user))
        )
        tastes = _tastes(facts)
        return {item: tastes[item] for item in reversed(tastes) if tastes[item]}

    def histories(self, generation: Generation) -> Iterator[tuple[UserId, dict[ItemId, int], list[ItemId]]]:
        """Yield every viewer, his tastes (item -> +1, -1, 0) and what he was shown.

        Both in order, the oldest first.
        """
        keys = Keys(self._namespace, generation)
        users = cast(list[UserId], self._redis.zrange(keys.viewers, 0, -1))
        for start in range(0, len(users), VIEWERS_A_CALL):
            portion = users[start : start + VIEWERS_A_CALL]
            pipeline = self._redis.pipeline(transaction=False)
            for user in portion:
                pipeline.hgetall(keys.reacted(user))
                pipeline.zrange(keys.shown(user), 0, -1)
            answers = pipeline.execute()
            for user, facts, shown in zip(portion, answers[::2], answers[1::2], strict=True):
                yield user, _tastes(facts), shown

    def take_stale(self, generation: Generation, count: int) -> list[tuple[UserId, float]]:
        """Take viewers whose lists wait, the longest waiting first, and since when."""
        popped = self._redis.zpopmin(Keys(self._namespace, generation).stale, count)
        return cast(list[tuple[UserId, float]], popped)

    def put_back(self, generation: Generation, stale: Sequence[tuple[UserId, float]]) -> None:
        """Let viewers wait again: their lists could not be ranked."""
        if stale:
            self._redis.zadd(Keys(self._namespace, generation).stale, dict(stale), nx=True)

    def mark_stale(self, generation: Generation, seen_since: float) -> int:
        """Have the lists of all who were here since then ranked again; return how many these are.

        They come after those who wait already: twice the time of a viewer's last visit lies in the
        future, so he waits behind everyone who reacted, and `take_stale` can tell the two apart.
        """
        # The newest first: one who comes meanwhile is met twice, and none is passed over.
        keys, count = Keys(self._namespace, generation), 0
        while active := cast(
            list[tuple[str, float]],
            self._redis.zrange(
                keys.viewers, "inf", seen_since, desc=True,
                byscore=True, withscores=True, offset=count, num=VIEWERS_A_CALL,
            ),
        ):  # fmt: skip
            self._redis.zadd(keys.stale, {user: 2 * at for user, at in active}, nx=True)
            count += len(active)
        return count

    def longest_unranked(
        self, generation: Generation, before: float, absent_since: float, count: int
    ) -> list[UserId]:
        """Return viewers whose lists were ranked before a time, the oldest lists first.

        Those who have not been here since a time are left out, now and until they come back.
        """
        keys = Keys(self._namespace, generation)
        oldest = self._redis.zrange(keys.ranked, "-inf", before, byscore=True, offset=0, num=count)
        users = cast(list[UserId], oldest)
        if not users:
            return []
        visits = self._redis.zmscore(keys.viewers, list[str](users))
        absent = [user for user, at in zip(users, visits, strict=True) if (at or 0) < absent_since]
        if absent:
            self._redis.zrem(keys.ranked, *absent)
        return [user for user in users if user not in absent]


def _tastes(facts: Mapping[str, str]) -> dict[ItemId, int]:
    """Read facts as record.lua writes them: item -> +1, -1 or 0, the oldest first."""
    by_time = sorted(facts.items(), key=lambda fact: float(fact[1][1:]))
    return {ItemId(item): TASTES[fact[0]] for item, fact in by_time}

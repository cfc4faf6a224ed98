"""Marks users whose slates run out as waiting: many at once, after their answers."""

from collections import defaultdict, deque
from time import time

from recs.stores.waiting import Waiting
from recs.types import Generation, UserId

MARKS_AT_MOST = 10_000
"""While Redis is away, the oldest marks are dropped: users ask again."""


class Marks:
    """Collects marks; `flush` sends them to Redis. Any thread may add."""

    def __init__(self, waiting: Waiting) -> None:
        self._waiting = waiting
        self._marks: deque[tuple[Generation, UserId]] = deque(maxlen=MARKS_AT_MOST)

    def add(self, generation: Generation, user: UserId) -> None:
        """Mark a user as waiting to be ranked, from the next `flush` on."""
        self._marks.append((generation, user))

    def flush(self) -> None:
        """Send all marks. Raises RedisError: their users are marked when they ask again."""
        users: dict[Generation, dict[UserId, None]] = defaultdict(dict)
        for _ in range(len(self._marks)):
            generation, user = self._marks.popleft()
            users[generation][user] = None
        for generation, marked in users.items():
            self._waiting.add(generation, marked, time())

"""What a user costs in Redis: MEMORY USAGE of their keys and of their share of the common ones."""

from collections.abc import Callable, Iterator
from uuid import UUID

import numpy as np
import pytest

from recs.ranking.slates import ENTRY
from recs.stores.connection import Client
from recs.stores.keys import Keys
from recs.stores.users import Users
from recs.stores.waiting import Waiting
from recs.types import Generation, UserId

G = Generation(1_732_531_737_123)
NAMESPACE = "kinolenta"
NOW = 1_732_531_800.123456
USERS = [UserId(str(UUID(int=number << 64))) for number in range(300)]
SLATE = 30


@pytest.fixture
def bytes_a_user(redis: Client) -> Iterator[Callable[[int, int], float]]:
    """Let users come so often and interact so often; return what one costs on average."""
    users, waiting, keys = Users(redis, NAMESPACE), Waiting(redis, NAMESPACE), Keys(NAMESPACE, G)
    numbers = np.random.default_rng(0)

    def slate() -> bytes:
        entries = np.zeros(SLATE, ENTRY)
        entries["row"] = numbers.choice(100_000, SLATE, replace=False)
        return entries.tobytes()

    def measure(visits: int, interactions: int) -> float:
        for user in USERS:
            for _ in range(visits):
                users.serve(G, user, 10, NOW, slate(), slate())
        rows = numbers.choice(100_000, (len(USERS), interactions)).tolist()
        users.record(
            G, [(u, row, 1, NOW) for u, own in zip(USERS, rows, strict=True) for row in own]
        )
        users.write_slates(G, {user: np.frombuffer(slate(), ENTRY) for user in USERS}, NOW)
        waiting.add(G, USERS, NOW)
        waiting.note_ranked(G, USERS, NOW)
        own = [key for user in USERS for key in keys.of_user(user)]
        used = [
            redis.memory_usage(key, samples=0) or 0 for key in [*own, keys.waiting, keys.ranked]
        ]
        return sum(used) / len(USERS)

    yield measure
    for key in redis.scan_iter(keys.pattern):
        redis.delete(key)


def test_a_user_with_one_visit(bytes_a_user: Callable[[int, int], float]) -> None:
    assert bytes_a_user(1, 0) < 1_500


def test_a_user_with_three_visits_and_five_interactions(
    bytes_a_user: Callable[[int, int], float],
) -> None:
    assert bytes_a_user(3, 5) < 3_000

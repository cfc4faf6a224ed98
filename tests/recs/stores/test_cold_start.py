import pytest

from recs.stores.cold_start import ColdStart
from recs.stores.connection import Client
from recs.stores.keys import Keys
from recs.types import Generation

G = Generation(1_732_531_737_123)


@pytest.fixture
def cold_start(redis: Client, namespace: str) -> ColdStart:
    return ColdStart(redis, namespace)


def test_each_slate_is_taken_once(cold_start: ColdStart) -> None:
    cold_start.put(G, [b"one", b"two", b"three"], ttl=60)

    assert cold_start.take(G, 2) == [b"one", b"two"]
    assert cold_start.take(G, 2) == [b"three"]
    assert cold_start.take(G, 2) == []


def test_new_slates_replace_those_before(cold_start: ColdStart) -> None:
    cold_start.put(G, [b"old", b"older"], ttl=60)
    cold_start.put(G, [b"new"], ttl=60)

    assert cold_start.length(G) == 1
    assert cold_start.take(G, 9) == [b"new"]


def test_none_replace_all(cold_start: ColdStart) -> None:
    cold_start.put(G, [b"old"], ttl=60)
    cold_start.put(G, [], ttl=60)

    assert cold_start.length(G) == 0


def test_they_expire(cold_start: ColdStart, redis: Client, namespace: str) -> None:
    cold_start.put(G, [b"one"], ttl=60)

    assert 0 < redis.ttl(Keys(namespace, G).cold_start) <= 60


def test_generations_have_their_own(cold_start: ColdStart) -> None:
    cold_start.put(G, [b"one"], ttl=60)

    assert cold_start.take(Generation(G + 1), 1) == []

from time import sleep

import pytest

from recs.stores.connection import Client
from recs.stores.keys import Keys
from recs.stores.locks import alone
from recs.types import Generation


@pytest.fixture
def name(namespace: str) -> str:
    return Keys(namespace, Generation(1)).lock("train")


def test_one_at_a_time(redis: Client, name: str) -> None:
    with alone(redis, name, 10) as first, alone(redis, name, 10) as second:
        assert first is not None
        assert second is None


def test_it_is_let_go_when_its_body_is_done(redis: Client, name: str) -> None:
    with alone(redis, name, 10):
        pass

    assert not redis.exists(name)


def test_it_is_let_go_when_its_body_fails(redis: Client, name: str) -> None:
    with pytest.raises(ZeroDivisionError), alone(redis, name, 10):
        raise ZeroDivisionError

    assert not redis.exists(name)


def test_it_expires_if_its_holder_dies(redis: Client, name: str) -> None:
    with alone(redis, name, 10):
        assert 0 < redis.pttl(name) <= 10_000


def test_it_is_renewed_for_as_long_as_its_body_takes(redis: Client, name: str) -> None:
    with alone(redis, name, 1.0) as lock:  # a busy machine may renew it half a second late
        sleep(1.5)

        assert lock is not None
        assert lock.owned()


def test_who_has_lost_it_does_not_let_go_of_anothers(redis: Client, name: str) -> None:
    with alone(redis, name, 10) as lock:
        redis.set(name, "another's", px=10_000)

        assert lock is not None
        assert not lock.owned()

    assert redis.get(name) == b"another's"


def test_who_has_lost_it_does_not_renew_anothers(redis: Client, name: str) -> None:
    with alone(redis, name, 0.1):
        redis.set(name, "another's", px=60_000)
        sleep(0.2)

        assert redis.pttl(name) > 10_000

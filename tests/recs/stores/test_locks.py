from time import sleep

from recs.stores import Stores
from recs.stores.locks import alone


def test_one_at_a_time(stores: Stores, namespace: str) -> None:
    name = f"{namespace}:lock"

    with alone(stores.redis, name, 10) as first, alone(stores.redis, name, 10) as second:
        assert (first, second) == (True, False)

    with alone(stores.redis, name, 10) as third:
        assert third


def test_a_lock_is_let_go_when_its_body_fails(stores: Stores, namespace: str) -> None:
    name = f"{namespace}:lock"

    try:
        with alone(stores.redis, name, 10):
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass

    assert not stores.redis.exists(name)


def test_who_was_too_slow_does_not_let_go_of_another_ones_lock(
    stores: Stores, namespace: str
) -> None:
    name = f"{namespace}:lock"

    with alone(stores.redis, name, 0.03):
        sleep(0.06)
        stores.redis.set(name, "another's", px=10_000)

    assert stores.redis.get(name) == "another's"


def test_a_lock_that_is_renewed_outlives_its_time(stores: Stores, namespace: str) -> None:
    name = f"{namespace}:lock"

    with alone(stores.redis, name, 0.3, renewed=True):
        sleep(0.7)
        assert stores.redis.exists(name)

    assert not stores.redis.exists(name)

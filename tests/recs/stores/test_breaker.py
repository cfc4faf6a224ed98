import pytest
from redis.exceptions import ConnectionError, ResponseError, TimeoutError

from recs.errors import StoreUnavailable
from recs.stores.breaker import PAUSE_SECONDS, CircuitBreaker
from tests.clock import Clock


@pytest.fixture(autouse=True)
def _clock_of_the_breaker(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recs.stores.breaker.monotonic", clock)


@pytest.fixture
def opened() -> CircuitBreaker:
    breaker = CircuitBreaker()
    fail(breaker, ConnectionError)
    return breaker


def fail(breaker: CircuitBreaker, error: type[Exception]) -> None:
    with pytest.raises(error), breaker:
        raise error


def refuses(breaker: CircuitBreaker) -> bool:
    try:
        breaker.__enter__()
    except StoreUnavailable:
        return True
    return False


@pytest.mark.parametrize("error", [ConnectionError, TimeoutError])
def test_a_failure_opens_it(error: type[Exception], clock: Clock) -> None:
    breaker = CircuitBreaker()
    fail(breaker, error)

    with pytest.raises(StoreUnavailable, match="Redis"), breaker:
        pytest.fail("was let through")


@pytest.mark.parametrize("error", [ZeroDivisionError, ResponseError])
def test_it_minds_only_a_server_that_does_not_answer(error: type[Exception]) -> None:
    breaker = CircuitBreaker()
    fail(breaker, error)

    assert not refuses(breaker)


def test_half_open_it_lets_one_call_through(opened: CircuitBreaker, clock: Clock) -> None:
    clock.now += PAUSE_SECONDS

    assert [refuses(opened), refuses(opened)] == [False, True]


def test_the_call_that_succeeds_closes_it(opened: CircuitBreaker, clock: Clock) -> None:
    clock.now += PAUSE_SECONDS
    with opened:
        pass

    assert [refuses(opened), refuses(opened)] == [False, False]


def test_the_call_that_fails_opens_it_again(opened: CircuitBreaker, clock: Clock) -> None:
    clock.now += PAUSE_SECONDS
    fail(opened, TimeoutError)
    clock.now += PAUSE_SECONDS - 0.01

    assert refuses(opened)


def test_a_call_that_never_comes_back_does_not_keep_it_open(
    opened: CircuitBreaker, clock: Clock
) -> None:
    clock.now += PAUSE_SECONDS
    opened.__enter__()
    clock.now += PAUSE_SECONDS

    assert not refuses(opened)

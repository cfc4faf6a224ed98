import logging
from collections.abc import Iterator

import pytest

from recs import throttling
from recs.throttling import OnceAMinute, Throttle, ThrottledLog
from tests.recs.conftest import Clock


@pytest.fixture
def throttle(clock: Clock) -> Throttle:
    return Throttle(clock)


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    logger = logging.getLogger("test-throttling")
    yield logger
    logger.filters.clear()


def test_the_first_of_a_kind_is_told_the_others_within_a_minute_are_not(throttle: Throttle) -> None:
    assert [throttle.count("a"), throttle.count("a"), throttle.count("b")] == [1, 0, 1]


def test_after_a_minute_one_line_stands_for_all_that_were_kept_back(
    throttle: Throttle, clock: Clock
) -> None:
    for _ in range(5):
        throttle.count("a")
    clock.now += 59.9
    before = throttle.count("a")
    clock.now += 0.1

    assert (before, throttle.count("a"), throttle.count("a")) == (0, 6, 0)


def test_kinds_without_end_do_not_fill_memory(
    throttle: Throttle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttling, "KEYS_MOST", 3)

    assert [throttle.count(n) for n in (1, 2, 3, 4, 4, 3, 2, 1)] == [1, 1, 1, 1, 0, 0, 0, 1]


def test_a_line_tells_how_many_it_stands_for(
    throttle: Throttle, clock: Clock, logger: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    log = ThrottledLog(logger, throttle)
    for n in range(1_200):
        log.warning("away", "Redis is away: %s", n)
    clock.now += 60
    log.warning("away", "Redis is away: %s", "still")

    assert caplog.messages == [
        "Redis is away: 0",
        "Redis is away: still (1,200 times since this was last logged)",
    ]


def test_an_error_has_its_traceback(
    throttle: Throttle, logger: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    ThrottledLog(logger, throttle).error("key", "broken", error=ZeroDivisionError("nothing"))

    assert "ZeroDivisionError: nothing" in caplog.text


def test_loggers_of_others_are_throttled_by_what_they_say_and_of_which_task(
    throttle: Throttle, logger: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    logger.addFilter(OnceAMinute(["test-"], throttle=throttle))
    for address in ("a", "b"):
        logger.error("Cannot connect to %s", address)
        logger.error("Task %(name)s raised", {"name": "rank"})
        logger.error("Task %(name)s raised", {"name": "train"})
        logger.warning("Cannot connect to %s", address)
        logger.info("fine")

    assert [record.levelname[0] for record in caplog.records] == ["E", "E", "E", "W"]


def test_another_kind_of_error_is_told_and_only_the_first_has_its_traceback(
    throttle: Throttle,
    clock: Clock,
    logger: logging.Logger,
    caplog: pytest.LogCaptureFixture,
) -> None:
    logger.addFilter(OnceAMinute(["test-"], throttle=throttle))

    def fail(error: Exception) -> None:
        logger.error("failed 100%%", exc_info=error)

    for error in (KeyError("k"), KeyError("k"), ValueError("v")):
        fail(error)
    clock.now += 60
    fail(KeyError("k"))

    assert [record.exc_info is not None for record in caplog.records] == [True, True, False]
    assert "(2 times since" in caplog.records[-1].msg


def _cause_of(error: BaseException) -> str | None:
    return "the broker is down" if isinstance(error, ConnectionError) else None


def test_an_error_that_means_that_a_server_is_away_is_one_line(
    throttle: Throttle, logger: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    logger.addFilter(OnceAMinute(["test-"], _cause_of, throttle))
    logger.error("no broker: %s\n%s", "refused", "more", exc_info=ConnectionResetError())
    logger.error("no broker: %s\n%s", "refused", "more", exc_info=KeyError("ours"))

    first, second = caplog.records
    told = "no broker: refused (the broker is down)"
    assert (first.getMessage(), first.exc_info) == (told, None)
    assert second.exc_info is not None


def test_our_own_lines_are_equal_when_they_say_the_same_but_for_numbers(
    throttle: Throttle, logger: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    logger.addFilter(OnceAMinute(["celery"], throttle=throttle))
    for number, said in ((3, "refused"), (47, "refused"), (47, "timed out")):
        logger.warning("%d interactions wait: %s", number, said)

    assert caplog.messages == ["3 interactions wait: refused", "47 interactions wait: timed out"]


def test_a_record_with_several_handlers_is_counted_once(
    throttle: Throttle, logger: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    once_a_minute = OnceAMinute(["test-"], throttle=throttle)
    logger.addFilter(once_a_minute)
    caplog.handler.addFilter(once_a_minute)
    logger.error("once")
    logger.error("once")
    caplog.handler.removeFilter(once_a_minute)

    assert caplog.messages == ["once"]

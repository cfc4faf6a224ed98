import logging
from collections.abc import Iterator

import pytest

from recs import throttling
from recs.throttling import OnceAMinute
from tests.clock import Clock


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    logger = logging.getLogger("test-throttling")
    yield logger
    logger.filters.clear()


def test_after_a_minute_one_line_stands_for_all_that_were_kept_back(
    clock: Clock, logger: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    logger.addFilter(OnceAMinute([], clock=clock))
    for _ in range(1_200):
        logger.warning("Redis is away")
    clock.now += 59.9
    logger.warning("Redis is away")
    clock.now += 0.1
    for _ in range(2):
        logger.warning("Redis is away")

    assert caplog.messages == [
        "Redis is away",
        "Redis is away (1,201 times since this was last logged)",
    ]


def test_kinds_without_end_do_not_fill_memory(
    logger: logging.Logger, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttling, "KEYS_MOST", 3)
    logger.addFilter(OnceAMinute([]))
    for kind in "abcddcba":
        logger.warning(kind)

    assert "".join(caplog.messages) == "abcda"


def test_loggers_of_others_are_throttled_by_what_they_say_and_of_which_task(
    clock: Clock, logger: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    logger.addFilter(OnceAMinute(["test-"], clock=clock))
    for address in ("a", "b"):
        logger.error("Cannot connect to %s", address)
        logger.error("Task %(name)s raised", {"name": "rank"})
        logger.error("Task %(name)s raised", {"name": "train"})
        logger.warning("Cannot connect to %s", address)
        logger.info("fine")

    assert [record.levelname[0] for record in caplog.records] == ["E", "E", "E", "W"]


def test_another_kind_of_error_is_told_and_only_the_first_has_its_traceback(
    clock: Clock,
    logger: logging.Logger,
    caplog: pytest.LogCaptureFixture,
) -> None:
    logger.addFilter(OnceAMinute(["test-"], clock=clock))

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
    clock: Clock, logger: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    logger.addFilter(OnceAMinute(["test-"], _cause_of, clock))
    logger.error("no broker: %s\n%s", "refused", "more", exc_info=ConnectionResetError())
    logger.error("no broker: %s\n%s", "refused", "more", exc_info=KeyError("ours"))

    first, second = caplog.records
    told = "no broker: refused (the broker is down)"
    assert (first.getMessage(), first.exc_info) == (told, None)
    assert second.exc_info is not None


def test_our_own_lines_are_equal_when_they_say_the_same_but_for_numbers(
    clock: Clock, logger: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    logger.addFilter(OnceAMinute(["celery"], clock=clock))
    for number, said in ((3, "refused"), (47, "refused"), (47, "timed out")):
        logger.warning("%d interactions wait: %s", number, said)

    assert caplog.messages == ["3 interactions wait: refused", "47 interactions wait: timed out"]


def test_a_record_with_several_handlers_is_counted_once(
    clock: Clock, logger: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    once_a_minute = OnceAMinute(["test-"], clock=clock)
    logger.addFilter(once_a_minute)
    caplog.handler.addFilter(once_a_minute)
    logger.error("once")
    logger.error("once")
    caplog.handler.removeFilter(once_a_minute)

    assert caplog.messages == ["once"]

import logging
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from recs.stores.impressions import ImpressionLog
from recs.stores.log import Kind, Log
from recs.throttling import OnceAMinute
from recs.types import Generation, UserId
from tests.clock import Clock
from tests.recs.stores.faults import files_of_at_most

GENERATION = Generation(7)
USER = UserId('a,"б')


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path, segment_bytes=200)


@pytest.fixture
def impressions(log: Log) -> ImpressionLog:
    return ImpressionLog(log)


def logged(log: Log, generation: Generation = GENERATION) -> list[list[str]]:
    return [row for _, rows in log.tail(generation, Kind.IMPRESSIONS, {}) for row in rows]


def lose(impressions: ImpressionLog, count: int) -> None:
    with files_of_at_most(0):
        for _ in range(count):
            impressions.note(GENERATION, USER, [1], 1.0)


def test_an_answer_is_one_line(impressions: ImpressionLog, log: Log) -> None:
    impressions.note(GENERATION, USER, [3, 0, 99_999], 1.25)

    assert logged(log) == [[USER, "3 0 99999", "1.250000"]]
    assert impressions.lost == 0


def test_an_answer_is_one_write_and_does_not_wait_for_the_disk(
    impressions: ImpressionLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    write = os.write
    monkeypatch.setattr(os, "write", lambda *args: (calls.append("write"), write(*args))[1])
    for name in ("fsync", "fdatasync"):
        monkeypatch.setattr(os, name, lambda _: calls.append("sync"))

    impressions.note(GENERATION, USER, [1], 1.0)
    impressions.note(GENERATION, USER, [2], 1.0)

    assert calls == ["write", "write"]


def test_a_generation_has_its_own_segment_and_a_segment_its_size(
    impressions: ImpressionLog, log: Log
) -> None:
    for n in range(20):
        impressions.note(GENERATION, UserId("u"), [n], 1.0)
    impressions.note(Generation(8), UserId("u"), [50], 2.0)

    assert [row[1] for row in logged(log)] == [str(n) for n in range(20)]
    assert len(log.sizes(GENERATION)) > 1
    assert max(log.sizes(GENERATION).values()) < 220
    assert logged(log, Generation(8)) == [["u", "50", "2.000000"]]


def test_threads_write_whole_lines(
    impressions: ImpressionLog, log: Log, caplog: pytest.LogCaptureFixture
) -> None:
    with ThreadPoolExecutor(8) as pool:
        for n in range(200):
            pool.submit(impressions.note, GENERATION, UserId(f"u{n}"), [n, n], 1.0)

    assert sorted(row[0] for row in logged(log)) == sorted(f"u{n}" for n in range(200))
    assert "damaged" not in caplog.text


def test_a_full_disk_fails_no_answer_and_what_is_lost_is_counted(
    impressions: ImpressionLog, log: Log
) -> None:
    lose(impressions, 3)
    impressions.note(GENERATION, USER, [2], 1.0)

    assert impressions.lost == 3
    assert [row[1] for row in logged(log)] == ["2"]


def test_a_folder_that_cannot_be_made_fails_no_answer(
    impressions: ImpressionLog, tmp_path: Path
) -> None:
    (tmp_path / "generations").touch()

    impressions.note(GENERATION, USER, [1], 1.0)

    assert impressions.lost == 1


def test_losses_are_logged_once_a_minute(
    impressions: ImpressionLog, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    throttle = OnceAMinute([], clock=clock)
    caplog.handler.addFilter(throttle)
    lose(impressions, 5)
    clock.now += 61
    lose(impressions, 1)
    caplog.handler.removeFilter(throttle)

    first, second = (record.getMessage() for record in caplog.records)
    assert "could not be written" in first
    assert second.endswith("(5 times since this was last logged)")
    assert {record.levelno for record in caplog.records} == {logging.ERROR}

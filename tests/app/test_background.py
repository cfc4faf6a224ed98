from collections.abc import Iterator
from threading import enumerate as threads

import pytest
from redis.exceptions import ConnectionError

from app import background as module
from app.background import Background
from tests.waiting import until


@pytest.fixture
def done() -> list[str]:
    return []


@pytest.fixture
def background(done: list[str]) -> Iterator[Background]:
    """Takes three steps, the first two of which raise."""

    def no_redis() -> None:
        done.append("no redis")
        raise ConnectionError

    def broken() -> None:
        done.append("broken")
        raise ZeroDivisionError

    background = Background([no_redis, broken, lambda: done.append("well")], 0.001)
    yield background
    background.stop()


@pytest.mark.usefixtures("once_a_minute")
def test_a_step_that_raises_holds_up_no_other_and_comes_again(
    background: Background, done: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    background.start()

    assert until(lambda: done.count("well") >= 3)
    assert done[:6] == ["no redis", "broken", "well"] * 2
    # Each is told once, however often it comes; one has a traceback: it is a mistake.
    assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR"]
    assert [bool(record.exc_info) for record in caplog.records] == [False, True]


def test_it_is_one_thread_however_often_it_is_started(background: Background) -> None:
    before = len(threads())
    for _ in range(3):
        background.start()

    assert len(threads()) == before + 1


def test_once_stopped_it_does_nothing_more(background: Background, done: list[str]) -> None:
    background.start()
    assert until(lambda: bool(done))
    background.stop()
    count = len(done)
    background.start()

    assert len(done) == count


def test_while_nobody_asks_the_next_turn_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "IDLE_PAUSE_SECONDS", 3_600.0)
    turns: list[str] = []
    idle = Background([lambda: turns.append("idle")], 0.001, lambda: True)
    asked = Background([lambda: turns.append("asked")], 0.001, lambda: False)
    idle.start()
    asked.start()

    assert until(lambda: len(turns) >= 100)
    assert "idle" not in turns
    idle.stop()
    asked.stop()

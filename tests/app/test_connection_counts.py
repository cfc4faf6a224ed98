"""Processes of one gunicorn share what connects, however many connections come together."""

import errno
from types import SimpleNamespace
from typing import Any

import pytest

from app import connection_counts, gunicorn_conf
from app.connection_counts import MORE_AT_MOST, TURN_SECONDS, forget, let_others, tell
from app.gunicorn_worker import Worker

OURS, OTHER = 1, 2


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """No process is there yet. Returns how long was waited, each time."""
    waits: list[float] = []
    monkeypatch.setattr(connection_counts, "_counts", [0] * connection_counts.PROCESSES_MOST)
    monkeypatch.setattr(connection_counts, "sleep", waits.append)
    return waits


@pytest.mark.parametrize(
    ("ours", "others", "is_left"),
    [
        (MORE_AT_MOST + 1, [0], True),
        (MORE_AT_MOST, [0], False),
        (MORE_AT_MOST + 5, [5], False),
        (MORE_AT_MOST + 6, [5], True),
        (MORE_AT_MOST + 6, [100, 5, 100], True),
        (0, [100], False),
        (100, [], False),
    ],
)
def test_a_connection_is_left_to_whoever_has_clearly_fewer(
    waits: list[float], ours: int, others: list[int], is_left: bool
) -> None:
    tell(OURS, ours)
    for number, each in enumerate(others):
        tell(OTHER + number, each)

    let_others(ours)

    assert waits == [TURN_SECONDS] * is_left


def test_nobody_waits_for_a_process_that_has_ended(waits: list[float]) -> None:
    tell(OURS, 50)
    tell(OTHER, 0)
    forget(OTHER)

    let_others(50)

    assert not waits


def test_gunicorn_forgets_a_process_that_was_killed(waits: list[float]) -> None:
    tell(OTHER, 0)

    gunicorn_conf.child_exit(None, SimpleNamespace(age=OTHER))
    let_others(50)

    assert not waits


def test_a_process_after_many_others_is_counted(waits: list[float]) -> None:
    tell(OURS, 50)
    tell(10_000, 0)

    let_others(50)

    assert waits


def test_a_worker_waits_before_it_accepts_and_then_tells(
    waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    monkeypatch.setattr(connection_counts, "sleep", lambda _: order.append("wait"))
    tell(OTHER, 3)
    worker = Worker.__new__(Worker)
    worker.age, worker.nr_conns = OURS, 50

    class Listener:
        def accept(self) -> Any:
            order.append("accept")
            raise OSError(errno.EAGAIN, "another process was faster")

    worker.accept(Listener())
    let_others(53)

    assert order == ["wait", "accept", "wait"]
    assert connection_counts._counts[OURS] == 51

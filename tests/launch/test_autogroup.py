"""The niceness of sessions, where the kernel has autogroups."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from launch import autogroup


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int | None]]:
    """What the kernel says to each write of a niceness; written: 1, EAGAIN: None."""
    said: list[int | None] = []
    monkeypatch.setattr(autogroup, "RETRY_SECONDS", 0.0)
    monkeypatch.setattr(autogroup, "_write", lambda *_: said.pop(0) is not None)
    yield said
    assert not said


def test_it_is_written_again_until_the_kernel_takes_it(answers: list[int | None]) -> None:
    answers[:] = [None, None, 1]

    autogroup.set_niceness(1, 5)


def test_it_is_given_up_in_the_end(
    answers: list[int | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(autogroup, "RETRIES_SECONDS", -1.0)
    answers[:] = [None]

    autogroup.set_niceness(1, 5)


def test_a_process_that_is_gone_is_left_alone() -> None:
    pid = os.spawnlp(os.P_NOWAIT, "true", "true")
    os.waitpid(pid, 0)
    assert not Path(f"/proc/{pid}").exists()

    autogroup.set_niceness(pid, 5)

"""The keeper, on small processes that write down when they start and what they are told."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from launch.keep import pause_after
from tests.waiting import until

Keep = Callable[[str], subprocess.Popen[str]]


@pytest.fixture
def keep(tmp_path: Path) -> Iterator[Keep]:
    """Keep a shell script running in a folder of its own."""
    keepers: list[subprocess.Popen[str]] = []

    def keep(script: str) -> subprocess.Popen[str]:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "launch.keep", "sh", "-c", script],
            env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": "/usr/bin:/bin"},
            cwd=tmp_path,
            stderr=subprocess.PIPE,
            text=True,
        )
        keepers.append(keeper)
        return keeper

    yield keep
    for keeper in keepers:
        keeper.terminate()
        keeper.communicate(timeout=10)


def starts(folder: Path) -> list[int]:
    """Return the process ids of all runs so far."""
    log = folder / "starts"
    return [int(pid) for pid in log.read_text().split()] if log.exists() else []


SLEEP = "echo $$ >> starts; exec sleep 1000"


def test_a_killed_process_starts_again(keep: Keep, tmp_path: Path) -> None:
    keep(SLEEP)
    assert until(lambda: len(starts(tmp_path)) == 1)

    psutil.Process(starts(tmp_path)[0]).kill()

    assert until(lambda: len(starts(tmp_path)) == 2, seconds=5)


def test_a_process_that_cannot_start_ends_its_keeper_with_its_code(keep: Keep) -> None:
    keeper = keep("echo bad setting >&2; exit 3")

    _, said = keeper.communicate(timeout=10)

    assert keeper.returncode == 3
    assert said.startswith("bad setting\n")


def test_a_process_that_ends_at_once_without_an_error_has_not_started_either(keep: Keep) -> None:
    assert keep("exit 0").wait(timeout=10) == 1


def test_after_a_first_good_start_even_a_quick_end_is_no_bad_start(
    keep: Keep, tmp_path: Path
) -> None:
    keep("echo $$ >> starts; [ $(wc -l < starts) != 2 ] || exit 3; exec sleep 1000")
    assert until(lambda: len(starts(tmp_path)) == 1)

    psutil.Process(starts(tmp_path)[0]).kill()

    assert until(lambda: len(starts(tmp_path)) == 3)


def test_pauses_grow_while_it_keeps_dying_up_to_a_limit() -> None:
    assert [pause_after(deaths) for deaths in (1, 2, 3, 4, 20)] == [0.25, 0.5, 1, 2, 30]


def test_sigterm_is_passed_on_and_ends_it_for_good(keep: Keep, tmp_path: Path) -> None:
    keeper = keep(
        "trap 'echo told >> words; exit 0' TERM; echo $$ >> starts; while :; do sleep .1; done"
    )
    assert until(lambda: len(starts(tmp_path)) == 1)

    keeper.send_signal(signal.SIGTERM)

    assert keeper.wait(timeout=10) == 0
    assert (tmp_path / "words").read_text() == "told\n"
    assert len(starts(tmp_path)) == 1


def test_a_process_that_does_not_heed_sigterm_is_gone_before_honcho_kills(
    keep: Keep, tmp_path: Path
) -> None:
    keeper = keep("trap '' TERM; echo $$ >> starts; while :; do sleep .1; done")
    assert until(lambda: len(starts(tmp_path)) == 1)
    begun = time.monotonic()

    keeper.send_signal(signal.SIGTERM)

    assert keeper.wait(timeout=10) == 128 + signal.SIGKILL
    assert time.monotonic() - begun < 5
    assert not psutil.pid_exists(starts(tmp_path)[0])


def test_a_keeper_in_its_pause_stops_at_once(keep: Keep, tmp_path: Path) -> None:
    keeper = keep("echo $$ >> starts; kill -9 $$")
    assert until(lambda: len(starts(tmp_path)) == 4)
    assert until(lambda: not psutil.pid_exists(starts(tmp_path)[3]))  # now it waits for 2 s
    begun = time.monotonic()

    keeper.send_signal(signal.SIGTERM)

    assert keeper.wait(timeout=10) == 0
    assert time.monotonic() - begun < 1


def test_a_killed_keeper_leaves_nobody_behind(keep: Keep, tmp_path: Path) -> None:
    keeper = keep(SLEEP)
    assert until(lambda: len(starts(tmp_path)) == 1)

    keeper.kill()

    assert until(lambda: not psutil.pid_exists(starts(tmp_path)[0]), seconds=2)


def test_what_a_killed_process_leaves_is_gone_before_it_starts_again(
    keep: Keep, tmp_path: Path
) -> None:
    keep("sleep 1000 & echo $! > left; echo $$ >> starts; wait")
    assert until(lambda: len(starts(tmp_path)) == 1)
    left = int((tmp_path / "left").read_text())

    psutil.Process(starts(tmp_path)[0]).kill()

    assert until(lambda: len(starts(tmp_path)) == 2)
    assert not psutil.pid_exists(left)


def test_a_killed_honcho_leaves_nobody_behind(tmp_path: Path) -> None:
    (tmp_path / "Procfile").write_text(
        f"sleeper: exec {sys.executable} -m launch.keep sh sleeper\n"
    )
    (tmp_path / "sleeper").write_text(SLEEP)
    environ = {"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": "/usr/bin:/bin"}
    honcho = subprocess.Popen(
        [sys.executable, "-m", "honcho", "start"], env=environ, cwd=tmp_path, stdout=subprocess.PIPE
    )
    assert until(lambda: len(starts(tmp_path)) == 1)

    honcho.kill()

    honcho.communicate(timeout=10)
    assert until(lambda: not psutil.pid_exists(starts(tmp_path)[0]), seconds=5)

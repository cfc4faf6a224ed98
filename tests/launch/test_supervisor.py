"""The supervisor, with small processes that record their starts and what they are told."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil
import pytest
from honcho.manager import KILL_WAIT

from launch.supervisor import STOP_SECONDS, pause_after
from tests.waiting import until

pytestmark = pytest.mark.servers
"""It starts processes and waits for them: too slow for `make unit`."""

Supervise = Callable[..., subprocess.Popen[str]]
AS_SHIPPED = ("-m", "launch.supervisor")
PAUSING = (
    "-c",
    "import sys; from launch import supervisor as it;"
    "it.FIRST_PAUSE_SECONDS = it.LONGEST_PAUSE_SECONDS = 60.0;"
    "sys.exit(it.supervise(sys.argv[1:]))",
)
"""A supervisor whose pauses take longer than a test waits."""
WITHOUT_PIDFD = (
    "-c",
    "import os, sys; del os.pidfd_open;"
    "from launch.supervisor import supervise;"
    "sys.exit(supervise(sys.argv[1:]))",
)
"""A supervisor in a Python that was built with old headers, as Conda's is."""
BUSY_SECONDS = 3.0
"""What a busy machine may add."""


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Supervise]:
    """Run a shell script under a supervisor, in a folder of its own."""
    supervisors: list[subprocess.Popen[str]] = []

    def supervise(script: str, supervisor_of: Sequence[str] = AS_SHIPPED) -> subprocess.Popen[str]:
        supervisor = subprocess.Popen(
            [sys.executable, *supervisor_of, "sh", "-c", script],
            env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": "/usr/bin:/bin"},
            cwd=tmp_path,
            stderr=subprocess.PIPE,
            text=True,
        )
        supervisors.append(supervisor)
        return supervisor

    yield supervise
    for supervisor in supervisors:
        supervisor.terminate()
        supervisor.communicate(timeout=10)


def starts(folder: Path) -> list[int]:
    """Return the process ids of all runs so far."""
    log = folder / "starts"
    return [int(pid) for pid in log.read_text().split()] if log.exists() else []


SLEEP = "echo $$ >> starts; exec sleep 1000"


def test_the_whole_session_has_the_niceness_of_its_supervisor(
    supervise: Supervise, tmp_path: Path
) -> None:
    """`nice` alone orders only the processes of one session, where the kernel has autogroups."""
    supervisor = supervise(SLEEP)
    assert until(lambda: len(starts(tmp_path)) == 1)
    os.setpriority(os.PRIO_PROCESS, supervisor.pid, 7)

    psutil.Process(starts(tmp_path)[0]).kill()

    assert until(lambda: len(starts(tmp_path)) == 2)
    group = Path(f"/proc/{starts(tmp_path)[1]}/autogroup")
    assert not group.exists() or until(lambda: group.read_text().endswith(" nice 7\n"))


def test_a_killed_process_starts_again(supervise: Supervise, tmp_path: Path) -> None:
    supervise(SLEEP)
    assert until(lambda: len(starts(tmp_path)) == 1)

    psutil.Process(starts(tmp_path)[0]).kill()

    assert until(lambda: len(starts(tmp_path)) == 2)


def test_a_process_that_cannot_start_ends_its_supervisor_with_its_code(
    supervise: Supervise,
) -> None:
    supervisor = supervise("echo bad setting >&2; exit 3")

    _, said = supervisor.communicate(timeout=10)

    assert supervisor.returncode == 3
    assert said.startswith("bad setting\n")


def test_a_process_that_ends_at_once_without_an_error_cannot_start_either(
    supervise: Supervise,
) -> None:
    assert supervise("exit 0").wait(timeout=10) == 1


def test_after_a_good_start_a_quick_end_does_not_end_the_supervisor(
    supervise: Supervise, tmp_path: Path
) -> None:
    supervise("echo $$ >> starts; [ $(wc -l < starts) != 2 ] || exit 3; exec sleep 1000")
    assert until(lambda: len(starts(tmp_path)) == 1)

    psutil.Process(starts(tmp_path)[0]).kill()

    assert until(lambda: len(starts(tmp_path)) == 3)


def test_pauses_grow_while_it_keeps_dying_up_to_a_limit() -> None:
    assert [pause_after(deaths) for deaths in (1, 2, 3, 4, 20)] == [0.25, 0.5, 1, 2, 30]


def test_sigterm_is_passed_on_and_nothing_starts_again(
    supervise: Supervise, tmp_path: Path
) -> None:
    supervisor = supervise(
        "trap 'echo told >> said; exit 0' TERM; echo $$ >> starts; while :; do sleep .1; done"
    )
    assert until(lambda: len(starts(tmp_path)) == 1)

    supervisor.send_signal(signal.SIGTERM)

    assert supervisor.wait(timeout=10) == 0
    assert (tmp_path / "said").read_text() == "told\n"
    assert len(starts(tmp_path)) == 1


def test_a_process_that_ignores_sigterm_is_gone_before_honcho_kills(
    supervise: Supervise, tmp_path: Path
) -> None:
    supervisor = supervise("trap '' TERM; echo $$ >> starts; while :; do sleep .1; done")
    assert until(lambda: len(starts(tmp_path)) == 1)

    supervisor.send_signal(signal.SIGTERM)

    assert STOP_SECONDS < KILL_WAIT
    assert supervisor.wait(timeout=STOP_SECONDS + BUSY_SECONDS) == 128 + signal.SIGKILL
    assert not psutil.pid_exists(starts(tmp_path)[0])


def test_a_supervisor_in_its_pause_stops_at_once(supervise: Supervise, tmp_path: Path) -> None:
    supervisor = supervise("echo $$ >> starts; kill -9 $$", PAUSING)
    assert supervisor.stderr is not None
    assert "starts again in 60 s" in supervisor.stderr.readline()

    supervisor.send_signal(signal.SIGTERM)

    assert supervisor.wait(timeout=10) == 0
    assert len(starts(tmp_path)) == 1


def test_a_killed_supervisor_leaves_no_process_behind(supervise: Supervise, tmp_path: Path) -> None:
    supervisor = supervise(SLEEP)
    assert until(lambda: len(starts(tmp_path)) == 1)

    supervisor.kill()

    assert until(lambda: not psutil.pid_exists(starts(tmp_path)[0]))


def test_orphans_of_a_killed_process_are_gone_before_it_starts_again(
    supervise: Supervise, tmp_path: Path
) -> None:
    supervise("sleep 1000 & echo $! > left; echo $$ >> starts; wait")
    assert until(lambda: len(starts(tmp_path)) == 1)
    left = int((tmp_path / "left").read_text())

    psutil.Process(starts(tmp_path)[0]).kill()

    assert until(lambda: len(starts(tmp_path)) == 2)
    assert not psutil.pid_exists(left)


@pytest.mark.parametrize("supervisor", [AS_SHIPPED, WITHOUT_PIDFD], ids=["", "Conda's Python"])
def test_a_killed_honcho_leaves_no_process_behind(
    tmp_path: Path, supervisor: Sequence[str]
) -> None:
    command = shlex.join([sys.executable, *supervisor, "sh", "sleeper"])
    (tmp_path / "Procfile").write_text(f"sleeper: exec {command}\n")
    (tmp_path / "sleeper").write_text(SLEEP)
    environ = {"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": "/usr/bin:/bin"}
    honcho = subprocess.Popen(
        [sys.executable, "-m", "honcho", "start"], env=environ, cwd=tmp_path, stdout=subprocess.PIPE
    )
    assert until(lambda: len(starts(tmp_path)) == 1)

    honcho.kill()

    honcho.communicate(timeout=10)
    assert until(lambda: not psutil.pid_exists(starts(tmp_path)[0]))

"""A child process in a session of its own, and the signals that its parent waits for."""

import signal
import subprocess
from collections.abc import Mapping, Sequence

import psutil

from launch.prctl import die_with_parent

STOP = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
AWAITED = STOP | {signal.SIGCHLD}


def hold_signals() -> None:
    """Keep signals back until someone waits for them: no handler ever cuts into a line."""
    signal.pthread_sigmask(signal.SIG_BLOCK, AWAITED)


def told_to_stop(within_seconds: float) -> bool:
    """Wait, and say whether a signal to stop came meanwhile."""
    return signal.sigtimedwait(STOP, within_seconds) is not None


def ends_unasked(child: subprocess.Popen[bytes]) -> bool:
    """Wait until the child ends (True), or until this process is told to stop (False)."""
    while child.poll() is None:
        if signal.sigwait(AWAITED) in STOP:
            return False
    return True


def start(
    command: Sequence[str], when_orphaned: signal.Signals, environ: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a command in its own session: a terminal's Ctrl-C reaches only its parent.

    when_orphaned: what the child is sent when its parent dies without having stopped it.
    """

    def prepare() -> None:
        die_with_parent(when_orphaned)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, AWAITED)

    return subprocess.Popen(command, env=environ, start_new_session=True, preexec_fn=prepare)


def stop(child: subprocess.Popen[bytes], within_seconds: float) -> None:
    """Ask a child to end; kill it when it has not by then."""
    child.terminate()
    try:
        child.wait(within_seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def sweep(within_seconds: float, spare: int = 0) -> None:
    """End what dead children have left to this process; by force, when it takes longer than that.

    spare: process id of a child that goes on. Needs `adopt_orphans`.
    """
    number = signal.SIGTERM
    while left := [child for child in psutil.Process().children() if child.pid != spare]:
        for child in left:
            child.send_signal(number)
        psutil.wait_procs(left, within_seconds)
        number = signal.SIGKILL

"""Starting and stopping processes, and the signals that their parent waits for."""

import signal
import subprocess
from collections.abc import Mapping, Sequence

import psutil

from launch.prctl import die_with_parent

STOP = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
AWAITED = STOP | {signal.SIGCHLD}


def hold_signals() -> None:
    """Block the awaited signals, so that no handler ever interrupts a line of code."""
    signal.pthread_sigmask(signal.SIG_BLOCK, AWAITED)


def told_to_stop(within_seconds: float) -> bool:
    """Wait, and say whether a signal to stop came in that time."""
    return signal.sigtimedwait(STOP, within_seconds) is not None


def ends_unasked(process: subprocess.Popen[bytes]) -> bool:
    """Wait until the process ends (True), or until this one is told to stop (False)."""
    while process.poll() is None:
        if signal.sigwait(AWAITED) in STOP:
            return False
    return True


def start(
    command: Sequence[str], when_orphaned: signal.Signals, environ: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a command in its own session: a terminal's Ctrl-C reaches only its parent.

    when_orphaned: the signal that it gets when its parent dies without having stopped it.
    """

    def prepare() -> None:
        die_with_parent(when_orphaned)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, AWAITED)

    return subprocess.Popen(command, env=environ, start_new_session=True, preexec_fn=prepare)


def stop(process: subprocess.Popen[bytes], within_seconds: float) -> None:
    """Send SIGTERM, then SIGKILL if the process has not ended after `within_seconds`."""
    process.terminate()
    try:
        process.wait(within_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def end_orphans(within_seconds: float, except_pid: int = 0) -> None:
    """End the processes that this one has adopted: SIGTERM, then SIGKILL after `within_seconds`.

    except_pid: process id of a child that goes on. Needs `adopt_orphans`.
    """
    number = signal.SIGTERM
    while orphans := [each for each in psutil.Process().children() if each.pid != except_pid]:
        for orphan in orphans:
            orphan.send_signal(number)
        psutil.wait_procs(orphans, within_seconds)
        number = signal.SIGKILL

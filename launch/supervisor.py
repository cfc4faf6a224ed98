"""Keeps one process of the Procfile running: `python -m launch.supervisor COMMAND [ARGUMENT ...]`.

honcho ends everything as soon as one of its processes ends. A supervisor starts a process that
dies again, after pauses that grow while it keeps dying. A process that cannot start at all ends
its supervisor, and so everything, with its own message and exit code. Why not another tool:
docs/decisions/0008-honcho-and-a-supervisor.md.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from select import select
from threading import Thread

import psutil

from launch.autogroup import set_niceness
from launch.prctl import adopt_orphans, die_with_parent, pidfd_open
from launch.processes import end_orphans, ends_unasked, hold_signals, start, stop, told_to_stop

START_SECONDS = 15.0
"""A process that ends by itself so soon after its first start cannot start at all."""

STEADY_SECONDS = 10.0
"""After a process has lived this long, its next pause is the shortest again."""

FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 30.0

STOP_SECONDS = 4.5
"""honcho sends SIGKILL 5 s after SIGTERM; by then the process must be gone."""


def supervise(command: Sequence[str]) -> int:
    """Run a command again and again until told to stop. Returns its last exit code."""
    die_with_parent(signal.SIGTERM)
    adopt_orphans()
    hold_signals()
    if "HONCHO_PROCESS_NAME" in os.environ:
        _end_with_honcho()
    deaths = 0
    while True:
        begun = time.monotonic()
        # SIGKILL, because a killed supervisor must leave no process behind, not even one that
        # hangs. No interaction is lost: the broker delivers again what was not acknowledged.
        process = start(command, when_orphaned=signal.SIGKILL)
        _lower(process.pid)
        if not ends_unasked(process):
            stop(process, STOP_SECONDS)
            end_orphans(within_seconds=0.2)
            return shell_code(process.returncode)
        lived = time.monotonic() - begun
        end_orphans(within_seconds=1.0)
        by_itself = process.returncode >= 0
        if deaths == 0 and by_itself and lived < START_SECONDS:
            _say(f"{command[0]} cannot start (code {process.returncode})")
            return process.returncode or 1
        deaths = 1 if lived > STEADY_SECONDS else deaths + 1
        pause = pause_after(deaths)
        _say(f"{command[0]} died (code {process.returncode}), starts again in {pause:g} s")
        if told_to_stop(within_seconds=pause):
            return 0


def _lower(pid: int) -> None:
    """Give a process's session our own niceness, which the Procfile sets."""
    if niceness := os.nice(0):
        Thread(target=set_niceness, args=(pid, niceness), name="niceness", daemon=True).start()


def _end_with_honcho() -> None:
    """Stop when honcho is killed, so that the ports are free and it can be started again.

    Our parent is a process that honcho has put between; it does not notice.
    """
    with suppress(psutil.Error, OSError):  # honcho is gone already
        between = psutil.Process().parent()
        honcho = between and between.parent()
        if honcho:
            watched = pidfd_open(honcho.pid)
            Thread(target=_stop_after, args=(watched,), name="honcho", daemon=True).start()


def _stop_after(watched: int) -> None:
    select([watched], [], [])
    os.kill(os.getpid(), signal.SIGTERM)


def pause_after(deaths: int) -> float:
    """Seconds before the next start, after so many early deaths in a row."""
    return min(FIRST_PAUSE_SECONDS * 2.0 ** (deaths - 1), LONGEST_PAUSE_SECONDS)


def shell_code(returncode: int) -> int:
    """Return the exit code as a shell counts it: 128 plus the signal that killed the process."""
    return returncode if returncode >= 0 else 128 - returncode


def _say(what: str) -> None:
    line = f"supervisor: {what}"
    if os.environ.get("LOG_FORMAT") == "json":  # no import of ours: this process must be small
        process = os.environ.get("HONCHO_PROCESS_NAME", "")
        line = json.dumps({"event": line, "level": "error", "process": process})
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(supervise(sys.argv[1:]))

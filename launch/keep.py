"""Keep one process of the Procfile running: `python -m launch.keep COMMAND [ARGUMENT ...]`.

honcho ends everything as soon as one of its processes ends. Under this keeper a process that
dies is started again, after pauses that grow while it keeps dying. One that cannot start at all
ends its keeper, and so everything, with its own message and code.
"""

import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from select import select
from threading import Thread

import psutil

from launch.child import ends_unasked, hold_signals, start, stop, sweep, told_to_stop
from launch.prctl import adopt_orphans, die_with_parent

START_SECONDS = 15.0
"""A process that ends by itself so soon after its first start cannot start at all."""

STEADY_SECONDS = 10.0
"""A process that lived so long is sound: its next pause is the shortest again."""

FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 30.0

STOP_SECONDS = 4.5
"""honcho kills 5 s after it asked to stop; by then the child must be gone."""


def keep(command: Sequence[str]) -> int:
    """Run a command, again and again, until told to stop. Returns its last exit code."""
    die_with_parent(signal.SIGTERM)
    adopt_orphans()
    hold_signals()
    if "HONCHO_PROCESS_NAME" in os.environ:
        _end_with_honcho()
    deaths = 0
    while True:
        begun = time.monotonic()
        # SIGKILL, for a killed keeper must leave nothing behind, not even a child that hangs.
        # It costs no interaction: what a worker has not acknowledged is delivered again.
        child = start(command, when_orphaned=signal.SIGKILL)
        if not ends_unasked(child):
            stop(child, STOP_SECONDS)
            sweep(within_seconds=0.2)
            return shell_code(child.returncode)
        lived = time.monotonic() - begun
        sweep(within_seconds=1.0)
        by_itself = child.returncode >= 0
        if deaths == 0 and by_itself and lived < START_SECONDS:
            _say(f"{command[0]} cannot start (code {child.returncode})")
            return child.returncode or 1
        deaths = 1 if lived > STEADY_SECONDS else deaths + 1
        pause = pause_after(deaths)
        _say(f"{command[0]} died (code {child.returncode}), starts again in {pause:g} s")
        if told_to_stop(within_seconds=pause):
            return 0


def _end_with_honcho() -> None:
    """Stop when honcho is killed: then ports are free, and it can be started again.

    Our parent, a process that honcho has put between, would not notice.
    """
    with suppress(psutil.Error, OSError):  # it is gone already: nobody waits for us
        between = psutil.Process().parent()
        honcho = between and between.parent()
        if honcho:
            watched = os.pidfd_open(honcho.pid)
            Thread(target=_stop_after, args=(watched,), name="honcho", daemon=True).start()


def _stop_after(watched: int) -> None:
    select([watched], [], [])
    os.kill(os.getpid(), signal.SIGTERM)


def pause_after(deaths: int) -> float:
    """Seconds before the next start, after so many early deaths in a row."""
    return min(FIRST_PAUSE_SECONDS * 2.0 ** (deaths - 1), LONGEST_PAUSE_SECONDS)


def shell_code(returncode: int) -> int:
    """Return code of a process as a shell counts it: 128 and the signal that killed it."""
    return returncode if returncode >= 0 else 128 - returncode


def _say(what: str) -> None:
    print(f"keeper: {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(keep(sys.argv[1:]))

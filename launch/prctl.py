"""Two things that Linux does when a parent process dies; see prctl(2)."""

import ctypes
import signal

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36

# Looked up once, here: between fork and exec a process should not load anything any more.
_prctl = ctypes.CDLL(None, use_errno=True).prctl


def die_with_parent(number: signal.Signals) -> None:
    """Send `number` to this process when its parent is gone, however it went."""
    _prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)


def adopt_orphans() -> None:
    """Make this process the parent of descendants that lose theirs, so that it can end them."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

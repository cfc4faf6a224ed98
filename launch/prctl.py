"""What Linux does when a parent process dies: two options of prctl(2)."""

import ctypes
import signal

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36

# Looked up here, once: between fork and exec a process must not load anything.
_prctl = ctypes.CDLL(None, use_errno=True).prctl


def die_with_parent(number: signal.Signals) -> None:
    """Send `number` to this process when its parent dies, in whatever way."""
    _prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)


def adopt_orphans() -> None:
    """Become the parent of descendants that lose theirs, so that this process can end them."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

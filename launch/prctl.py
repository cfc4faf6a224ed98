"""What Linux does when a process dies: two options of prctl(2), and pidfd_open(2)."""

import ctypes
import signal

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_SYS_PIDFD_OPEN = 434

# Looked up here, once: between fork and exec a process must not load anything.
_libc = ctypes.CDLL(None, use_errno=True)
_prctl = _libc.prctl


def die_with_parent(number: signal.Signals) -> None:
    """Send `number` to this process when its parent dies, in whatever way."""
    _prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)


def adopt_orphans() -> None:
    """Become the parent of descendants that lose theirs, so that this process can end them."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def pidfd_open(pid: int) -> int:
    """Return a descriptor that becomes readable when a process ends. Raises OSError.

    As os.pidfd_open, which Pythons built with old headers lack: those of Conda and uv, say.
    """
    descriptor: int = _libc.syscall(_SYS_PIDFD_OPEN, pid, 0)
    if descriptor < 0:
        raise OSError(ctypes.get_errno(), "pidfd_open")
    return descriptor

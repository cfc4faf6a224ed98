"""What disks and machines do to files: full, killed in the middle."""

import os
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context


@contextmanager
def files_of_at_most(n_bytes: int) -> Iterator[None]:
    """Have every write beyond so many bytes of a file refused, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


@contextmanager
def in_other_processes(*works: Callable[[], object]) -> Iterator[list[int]]:
    """Run functions in processes of their own, all at once; yield their ids; wait for their end.

    One that the body kills may end as it likes; the others must succeed.
    """
    processes = [get_context("fork").Process(target=work) for work in works]
    for process in processes:
        process.start()
    try:
        yield [process.pid or 0 for process in processes]
    finally:
        for process in processes:
            process.join(60)
    assert {process.exitcode for process in processes} <= {0, -signal.SIGKILL}


@contextmanager
def frozen(work: Callable[[], object]) -> Iterator[int]:
    """Have another process do something and then stand still with all that it holds; kill it."""
    ready, told = os.pipe()
    child = os.fork()
    if not child:
        try:
            work()
            os.write(told, b"!")
            signal.pause()
        finally:
            os._exit(1)
    os.close(told)
    os.read(ready, 1)
    os.close(ready)
    try:
        yield child
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)

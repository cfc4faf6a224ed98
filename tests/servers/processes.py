"""A process that a test owns: it can be started, broken, and leaves nothing behind."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from launch.prctl import die_with_parent
from tests.waiting import until


class OwnProcess:
    """A process that can be paused, killed and started again; ended when its parent dies."""

    def __init__(
        self,
        command: Sequence[str | Path],
        log: Path,
        ready: Callable[[], bool],
        environ: Mapping[str, str] | None = None,
        ready_seconds: float = 60,
        folder: Path | None = None,
    ) -> None:
        self.log = log
        self._command = command
        self._environ = environ
        self._ready = ready
        self._ready_seconds = ready_seconds
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Return the process id of the server that runs now."""
        return self._running().pid

    def start(self) -> None:
        """Start it and wait until it answers."""
        assert "NO_SERVERS" not in os.environ, "a server starts in a test not marked `servers`"
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self._environ,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=lambda: die_with_parent(signal.SIGKILL),
            )
        deadline = time.monotonic() + self._ready_seconds
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self._command[0]} does not answer:\n{self._told()}")
            time.sleep(0.02)

    def pause(self) -> None:
        """Make it hang: its connections stay open, it answers nothing."""
        self._running().send_signal(signal.SIGSTOP)
        assert until(self._is_stopped), "it has not stopped"

    def resume(self) -> None:
        """Continue it after `pause`."""
        self._running().send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kill it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Stop it with SIGTERM. Stopping what does not run is harmless."""
        if self._process is not None:
            self.resume()
            self._end(signal.SIGTERM)

    def restart(self) -> None:
        """Stop it and start it again, on the same port and with the same data."""
        self.stop()
        self.start()

    def _told(self) -> str:
        """Return the end of the log, or what came before the first process of honcho ended."""
        told, ended, after = self.log.read_text(errors="replace").partition(" stopped (rc=")
        return f"…{told[-4_000:]}{ended}{after.partition(')')[0]}"

    def _is_stopped(self) -> bool:
        """Return whether all threads stand still: the signal takes effect in each on its own."""
        threads = Path(f"/proc/{self.pid}/task").glob("*/stat")
        return all(each.read_text().rpartition(")")[2].split()[0] == "T" for each in threads)

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "not running"
        return self._process

    def _end(self, number: signal.Signals) -> None:
        process = self._running()
        process.send_signal(number)
        process.wait(timeout=30)
        self._process = None

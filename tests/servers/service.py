"""The whole service on private ports and servers, started as the Procfile starts it."""

import os
import signal
import sys
from dataclasses import fields
from pathlib import Path

import psutil

from launch.places import answers, places
from recs.settings import Settings
from tests.servers.processes import OwnProcess

ROOT = Path(__file__).parents[2]
WORKERS = ("ingest", "caching", "train")


def environ_of(settings: Settings) -> dict[str, str]:
    """Return this process's environment with these settings in it."""
    own = {
        each.metadata["variable"]: str(getattr(settings, each.name))
        for each in fields(settings)
        if each.metadata
    }
    tools = Path(sys.executable).parent
    return {**os.environ, **own, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}


class Service(OwnProcess):
    """honcho and all that it starts. Its processes are known by their namespace."""

    def __init__(self, settings: Settings, procfile: Path = ROOT / "Procfile") -> None:
        self.settings = settings
        log = settings.data_dir.with_suffix(".log")
        options = ["-d", ROOT, "-f", procfile, "--env", os.devnull]
        honcho = [sys.executable, "-m", "honcho", *options, "start"]
        super().__init__(honcho, log, self._answers, environ_of(settings), ready_seconds=120)

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """Stop it as Ctrl-C does, and see that no process is left."""
        if self._process is not None:
            self._end(number)
            left = [process.cmdline() for process in self.processes()]
            assert not left

    def process(self, name: str) -> psutil.Process:
        """Return the process that the Procfile calls `name`, not its keeper."""
        found = [
            process
            for process in self.processes(name)
            if "launch.keep" in process.parent().cmdline() and "launch.keep" not in process.cmdline()
        ]
        assert len(found) == 1, f"{name}: {found}"
        return found[0]

    def processes(self, name: str = "") -> list[psutil.Process]:
        """Return every living process of the service, or those of one line of the Procfile."""
        found = []
        for process in psutil.process_iter():
            try:
                environ = process.environ()
            except psutil.Error:
                continue
            if environ.get("NAMESPACE") == self.settings.namespace and environ.get(
                "HONCHO_PROCESS_NAME", ""
            ).startswith(name):
                found.append(process)
        return found

    def _answers(self) -> bool:
        log = self.log.read_text()
        return all(f"{name}-{self.settings.namespace}@" in log for name in WORKERS) and all(
            answers(url) for url in places(self.settings).values()
        )

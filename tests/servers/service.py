"""The whole service on private ports and servers, started as users start it."""

import os
import re
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass
from pathlib import Path

import psutil
from amqp.exceptions import NotFound
from kombu import Connection

from launch.endpoints import answers, endpoints
from recs.settings import Settings, variable_of
from tests.servers.processes import OwnProcess
from tests.waiting import until

ROOT = Path(__file__).parents[2]
HONCHO = (sys.executable, "-m", "honcho", "--env", os.devnull, "start")
MAKE_RUN = (sys.executable, "-m", "launch")
SUPERVISOR = "launch.supervisor"
QUEUES = re.findall(r'-Q "\$\{NAMESPACE:-\w+\}\.(\w+)"', (ROOT / "Procfile").read_text())


def environ_of(settings: Settings) -> dict[str, str]:
    """Return this process's environment with these settings in it."""
    tools = Path(sys.executable).parent
    return {
        **os.environ,
        **_variables(settings),
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
    }


def _variables(settings: Settings) -> dict[str, str]:
    """Return variable -> text. A group of settings, such as `ranking`, has its name as prefix."""
    variables: dict[str, str] = {}
    for each in fields(settings):
        value = getattr(settings, each.name)
        if is_dataclass(value):
            for inner in fields(value):
                variables[f"{each.name}_{inner.name}".upper()] = str(getattr(value, inner.name))
        elif variable := variable_of(each):
            variables[variable] = str(value)
    return variables


class Service(OwnProcess):
    """honcho, or what `make run` runs, and all that it starts. Known by its namespace."""

    def __init__(self, settings: Settings, command: Sequence[str] = HONCHO) -> None:
        self.settings = settings
        log = settings.data_dir.with_suffix(".log")
        environ = environ_of(settings)
        super().__init__(command, log, self._answers, environ, ready_seconds=150, folder=ROOT)

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """Stop it as Ctrl-C does, and see that no process is left."""
        if self._process is not None:
            self._end(number)
            gone = until(lambda: not self.command_lines(), seconds=2)  # the kernel takes its time
            assert gone, self.command_lines()

    def process(self, name: str) -> psutil.Process:
        """Return the process that the Procfile calls `name`: not its supervisor or its children."""
        [found] = filter(_is_supervised, self.processes(name))
        return found

    def processes(self, name: str = "") -> list[psutil.Process]:
        """Return every living process of the service, or those of one line of the Procfile."""
        return [each for each in psutil.process_iter() if self._owns(each, name)]

    def command_lines(self) -> list[str]:
        """Return what `ps` shows of every living process of the service."""
        lines = []
        for each in self.processes():
            with suppress(psutil.Error):  # it has just ended
                lines.append(" ".join(each.cmdline()))
        return lines

    def _owns(self, process: psutil.Process, name: str) -> bool:
        try:
            environ = process.environ()
            if environ.get("NAMESPACE") == self.settings.namespace:
                return environ.get("HONCHO_PROCESS_NAME", "").startswith(name)
            # A redis-server writes over its environment, but lives where its data is.
            return not name and Path(process.cwd()).is_relative_to(self.settings.data_dir)
        except psutil.Error:
            return False

    def _answers(self) -> bool:
        return all(answers(url) for url in endpoints(self.settings).values()) and self._works()

    def _works(self) -> bool:
        """Say whether each queue of RabbitMQ has a worker. Without RabbitMQ: True."""
        try:
            with Connection(self.settings.broker_url) as broker:
                return all(
                    broker.channel().queue_declare(self.settings.queue(name), passive=True)[2]
                    for name in QUEUES
                )
        except NotFound:
            return False
        except OSError:
            return True


def _is_supervised(process: psutil.Process) -> bool:
    """Say whether a living process is the child of a supervisor."""
    try:
        parent = process.parent()
        return (
            SUPERVISOR not in process.cmdline()
            and parent is not None
            and SUPERVISOR in parent.cmdline()
        )
    except psutil.Error:
        return False

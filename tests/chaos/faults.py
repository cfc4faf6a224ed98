"""The faults. Each breaks something, and repairs what the service does not repair by itself."""

import errno
import shutil
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.chaos.stage import Stage

HUNG_SECONDS = 5.0
BOTH = frozenset({"collector", "recommender"})


@dataclass(frozen=True)
class Fault:
    """A fault, and the services that it stops: these may refuse connections meanwhile.

    clocks: process of the Procfile -> seconds by which its clock is off meanwhile.
    """

    name: str
    strike: Callable[[Stage], None]
    stops: frozenset[str] = frozenset()
    clocks: Mapping[str, int] = field(default_factory=dict)
    needs_small_disk: bool = False
    in_short: bool = False


def kill(name: str) -> Callable[[Stage], None]:
    return lambda stage: stage.service.process(name).kill()


def kill_gunicorn_worker(name: str) -> Callable[[Stage], None]:
    return lambda stage: stage.service.process(name).children()[0].kill()


def kill_in_training(stage: Stage) -> None:
    """Kill the worker that trains, and wait until another one has trained."""
    worker = stage.service.process("train")
    stage.wait_for_training()
    worker.kill()
    stage.wait_for_model()


def hang(server: str) -> Callable[[Stage], None]:
    def strike(stage: Stage) -> None:
        getattr(stage, server).pause()
        time.sleep(HUNG_SECONDS)
        getattr(stage, server).resume()

    return strike


def starve_broker(stage: Stage) -> None:
    """Make RabbitMQ believe that it is short of memory: it takes no messages."""
    stage.broker.control("set_vm_memory_high_watermark", "0")
    time.sleep(HUNG_SECONDS)
    stage.broker.control("set_vm_memory_high_watermark", "0.4")


def restart(server: str) -> Callable[[Stage], None]:
    return lambda stage: getattr(stage, server).restart()


def kill_server(server: str) -> Callable[[Stage], None]:
    def strike(stage: Stage) -> None:
        getattr(stage, server).kill()
        time.sleep(1.0)
        getattr(stage, server).start()

    return strike


def empty_redis(stage: Stage) -> None:
    """Start Redis again without its files."""
    stage.redis.stop()
    shutil.rmtree(stage.redis_folder / "appendonlydir")
    stage.redis.start()


def flush_redis(stage: Stage) -> None:
    """Empty Redis while it runs: no connection breaks."""
    with stage.redis_client() as redis:
        redis.flushall()


def roll_redis_back(stage: Stage) -> None:
    """Start Redis again with the files that it had some seconds before."""
    files, copy = stage.redis_folder / "appendonlydir", stage.folder / "snapshot"
    shutil.copytree(files, copy)
    time.sleep(3.0)
    stage.redis.stop()
    shutil.rmtree(files)
    copy.rename(files)
    stage.redis.start()


def fill_disk(seconds: float) -> Callable[[Stage], None]:
    """Fill the small disk for so long."""

    def strike(stage: Stage) -> None:
        hog = stage.disk / "hog"
        try:
            _fill(hog)
            time.sleep(seconds)
        finally:
            hog.unlink()

    return strike


def _fill(hog: Path) -> None:
    with hog.open("wb", buffering=0) as file:
        for size in (2**20, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise


def terminate_everything(stage: Stage) -> None:
    stage.service.stop(signal.SIGTERM)
    stage.service.start()


def cut_power(stage: Stage) -> None:
    """Kill every process of the service at once; start it again."""
    for process in stage.service.processes():
        with suppress(psutil.NoSuchProcess):
            process.kill()
    stage.service.kill()
    stage.service.start()


def only_clocks(stage: Stage) -> None:
    """Let some time pass: the clock is wrong all the time."""
    time.sleep(HUNG_SECONDS)


FAULTS = [
    Fault("kill -9 ingest", kill("ingest"), in_short=True),
    Fault("kill -9 train, in a training", kill_in_training),
    Fault("kill -9 rank", kill("rank")),
    Fault("kill -9 statistics", kill("statistics")),
    Fault("kill -9 maintain", kill("maintain")),
    Fault("kill -9 beat", kill("beat")),
    Fault(
        "kill -9 a gunicorn worker, collector",
        kill_gunicorn_worker("collector"),
        frozenset({"collector"}),
    ),
    Fault(
        "kill -9 a gunicorn worker, recommender",
        kill_gunicorn_worker("recommender"),
        frozenset({"recommender"}),
    ),
    Fault("kill -9 gunicorn, collector", kill("collector"), frozenset({"collector"})),
    Fault("kill -9 gunicorn, recommender", kill("recommender"), frozenset({"recommender"})),
    Fault("restart RabbitMQ", restart("broker")),
    Fault("kill -9 RabbitMQ", kill_server("broker"), in_short=True),
    Fault("RabbitMQ hangs for 5 s", hang("broker")),
    Fault("RabbitMQ short of memory for 5 s", starve_broker),
    Fault("restart Redis", restart("redis")),
    Fault("kill -9 Redis", kill_server("redis")),
    Fault("Redis hangs for 5 s", hang("redis")),
    Fault("Redis loses its files", empty_redis, in_short=True),
    Fault("Redis is emptied as it runs", flush_redis),
    Fault("Redis goes back to an older snapshot", roll_redis_back),
    Fault("disk full for 5 s", fill_disk(HUNG_SECONDS), needs_small_disk=True),
    Fault("disk full for 40 s", fill_disk(40.0), needs_small_disk=True),
    Fault("SIGTERM to honcho, new start", terminate_everything, BOTH),
    Fault("kill -9 of every process, new start", cut_power, BOTH),
    *(
        Fault(f"clock of {name} {hours:+} h", only_clocks, clocks={name: 3600 * hours})
        for name, hours in (
            ("collector", 1),
            ("ingest", -1),
            ("rank", 1),
            ("rank", -1),
            ("statistics", -1),
            ("recommender", -1),
            ("beat", -1),
        )
    ),
]

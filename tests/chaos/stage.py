"""What faults break: a RabbitMQ, a Redis and the whole service, on a small disk of their own."""

import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

from redis import Redis

from recs.settings import Settings
from recs.stores import Stores, connection
from recs.stores.keys import Keys
from recs.types import Generation
from tests.chaos.client import Client
from tests.servers.ports import own_port
from tests.servers.rabbitmq import RabbitMQServer
from tests.servers.redis_servers import RedisServer
from tests.servers.service import HONCHO, ROOT, Service

DISK_MEGABYTES = 256
TRAIN_EVERY_SECONDS = 5.0
TRAINING_SECONDS_MOST = 60.0
DELIVERY_LIMIT = 20
"""What RabbitMQ 4 sets for quorum queues, and earlier versions do not."""
ITEMS = [f"item {number}" for number in range(1_000)]
GENRES = ["Drama", "Comedy", "Thriller", "Horror", "Sci-Fi", "Romance", "War"]


class Stage:
    """Everything that a fault may break. `with Stage(folder) as stage:` starts and stops it."""

    def __init__(self, folder: Path, queue_type: str = "classic") -> None:
        self.folder = folder
        self.disk = folder / "data"
        self.disk.mkdir(parents=True)
        self.redis_folder = folder / "redis"
        self.redis = RedisServer(self.redis_folder)
        self.broker = RabbitMQServer(folder / "rabbitmq")
        self.settings = Settings(
            namespace=f"chaos-{uuid4().hex[:8]}",
            data_dir=self.disk,
            collector_port=own_port(),
            recommender_port=own_port(),
            page_port=own_port(),
            flower_port=own_port(),
            broker_url=self.broker.url,
            queue_type=queue_type,
            redis_url=self.redis.url,
            train_every_seconds=TRAIN_EVERY_SECONDS,
        )
        self.generation = Generation(0)
        self._clocks: Mapping[str, int] = {}
        self.service = Service(self.settings)

    def __enter__(self) -> "Stage":
        with ExitStack() as started:
            self.has_small_disk = os.geteuid() == 0 and _mount(self.disk)
            if self.has_small_disk:
                started.callback(subprocess.run, ["umount", self.disk], check=True)
            started.callback(self.redis.stop)
            self.redis.start()
            started.callback(self.broker.close)
            self.broker.start()
            if self.settings.queue_type == "quorum":
                limit = f'{{"delivery-limit": {DELIVERY_LIMIT}}}'
                self.broker.control("set_policy", "--apply-to", "queues", "limit", ".*", limit)
            else:
                self.broker.take_policy()
            started.callback(lambda: self.service.stop())
            self.service.start()
            self._started = started.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._started.close()

    @property
    def log_folder(self) -> Path:
        """The folder of the current generation."""
        return self.settings.data_dir / "generations" / str(self.generation)

    def begin_generation(self) -> None:
        """Begin a generation and add the catalogue."""
        client = Client(self.settings.recommender_port)
        self.generation = Generation(client.ask("POST", "/cleanup").content["generation"])
        genres = [[GENRES[number % 7], GENRES[number % 5]] for number in range(len(ITEMS))]
        assert client.ask("POST", "/add_items", {"item_ids": ITEMS, "genres": genres}).ok
        client.close()

    def redis_client(self) -> Redis:
        """Connect to Redis."""
        return Redis.from_url(self.settings.redis_url)

    @contextmanager
    def stores(self) -> Iterator[Stores]:
        """Open the stores of the service, to read them."""
        with connection.long_timeout(self.settings.redis_url) as redis:
            yield Stores(self.settings, redis)

    def set_clocks(self, clocks: Mapping[str, int]) -> None:
        """Run processes of the Procfile with wrong clocks (name -> seconds) from now on."""
        if clocks == self._clocks:
            return
        self.service.stop()
        procfile = self.folder / "Procfile"
        procfile.write_text(
            _with_clocks((ROOT / "Procfile").read_text(), clocks, self._odd_clock())
        )
        self.service = Service(
            self.settings, [*HONCHO[:-1], "-d", str(ROOT), "-f", str(procfile), HONCHO[-1]]
        )
        self.service.start()
        self._clocks = clocks

    def _odd_clock(self) -> Path:
        """Compile the library that shifts a clock."""
        library = self.folder / "odd_clock.so"
        source = Path(__file__).with_name("odd_clock.c")
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
        return library

    def wait_for_training(self) -> None:
        """Return while a training runs."""
        lock = Keys(self.settings.namespace, self.generation).lock("train")
        deadline = time.monotonic() + TRAINING_SECONDS_MOST
        with self.redis_client() as redis:
            while not redis.exists(lock):
                assert time.monotonic() < deadline, "no training"
                time.sleep(0.002)

    def wait_for_model(self) -> None:
        """Return when there is a new version of the model."""
        before = self._versions()
        deadline = time.monotonic() + TRAINING_SECONDS_MOST
        while self._versions() <= before:
            assert time.monotonic() < deadline, "no new model"
            time.sleep(0.1)

    def _versions(self) -> set[str]:
        return {path.parent.name for path in self.log_folder.glob("models/*/metrics.json")}


def _mount(folder: Path) -> bool:
    """Mount a small disk on a folder; False where the system does not allow it."""
    size = f"size={DISK_MEGABYTES}m"
    mount = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder]
    return subprocess.run(mount, stderr=subprocess.DEVNULL).returncode == 0


def _with_clocks(procfile: str, clocks: Mapping[str, int], library: Path) -> str:
    """Return a Procfile in which some processes have clocks that are wrong by so many seconds."""
    lines = []
    for line in procfile.splitlines(keepends=True):
        name, colon, command = line.partition(":")
        if seconds := clocks.get(name):
            odd = f"exec env LD_PRELOAD={library} CLOCK_APART={seconds} "
            command = command.replace("exec ", odd, 1)
        lines.append(name + colon + command)
    return "".join(lines)

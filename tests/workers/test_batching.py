"""The ingest worker as the Procfile starts it, in front of a disk and a broker that break."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace

import pytest
from celery import Celery
from kombu import Connection

from recs.interactions import Action, Interaction
from recs.settings import Settings
from recs.stores import Stores, connection
from recs.stores.log import Kind
from recs.types import Generation, ItemId, UserId
from tests.servers.rabbitmq import RABBITMQ_SERVER, RabbitMQServer
from tests.servers.service import HONCHO, ROOT, Service, environ_of
from tests.waiting import until
from workers.batching import PAUSE_SECONDS
from workers.queues import queue as queue_of

LONG = 60
"""Seconds in which a busy machine does what takes one or two."""


class Ingest(Service):
    """The one worker, and who sends it messages."""

    def send(self, generation: Generation, *items: str) -> None:
        """Put one message for each item into the queue."""
        with Celery(broker=self.settings.broker_url) as celery:
            for item in items:
                row = Interaction(UserId("u"), ItemId(item), Action.LIKE, 1).to_row()
                queue = queue_of(self.settings, "interactions")
                celery.send_task(
                    "ingest", args=(generation, [row]), queue=queue, ignore_result=True
                )

    def waiting(self) -> int:
        """Return how many messages lie in the queue and with no worker."""
        with Connection(self.settings.broker_url) as connection:
            name = self.settings.queue("interactions")
            return int(connection.default_channel.queue_declare(name, passive=True).message_count)

    def told(self) -> int:
        """Return how often the log says that messages are held."""
        return self.log.read_text().count("messages are held")

    def _answers(self) -> bool:
        return f"ingest-{self.settings.namespace}@" in self.log.read_text()


VHOST = "quorum-by-default"
DELIVERY_LIMIT = 2


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQServer]:
    if not RABBITMQ_SERVER.exists():
        pytest.skip(f"{RABBITMQ_SERVER} is not installed; `make test` installs it, as root")
    server = RabbitMQServer(tmp_path_factory.mktemp("rabbitmq"))
    server.start()
    server.control("add_vhost", VHOST, "--default-queue-type", "quorum")
    server.control("set_permissions", "-p", VHOST, "guest", ".*", ".*", ".*")
    limit = f'{{"delivery-limit": {DELIVERY_LIMIT}}}'
    server.control("set_policy", "-p", VHOST, "--apply-to", "queues", "limit", ".*", limit)
    yield server
    server.close()


@pytest.fixture(scope="module", params=["classic", "quorum"])
def ingest(
    request: pytest.FixtureRequest,
    broker: RabbitMQServer,
    redis_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Ingest]:
    """A worker that waits a second for a batch to fill, with each type of queue."""
    settings = Settings(
        namespace=f"batching-{request.param}",
        data_dir=tmp_path_factory.mktemp("ingest") / "data",
        broker_url=f"{broker.url[:-1]}{VHOST}",
        queue_type=request.param,
        redis_url=redis_url,
        batch_seconds=1.0,
    )
    settings.data_dir.mkdir()
    ingest = Ingest(settings, (*HONCHO, "ingest"))
    ingest.start()
    yield ingest
    ingest.stop()


@pytest.fixture
def stores(ingest: Ingest) -> Iterator[Stores]:
    with connection.long_timeout(ingest.settings.redis_url) as redis:
        yield Stores(ingest.settings, redis)


def logged(stores: Stores, generation: Generation) -> list[str]:
    rows = stores.log.tail(generation, Kind.INTERACTIONS, {})
    return sorted({item for _, portion in rows for _, item, *_ in portion})


def refuse(stores: Stores, generation: Generation) -> None:
    """Have nothing of a generation written, until `allow`."""
    folder = stores.generations.folder(generation)
    folder.rmdir()
    folder.touch()


def allow(stores: Stores, generation: Generation) -> None:
    stores.generations.folder(generation).unlink()


def rows(stores: Stores, generation: Generation) -> list[str]:
    """Return the items of all rows, those that came twice, too."""
    tail = stores.log.tail(generation, Kind.INTERACTIONS, {})
    return sorted(item for _, portion in tail for _, item, *_ in portion)


def test_a_worker_holds_what_the_disk_refuses_beyond_the_delivery_limit(
    ingest: Ingest, stores: Stores, generation: Generation
) -> None:
    refuse(stores, generation)
    ingest.send(generation, "a", "b", "c")
    assert until(lambda: ingest.told() > 0, seconds=LONG)
    assert not until(lambda: ingest.waiting() > 0, seconds=(DELIVERY_LIMIT + 2) * PAUSE_SECONDS)
    assert ingest.told() == 1  # logged once a minute, however often it tries
    allow(stores, generation)

    assert until(lambda: rows(stores, generation) == ["a", "b", "c"], seconds=LONG)
    assert until(lambda: "3 messages are safe" in ingest.log.read_text(), seconds=LONG)
    assert ingest.waiting() == 0


def test_a_worker_whose_disk_refuses_takes_no_more_than_it_may_hold(
    ingest: Ingest, stores: Stores, generation: Generation
) -> None:
    items = [f"i{number:03}" for number in range(3 * ingest.settings.batch_size + 50)]
    refuse(stores, generation)
    ingest.send(generation, *items)
    assert until(lambda: ingest.waiting() == 50, seconds=LONG)
    assert not until(lambda: ingest.waiting() != 50, seconds=2 * PAUSE_SECONDS)
    allow(stores, generation)

    assert until(lambda: rows(stores, generation) == items, seconds=LONG)


def test_what_cannot_even_be_set_aside_is_held_and_what_comes_behind_it_goes_on(
    ingest: Ingest, stores: Stores, generation: Generation
) -> None:
    letters = stores.generations.folder(generation) / "dead-letters.csv"
    letters.mkdir()
    with Connection(ingest.settings.broker_url) as broker:
        queue = queue_of(ingest.settings, "interactions")
        broker.Producer().publish({}, routing_key=queue.name)
    ingest.send(generation, "a")
    assert until(lambda: rows(stores, generation) == ["a"], seconds=LONG)
    assert not until(lambda: ingest.waiting() > 0, seconds=(DELIVERY_LIMIT + 2) * PAUSE_SECONDS)
    letters.rmdir()

    assert until(lambda: letters.exists(), seconds=LONG)
    assert stores.log.count_dead_letters(generation) == 1


def test_a_worker_that_holds_messages_stops_when_it_is_told_to(
    ingest: Ingest, stores: Stores, generation: Generation
) -> None:
    refuse(stores, generation)
    ingest.send(generation, "a")
    assert until(lambda: ingest.waiting() == 0, seconds=LONG)
    ingest.stop()
    allow(stores, generation)
    ingest.start()

    assert until(lambda: rows(stores, generation) == ["a"], seconds=LONG)


@pytest.fixture
def short_timeout(ingest: Ingest, broker: RabbitMQServer) -> Iterator[None]:
    """RabbitMQ closes channels on which a message waits for more than four seconds."""

    def restart(consumer_timeout: int, channel_tick_interval: int) -> None:
        ingest.stop()
        for name, value in locals().items():
            if isinstance(value, int):
                broker.control("eval", f"application:set_env(rabbit, {name}, {value}).")
        ingest.start()

    restart(consumer_timeout=4_000, channel_tick_interval=500)
    yield
    restart(consumer_timeout=1_800_000, channel_tick_interval=60_000)


@pytest.mark.usefixtures("short_timeout")
def test_what_is_held_beyond_the_consumer_timeout_is_delivered_once_more_and_not_lost(
    ingest: Ingest, stores: Stores, generation: Generation
) -> None:
    def closed() -> int:
        return ingest.log.read_text().count("has closed the channel")

    before = closed()
    refuse(stores, generation)
    ingest.send(generation, "a", "b", "c")
    assert until(lambda: closed() > before, seconds=LONG)
    assert until(lambda: ingest.waiting() == 3, seconds=LONG)
    assert not until(lambda: ingest.waiting() != 3, seconds=2)
    allow(stores, generation)

    assert until(lambda: logged(stores, generation) == ["a", "b", "c"], seconds=LONG)
    assert until(lambda: ingest.waiting() == 0, seconds=LONG)
    ingest.send(generation, "d")
    assert until(lambda: logged(stores, generation) == ["a", "b", "c", "d"], seconds=LONG)
    assert closed() == before + 1


def test_a_queue_of_another_type_ends_the_start_with_a_sentence(
    ingest: Ingest, broker: RabbitMQServer
) -> None:
    other = {"classic": "quorum", "quorum": "classic"}[ingest.settings.queue_type]
    settings = replace(ingest.settings, queue_type=other)

    ended = subprocess.run(
        [*HONCHO, "ingest"], cwd=ROOT, env=environ_of(settings), capture_output=True, text=True
    )

    assert ended.returncode == 78
    [said] = [line for line in ended.stdout.splitlines() if "QUEUE_TYPE" in line]
    assert "x-queue-type" in said
    assert "Traceback" not in ended.stdout


def test_messages_in_the_buffer_outlive_a_restart_of_the_broker(
    ingest: Ingest, broker: RabbitMQServer, stores: Stores, generation: Generation
) -> None:
    ingest.send(generation, "a", "b", "c")
    assert until(lambda: ingest.waiting() == 0, seconds=LONG)  # all lie in the buffer
    broker.restart()
    ingest.send(generation, "d")

    assert until(lambda: logged(stores, generation) == ["a", "b", "c", "d"], seconds=LONG)
    assert until(lambda: ingest.waiting() == 0, seconds=LONG)


def test_messages_in_the_buffer_outlive_the_worker(
    ingest: Ingest, stores: Stores, generation: Generation
) -> None:
    ingest.send(generation, "a", "b", "c")
    assert until(lambda: ingest.waiting() == 0, seconds=LONG)  # all lie in the buffer
    ingest.process("ingest").kill()

    assert until(lambda: logged(stores, generation) == ["a", "b", "c"], seconds=LONG)

"""The ingest worker as the Procfile starts it, in front of a disk and a broker that break."""

from collections.abc import Iterator

import pytest
from celery import Celery
from kombu import Connection

from recs.interactions import Action, Interaction
from recs.settings import Settings
from recs.stores import Stores, connection
from recs.stores.log import Kind
from recs.types import Generation, ItemId, UserId
from tests.servers.rabbitmq import RABBITMQ_SERVER, RabbitMQServer
from tests.servers.service import HONCHO, Service
from tests.waiting import until

LONG = 60
"""Seconds in which a busy machine does what takes one or two."""


class Ingest(Service):
    """The one worker, and who sends it messages."""

    def send(self, generation: Generation, *items: str) -> None:
        """Put one message for each item into the queue."""
        with Celery(broker=self.settings.broker_url) as celery:
            for item in items:
                row = Interaction(UserId("u"), ItemId(item), Action.LIKE, 1).to_row()
                queue = self.settings.queue("interactions")
                celery.send_task(
                    "ingest", args=(generation, [row]), queue=queue, ignore_result=True
                )

    def waiting(self) -> int:
        """Return how many messages lie in the queue and with no worker."""
        with Connection(self.settings.broker_url) as connection:
            name = self.settings.queue("interactions")
            return int(connection.default_channel.queue_declare(name, passive=True).message_count)

    def _answers(self) -> bool:
        return f"ingest-{self.settings.namespace}@" in self.log.read_text()


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQServer]:
    if not RABBITMQ_SERVER.exists():
        pytest.skip(f"{RABBITMQ_SERVER} is not installed; `make test` installs it, as root")
    server = RabbitMQServer(tmp_path_factory.mktemp("rabbitmq"))
    server.start()
    yield server
    server.close()


@pytest.fixture(scope="module")
def ingest(
    broker: RabbitMQServer, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ingest]:
    """A worker that waits two seconds for a batch to fill."""
    settings = Settings(
        namespace="batching",
        data_dir=tmp_path_factory.mktemp("ingest") / "data",
        broker_url=broker.url,
        redis_url=redis_url,
        batch_seconds=2.0,
    )
    settings.data_dir.mkdir()
    ingest = Ingest(settings, (*HONCHO, "ingest"))
    ingest.start()
    yield ingest
    ingest.stop()


@pytest.fixture
def stores(ingest: Ingest) -> Iterator[Stores]:
    with connection.long_timeout(ingest.settings.redis_url) as redis:
        yield Stores.open(ingest.settings, redis)


def logged(stores: Stores, generation: Generation) -> list[str]:
    rows = stores.log.tail(generation, Kind.INTERACTIONS, {})
    return sorted({item for _, portion in rows for _, item, *_ in portion})


def test_what_the_disk_refused_comes_again(
    ingest: Ingest, stores: Stores, generation: Generation
) -> None:
    folder = stores.generations.folder(generation)
    folder.rmdir()
    folder.touch()
    ingest.send(generation, "a", "b", "c")
    assert until(lambda: "File exists" in ingest.log.read_text(), seconds=LONG)
    folder.unlink()

    assert until(lambda: logged(stores, generation) == ["a", "b", "c"], seconds=LONG)
    assert until(lambda: ingest.waiting() == 0, seconds=LONG)


def test_messages_in_the_buffer_outlive_a_restart_of_the_broker(
    ingest: Ingest, broker: RabbitMQServer, stores: Stores, generation: Generation
) -> None:
    ingest.send(generation, "a", "b", "c")
    assert until(lambda: ingest.waiting() == 0, seconds=2)  # all of them lie in the buffer
    broker.restart()
    ingest.send(generation, "d")

    assert until(lambda: logged(stores, generation) == ["a", "b", "c", "d"], seconds=LONG)
    assert until(lambda: ingest.waiting() == 0, seconds=LONG)


def test_messages_in_the_buffer_outlive_the_worker(
    ingest: Ingest, stores: Stores, generation: Generation
) -> None:
    ingest.send(generation, "a", "b", "c")
    assert until(lambda: ingest.waiting() == 0, seconds=2)  # all of them lie in the buffer
    ingest.process("ingest").kill()

    assert until(lambda: logged(stores, generation) == ["a", "b", "c"], seconds=LONG)

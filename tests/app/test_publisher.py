import pytest
from kombu import Connection

from app import create_app
from recs.settings import Settings
from tests.waiting import until


@pytest.mark.usefixtures("redis_url", "broker_url")
def test_a_publisher_is_ready_before_the_first_interaction(settings: Settings) -> None:
    app = create_app("collector", settings)
    queue = settings.queue("interactions")

    for call in app.extensions["after_fork"]:
        call()

    with Connection(settings.broker_url) as broker:
        assert until(lambda: _exists(broker, queue), seconds=5)


def _exists(broker: Connection, queue: str) -> bool:
    try:
        with broker.channel() as channel:
            channel.queue_declare(queue, passive=True)
    except broker.channel_errors:
        return False
    return True

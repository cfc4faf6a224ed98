from kombu import Connection

from recs.settings import Settings
from workers import celery
from workers.queues import counts, queue


def test_queues_need_no_exchange_of_their_own() -> None:
    assert {each.exchange.name for each in celery.amqp.queues.values()} == {""}


def test_messages_in_redis_are_counted_in_trial_mode(redis_url: str, namespace: str) -> None:
    settings = Settings(namespace=namespace, broker_url=redis_url)
    with Connection(redis_url) as connection:
        ranking = queue(settings, "ranking").bind(connection)
        ranking.declare()
        connection.Producer().publish({}, routing_key=ranking.name)
        found = counts(celery, settings, ["ranking", "training"], timeout_seconds=1.0)
        ranking.delete()

    assert found == {"ranking": (1, 0), "training": (0, 0)}

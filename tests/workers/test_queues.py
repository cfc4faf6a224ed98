from workers import celery


def test_queues_need_no_exchange_of_their_own() -> None:
    assert {each.exchange.name for each in celery.amqp.queues.values()} == {""}

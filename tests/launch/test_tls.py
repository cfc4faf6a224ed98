"""`make run` with servers of a private CA, on an IPv6 address."""

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from recs.settings import Settings
from tests.servers.rabbitmq import RabbitMQServer, has_ipv6
from tests.servers.service import MAKE_RUN, Service
from tests.waiting import until


@pytest.fixture
def service(
    settings: Settings, broker_server: RabbitMQServer, tls_redis_url: str
) -> Iterator[Service]:
    settings = replace(
        settings,
        host="::1" if has_ipv6() else "127.0.0.1",
        broker_url=f"amqps://guest:guest@127.0.0.1:{broker_server.tls_port}//",
        redis_url=tls_redis_url,
        ca_file=str(broker_server.certificates.ca),
    )
    service = Service(settings, MAKE_RUN)
    service.start()
    yield service
    service.stop()


def test_interactions_reach_lists_over_tls(service: Service) -> None:
    collector, recommender = service.settings.collector, service.settings.recommender
    items = [str(number) for number in range(12)]
    httpx.get(f"{recommender}/cleanup", timeout=10).raise_for_status()
    httpx.post(f"{recommender}/add_items", json={"item_ids": items}).raise_for_status()
    likes = {"user_id": "anna", "item_ids": items[:2], "actions": ["like", "like"]}

    def is_ranked() -> bool:
        after = httpx.post(f"{collector}/interact", json=likes).raise_for_status().json()["after"]
        answer = httpx.get(f"{recommender}/recs/anna", params={"after": after}).raise_for_status()
        assert {*items[:2]}.isdisjoint(answer.json()["item_ids"])
        return bool(answer.json()["ranked"])

    assert until(is_ranked, seconds=30)
    said = service.log.read_text()
    assert "TRIAL MODE" not in said
    assert "embedded" not in said
    assert ("[::1]" in said) == has_ipv6()

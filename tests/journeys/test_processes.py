"""The processes of the Procfile under plain honcho, on real RabbitMQ and Redis."""

import subprocess
from collections.abc import Callable

import httpx
import pytest

from recs.settings import Settings
from tests.servers.service import HONCHO, ROOT, Service, environ_of
from tests.waiting import until

PROCESSES = (
    *("collector", "recommender", "page"),
    *("ingest", "rank", "statistics", "train", "maintain", "beat", "flower"),
)


@pytest.mark.parametrize("name", PROCESSES)
def test_a_killed_process_is_back_within_five_seconds(service: Service, name: str) -> None:
    before = {each.pid for each in service.processes(name)}

    service.process(name).kill()

    assert until(lambda: _pid(service, name) not in before | {None}, seconds=5)


def _pid(service: Service, name: str) -> int | None:
    try:
        return service.process(name).pid
    except ValueError:  # none, or the orphans of the dead one, at this moment
        return None


def test_two_instances_share_servers_and_nothing_else(
    service: Service, settings: Settings, start_service: Callable[[Settings], Service]
) -> None:
    other = start_service(settings)
    for each in (service, other):
        httpx.get(f"{each.settings.recommender}/cleanup", timeout=10).raise_for_status()
    items = {"item_ids": ["mine"]}

    httpx.post(f"{other.settings.recommender}/add_items", json=items).raise_for_status()

    assert _listed(other) == ["mine"]
    assert _listed(service) == []


def _listed(service: Service) -> list[str]:
    url = f"{service.settings.recommender}/recs/anna"
    items: list[str] = httpx.get(url, timeout=10).raise_for_status().json()["item_ids"]
    return items


def test_a_bad_setting_ends_everything_with_its_name(settings: Settings) -> None:
    ended = subprocess.run(
        HONCHO,
        cwd=ROOT,
        env=environ_of(settings) | {"TRAIN_EVERY_SECONDS": "often"},
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert ended.returncode > 0
    assert "TRAIN_EVERY_SECONDS='often'" in ended.stdout

"""What a running service tells those who watch it: /metrics of each process, Flower's counts."""

import time
from collections.abc import Iterable
from functools import partial

import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.servers.service import Service
from tests.waiting import until
from workers.metrics import PUSH_SECONDS

REACTIONS = 45
LONG = 30
Told = dict[tuple[str, frozenset[str]], float]


def told(url: str) -> Told:
    """Return (name, values of its labels) -> value."""
    answer = requests.get(f"{url}/metrics", timeout=10)
    answer.raise_for_status()
    return {
        (sample.name, frozenset(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def total(url: str, name: str, *labels: str) -> float:
    """Return the sum of all samples of a name that have these values among their labels."""
    wanted = set(labels)
    return sum(value for (each, has), value in told(url).items() if each == name and wanted <= has)


def react(service: Service, users: Iterable[str]) -> None:
    with requests.Session() as client:
        body = {"item_ids": ["watched-a", "watched-b"]}
        client.post(f"{service.settings.recommender}/add_items", json=body).raise_for_status()
        for user in users:
            like = {"user_id": user, "item_ids": ["watched-a"], "actions": ["like"]}
            client.post(f"{service.settings.collector}/interact", json=like).raise_for_status()
            client.get(f"{service.settings.recommender}/recs/{user}").raise_for_status()


def settle(service: Service) -> None:
    """Wait until all that earlier tests sent is counted: ingest takes its queue in order.

    Workers tell their counts every few seconds, so the last interaction has to be among them.
    """
    flower = f"http://127.0.0.1:{service.settings.flower_port}"
    assert until(lambda: stands_still(flower), seconds=LONG)
    before = counted_by_ingest(flower)
    dislike = {"user_id": "secret-visitor-last", "item_ids": ["watched-a"], "actions": ["dislike"]}
    answer = requests.post(f"{service.settings.collector}/interact", json=dislike, timeout=10)
    answer.raise_for_status()
    asked = {"after": answer.json()["after"], "peek": 1}
    url = f"{service.settings.recommender}/recs/{dislike['user_id']}"
    ranked = partial(requests.get, url, params=asked, timeout=10)
    assert until(lambda: ranked().json()["ranked"], seconds=LONG)

    def is_counted() -> bool:
        return all(now > then for now, then in zip(counted_by_ingest(flower), before, strict=True))

    assert until(lambda: is_counted() and stands_still(flower), seconds=LONG)


def counted_by_ingest(flower: str) -> tuple[float, float]:
    """Return (Flower's events of ingest, dislikes that ingest has told of)."""
    tasks = total(flower, "flower_events_total", "ingest")
    return tasks, total(flower, "kinolenta_interactions_ingested_total", "dislike")


def stands_still(flower: str) -> bool:
    """Say whether nothing more is heard of ingest until it has told its counts again."""
    before = counted_by_ingest(flower)
    time.sleep(PUSH_SECONDS + 1)
    return counted_by_ingest(flower) == before


def test_reactions_are_counted_on_their_whole_way(service: Service) -> None:
    settle(service)
    flower = f"http://127.0.0.1:{service.settings.flower_port}"
    collector, recommender = service.settings.collector, service.settings.recommender
    names = {
        "accepted": (collector, "kinolenta_interactions_accepted_total"),
        "ingested": (flower, "kinolenta_interactions_ingested_total"),
        "delays": (flower, "kinolenta_ingest_delay_seconds_count"),
        "lists": (flower, "kinolenta_list_delay_seconds_count"),
        "requests": (recommender, "kinolenta_http_requests_total"),
        "titles": (recommender, "kinolenta_titles_served_total"),
        "tasks": (flower, "flower_events_total"),
    }
    labels = {"requests": ["/recs/<user_id>", "200"], "tasks": ["ingest", "task-succeeded"]}

    def counts() -> dict[str, float]:
        return {name: total(*names[name], *labels.get(name, [])) for name in names}

    before = counts()
    react(service, [f"secret-visitor-{number}" for number in range(REACTIONS)])

    def grown() -> dict[str, float]:
        return {name: value - before[name] for name, value in counts().items()}

    def are_exact() -> bool:
        return {grown()[name] for name in ("accepted", "ingested", "requests")} == {REACTIONS}

    assert until(are_exact, seconds=LONG), grown()
    assert until(lambda: grown()["lists"] >= REACTIONS / 3, seconds=LONG), grown()
    assert until(lambda: grown()["tasks"] == REACTIONS, seconds=LONG), grown()
    assert grown()["delays"] > 0
    assert grown()["titles"] > 0


def test_flower_shows_what_ingest_has_processed(service: Service) -> None:
    """Its table of workers counts `task-received`."""
    settle(service)
    flower = f"http://127.0.0.1:{service.settings.flower_port}"

    def processed() -> float:
        answer = requests.get(f"{flower}/workers?json=1", timeout=10)
        answer.raise_for_status()
        [ingest] = [
            each for each in answer.json()["data"] if each["hostname"].startswith("ingest-")
        ]
        return float(ingest.get("task-received", 0))

    before = processed()
    react(service, [f"secret-visitor-{number}" for number in range(5)])

    assert until(lambda: processed() == before + 5, seconds=LONG)


def test_no_user_is_in_any_metric(service: Service) -> None:
    react(service, ["secret-visitor-0"])
    flower = f"http://127.0.0.1:{service.settings.flower_port}"
    page = f"http://127.0.0.1:{service.settings.page_port}"
    requests.get(f"{page}/livez", timeout=10).raise_for_status()  # maybe its first request

    def metrics(url: str) -> str:
        return requests.get(f"{url}/metrics", timeout=10).text

    for url in (service.settings.collector, service.settings.recommender, page, flower):
        assert until(lambda url=url: "kinolenta_" in metrics(url), seconds=LONG)  # type: ignore[misc]
        assert "secret-visitor" not in metrics(url)


def test_the_state_of_a_running_service_is_told(service: Service) -> None:
    react(service, ["secret-visitor-0"])
    flower = f"http://127.0.0.1:{service.settings.flower_port}"

    def state() -> Told:
        return told(flower)

    assert until(lambda: ("kinolenta_statistics_age_seconds", frozenset()) in state(), seconds=LONG)
    found = state()
    for server in ("redis", "broker"):
        assert found["kinolenta_server_up", frozenset({server})] == 1
    for queue in ("interactions", "ranking", "statistics", "training", "maintenance"):
        assert found["kinolenta_queue_consumers", frozenset({queue})] == 1
        assert found["kinolenta_worker_silence_seconds", frozenset({queue})] < 30
    assert found["kinolenta_queue_age_seconds", frozenset()] < 10

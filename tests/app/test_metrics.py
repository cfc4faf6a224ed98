"""What /metrics of the three services tells, as Prometheus reads it."""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from app import shared_counts
from app.metrics import SECONDS, Metrics
from recs.ranking.slates import SOURCES
from recs.stores import Stores
from tests.app.conftest import add, refresh
from tests.servers.service import ROOT

REQUESTS = "kinolenta_http_requests_total"


def told(client: FlaskClient) -> dict[tuple[str, frozenset[str]], float]:
    """Return (name, values of its labels) -> value."""
    return parsed(client.get("/metrics").text)


def parsed(text: str) -> dict[tuple[str, frozenset[str]], float]:
    return {
        (sample.name, frozenset(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.parametrize("role", ["collector", "recommender", "page"])
def test_each_service_counts_its_requests_by_route_and_status(
    start: Callable[..., FlaskClient], role: str
) -> None:
    client = start(role)
    for _ in range(3):
        client.get("/livez")
    client.get("/secret-user/at/no/route")
    client.open("/livez", method="BREW")

    counted = {labels: n for (name, labels), n in told(client).items() if name == REQUESTS}

    assert counted == {
        frozenset({role, "GET", "/livez", "200"}): 3,
        frozenset({role, "GET", "other", "404"}): 1,
        frozenset({role, "other", "405"}): 1,
    }


def test_a_route_is_told_by_its_template_and_users_not_at_all(
    start: Callable[..., FlaskClient],
) -> None:
    client = start("recommender")
    client.get("/recs/secret-user?k=3")
    client.get("/users/secret-user/interactions")
    client.get("/recs/secret-user/of/four/parts")

    text = client.get("/metrics").text

    assert "secret" not in text
    assert 'route="/recs/<user_id>",service="recommender",status="200"' in text
    assert 'route="/recs/<user_id>",service="recommender",status="404"' in text
    assert 'route="/users/<user_id>/interactions"' in text


def test_all_names_have_one_prefix_and_base_units(start: Callable[..., FlaskClient]) -> None:
    for role in ("collector", "recommender", "page"):
        client = start(role)
        client.get("/livez")
        families = list(text_string_to_metric_families(client.get("/metrics").text))

        assert families
        assert [each.name for each in families if not each.name.startswith("kinolenta_")] == []
        assert not [each.name for each in families if "milli" in each.name or "_ms" in each.name]
        assert all(each.documentation.endswith(".") for each in families)


def test_durations_are_a_histogram_whose_buckets_add_up() -> None:
    metrics = Metrics("page")
    for seconds in (0.0005, 0.001, 0.0011, 0.3, 99.0):
        metrics.answered("GET", "/", 200, seconds)

    told = parsed(metrics.text().decode())

    def bucket(most: float | str) -> float:
        labels = frozenset({"page", "/", str(most)})
        return told["kinolenta_http_request_duration_seconds_bucket", labels]

    assert [bucket(most) for most in (0.001, 0.0025, 0.25, 0.5, 5.0, "+Inf")] == [2, 3, 3, 4, 4, 5]
    labels = frozenset({"page", "/"})
    assert told["kinolenta_http_request_duration_seconds_count", labels] == 5
    total = told["kinolenta_http_request_duration_seconds_sum", labels]
    assert total == pytest.approx(99.3026)
    assert len(SECONDS) + 1 == sum(name.endswith("_bucket") for name, _ in told)


def test_interactions_are_counted_by_action_when_they_are_safe(collector: FlaskClient) -> None:
    body = {"user_id": "u", "item_ids": ["a", "b", "c"], "actions": ["like", "like", "dislike"]}
    assert collector.post("/interact", json=body).status_code == 200
    assert collector.delete("/interact/u/a").status_code == 200

    accepted = {
        labels: value
        for (name, labels), value in told(collector).items()
        if name == "kinolenta_interactions_accepted_total"
    }
    assert accepted == {
        frozenset({"like"}): 2,
        frozenset({"dislike"}): 1,
        frozenset({"undo"}): 1,
    }


def test_interactions_that_are_not_taken_are_counted_by_reason(
    start: Callable[..., FlaskClient],
) -> None:
    client = start("collector", broker_url="amqp://127.0.0.1:1//", api_token="t")
    body = {"user_id": "u", "item_ids": ["a"], "actions": ["like"]}
    token = {"Authorization": "Bearer t"}
    client.post("/interact", json=body)
    client.post("/interact", json={}, headers=token)
    client.post("/interact", json=body, headers=token)

    refused = {
        labels: value
        for (name, labels), value in told(client).items()
        if name == "kinolenta_interactions_refused_total"
    }
    assert refused == {
        frozenset({"unauthorized"}): 1,
        frozenset({"unprocessable_entity"}): 1,
        frozenset({"service_unavailable"}): 1,
    }


def test_titles_are_counted_by_what_has_found_them(
    recommender: FlaskClient, stores: Stores
) -> None:
    add(stores, stores.generations.begin(), a=[], b=[], c=[])
    refresh(recommender)
    assert len(recommender.get("/recs/u").get_json()["item_ids"]) == 3
    recommender.post("/users/v/impressions", json={"item_ids": ["a", "b"]})  # is no list

    counted = {
        labels: value
        for (name, labels), value in told(recommender).items()
        if name == "kinolenta_titles_served_total"
    }
    assert sum(counted.values()) == 3
    assert set().union(*counted) <= {*SOURCES}


def test_lists_that_are_made_without_redis_are_counted(
    start: Callable[..., FlaskClient], stores: Stores
) -> None:
    stores.generations.begin()
    client = start("recommender", redis_url="redis://127.0.0.1:1/0")
    client.get("/recs/u")
    client.get("/recs/v")

    assert told(client)["kinolenta_lists_without_user_total", frozenset()] == 2


def test_impressions_that_are_lost_are_counted_once(start: Callable[..., FlaskClient]) -> None:
    client = start("recommender")
    recommender = client.application.extensions["recommender"]
    recommender.stores.impressions.lost = 4
    told(client)
    recommender.stores.impressions.lost = 5

    assert told(client)["kinolenta_impressions_dropped_total", frozenset()] == 5


def test_a_start_deletes_only_what_its_own_service_has_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv(shared_counts.VARIABLE, "")
    for name in ("a-1-5000", "a-1", "a-1"):
        shared_counts.open_folder(name)

    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.slow
def test_processes_of_a_service_are_added_up() -> None:
    """Both are forked from one that has opened the folder, as gunicorn does."""
    code = """
import os
from app import shared_counts
shared_counts.open_folder("test-of-metrics")
for _ in range(2):
    if not os.fork():
        from app.metrics import Metrics
        metrics = Metrics("recommender")
        metrics.answered("GET", "/recs/<user_id>", 200, 0.1)
        metrics.served(bytes([0, 0]))
        metrics.fold()
        os._exit(0)
    os.wait()
from app.metrics import Metrics
print(Metrics("recommender").text().decode())
folder = os.environ[shared_counts.VARIABLE]
shared_counts.close_folder()
assert not os.path.exists(folder)
"""
    text = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout

    counted = parsed(text)
    assert counted[REQUESTS, frozenset({"recommender", "GET", "/recs/<user_id>", "200"})] == 2
    assert counted["kinolenta_titles_served_total", frozenset({SOURCES[0]})] == 4


@pytest.mark.slow
def test_what_gunicorn_reads_before_it_forks_does_not_settle_where_counts_are_kept() -> None:
    code = "import app.gunicorn_conf, sys; sys.exit('prometheus_client' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0

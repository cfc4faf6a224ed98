"""deploy/: every metric that a rule or a picture names is told; every alert says what to do."""

import json
import re
from collections.abc import Iterator

import pytest
import yaml

from app.metrics import Metrics
from recs.settings import Settings
from tests.servers.service import ROOT
from workers import metrics
from workers.service_state import GAUGES

ALERTS = yaml.safe_load((ROOT / "deploy" / "alerts.yml").read_text())
RULES = [rule for group in ALERTS["groups"] for rule in group["rules"]]
DASHBOARD = json.loads((ROOT / "deploy" / "grafana-dashboard.json").read_text())
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
NAME = re.compile(r"\b(kinolenta_\w+)")


def families() -> Iterator[tuple[str, str]]:
    """Yield (name, type) of every metric that a process tells."""
    registries = [Metrics(role).registry for role in ("collector", "recommender", "page")]
    for registry in [*registries, metrics.REGISTRY]:
        yield from ((family.name, family.type) for family in registry.collect())
    yield from ((f"kinolenta_{name}", "gauge") for name in GAUGES)


def samples() -> set[str]:
    """Return the names as Prometheus knows them."""
    suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"], "gauge": [""]}
    return {name + suffix for name, kind in families() for suffix in suffixes[kind]}


def expressions() -> Iterator[tuple[str, str]]:
    """Yield where an expression stands, and the expression."""
    for rule in RULES:
        yield rule["alert"], rule["expr"]
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]


@pytest.mark.parametrize(("place", "expression"), list(expressions()))
def test_what_is_named_is_told(place: str, expression: str) -> None:
    named = NAME.findall(expression)

    assert named or 'up{job="kinolenta"}' in expression
    assert set(named) - samples() == set()


def test_what_is_told_is_in_a_picture() -> None:
    shown = {name for _, expression in expressions() for name in NAME.findall(expression)}
    not_shown = {name for name, _ in families() if not any(each.startswith(name) for each in shown)}

    assert not_shown == set()


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_each_alert_has_its_heading_with_what_to_do(rule: dict[str, object]) -> None:
    section = OPERATIONS.partition(f"\n### {rule['alert']}\n")[2].partition("\n#")[0]

    assert len(section.split()) >= 15


def test_no_heading_is_of_an_alert_that_is_gone() -> None:
    assert re.findall(r"^### (Kinolenta\w+)$", OPERATIONS, re.M) == [r["alert"] for r in RULES]


def test_every_metric_stands_in_the_table() -> None:
    table = OPERATIONS.partition("\n## Watching\n")[2].partition("\n## ")[0]

    names = {name.removeprefix("kinolenta_") for name, _ in families()}
    assert sorted(name for name in names if f"`{name}" not in table) == []


def test_prometheus_asks_the_ports_of_the_settings() -> None:
    config = yaml.safe_load((ROOT / "deploy" / "prometheus.yml").read_text())
    [job] = config["scrape_configs"]
    targets = [each["targets"] for each in job["static_configs"]]
    settings = Settings()
    ports = ("collector_port", "recommender_port", "page_port", "flower_port")

    assert job["job_name"] == "kinolenta"
    assert targets == [[f"127.0.0.1:{getattr(settings, port)}"] for port in ports]
    assert all((ROOT / "deploy" / name).is_file() for name in config["rule_files"])


@pytest.mark.parametrize(("place", "expression"), list(expressions()))
def test_parentheses_of_expressions_match(place: str, expression: str) -> None:
    bare = re.sub(r'"[^"]*"', "", expression)

    for opening, closing in ("()", "[]", "{}"):
        assert bare.count(opening) == bare.count(closing)

"""the sums of many requests."""

from dataclasses import asdict

import pytest

from simulator.client import Answer
from simulator.traffic import Traffic


def recorded(*seconds: float, outcome: str = "200") -> Traffic:
    traffic = Traffic()
    for each in seconds:
        traffic.record("recs", 1, Answer(outcome, b"", each))
    return traffic


def test_latency_is_in_milliseconds() -> None:
    latency = recorded(*[number / 1000 for number in range(1, 102)]).latency("recs")

    assert asdict(latency) == pytest.approx(
        {"requests": 101, "mean": 51, "p50": 51, "p95": 96, "p99": 100, "max": 101}
    )


def test_latency_of_one_phase_leaves_the_other_out() -> None:
    traffic = recorded(0.001)
    traffic.record("recs", 2, Answer("200", b"", 0.003))

    assert traffic.latency("recs", phase=2).mean == pytest.approx(3)


def test_an_endpoint_never_asked_has_zeros() -> None:
    assert recorded().latency("recs").requests == 0


def test_errors_are_counted_by_endpoint_and_outcome() -> None:
    traffic = recorded(0.1, 0.1, outcome="503")
    traffic.record("recs", 1, Answer("200", b"", 0.1), "not a list")
    traffic.record("interact", 1, Answer("200", b"", 0.1))

    assert traffic.errors() == {"recs": {"503": 2, "not a list": 1}}


def test_a_visit_is_late_from_fifty_milliseconds() -> None:
    assert Traffic(lags=[0.0, 0.049, 0.051, 0.2]).late_share() == 0.5


def test_requests_sent_again_are_counted() -> None:
    traffic = recorded(0.1)
    traffic.record("recs", 1, Answer("200", b"", 0.1, resent=True))

    assert traffic.resent() == 1

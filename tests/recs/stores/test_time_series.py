import pytest

from recs.stores.connection import Client
from recs.stores.time_series import DELAYS_KEPT, SAMPLES_KEPT, TimeSeries
from recs.types import Generation

G = Generation(1_732_531_737_123)


@pytest.fixture
def series(redis: Client, namespace: str) -> TimeSeries:
    return TimeSeries(redis, namespace)


def test_delays_come_lowest_first(series: TimeSeries) -> None:
    series.note_delays(G, [30.04, 7.0])
    series.note_delays(G, [12.5])

    assert series.delays(G) == [7.0, 12.5, 30.0]


def test_no_delays_are_no_change(series: TimeSeries) -> None:
    series.note_delays(G, [])

    assert series.delays(G) == []


def test_the_latest_delays_are_kept(series: TimeSeries) -> None:
    series.note_delays(G, range(DELAYS_KEPT + 1))

    assert series.delays(G) == list(range(1, DELAYS_KEPT + 1))


def test_samples_come_newest_first(series: TimeSeries) -> None:
    for number in range(3):
        series.add_sample(G, {"at": number})

    assert series.samples(G, 2) == [{"at": 2}, {"at": 1}]


def test_the_latest_samples_are_kept(series: TimeSeries, redis: Client) -> None:
    for number in range(SAMPLES_KEPT + 1):
        series.add_sample(G, {"at": number})

    assert len(series.samples(G, 2 * SAMPLES_KEPT)) == SAMPLES_KEPT

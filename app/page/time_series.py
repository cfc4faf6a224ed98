"""The dashboard's time series: rates from totals, and the newest value of each series."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Sample = Mapping[str, Any]
WINDOW_SECONDS = 20.0
"""Rates over a shorter time vary too much to read."""


@dataclass(frozen=True)
class Series:
    """Values over time, oldest first; None if unknown. `name` is a key of messages."""

    name: str
    values: list[float | None]


@dataclass(frozen=True)
class Chart:
    """Series over one axis. `at` are its positions: seconds ago, or numbers of models."""

    name: str
    at: list[float]
    series: list[Series]
    axis: str = "status.time"

    @property
    def known(self) -> bool:
        """Return whether there is anything to draw."""
        return any(value is not None for series in self.series for value in series.values)


def charts(stats: Mapping[str, Any]) -> list[Chart]:
    """Return the charts for an answer of /stats, in the order of the page."""
    samples: list[Sample] = list(reversed(stats.get("samples") or []))
    now = stats.get("now") or (samples[-1]["time"] if samples else 0.0)
    ago = [now - sample["time"] for sample in samples]

    def over_time(name: str, *series: Series) -> Chart:
        return Chart(name, ago, list(series))

    return [
        over_time("rate", Series("interactions", rates(samples, "interactions", "time"))),
        over_time("queue", Series("queue", _values(samples, "queue"))),
        over_time(
            "delay",
            Series("p50", _values(samples, "delay_p50_ms")),
            Series("p95", _values(samples, "delay_p95_ms")),
        ),
        over_time("like_rate", Series("like_rate", rates(samples, "likes", "impressions"))),
        over_time("coverage", Series("coverage", _values(samples, "coverage"))),
        _quality(list(reversed(stats.get("models") or []))),
    ]


def newest_values(
    stats: Mapping[str, Any], drawn: Sequence[Chart]
) -> dict[str, float | str | None]:
    """Return the newest value of each kind; None if unknown."""
    newest = {each.name: _last(each.values) for chart in drawn for each in chart.series}
    samples = list(reversed(stats.get("samples") or []))
    model: Mapping[str, Any] = next(iter(stats.get("models") or []), {})
    created, now = model.get("created"), stats.get("now")
    return {
        "interactions": newest["interactions"],
        "impressions": _last(rates(samples, "impressions", "time")),
        "queue": newest["queue"],
        "delay": newest["p95"],
        "like_rate": newest["like_rate"],
        "coverage": newest["coverage"],
        "model": model.get("version"),
        "model_age": now - created if created and now else None,
    }


def rates(samples: Sequence[Sample], gained: str, spent: str) -> list[float | None]:
    """Return the increase of one total over that of another, within WINDOW_SECONDS of each sample.

    samples: oldest first. A total that falls was reset, as by a cleanup: the rate is None then.
    """
    values: list[float | None] = []
    first = 0
    for last, sample in enumerate(samples):
        while first < last and sample["time"] - samples[first]["time"] > WINDOW_SECONDS:
            first += 1
        values.append(_rate(samples[first], sample, gained, spent))
    return values


def _rate(before: Sample, after: Sample, gained: str, spent: str) -> float | None:
    try:
        gain = after[gained] - before.get(gained, 0)
        cost = after[spent] - before.get(spent, 0)
    except (KeyError, TypeError):
        return None
    return gain / cost if cost > 0 and gain >= 0 else None


def _quality(models: Sequence[Mapping[str, Any]]) -> Chart:
    """Quality of the last models on validation users."""
    return Chart(
        "quality",
        [float(n) for n in range(len(models))],
        [
            Series("auc", _values(models, "auc")),
            Series("precision", _values(models, "precision_at_10")),
        ],
        axis="status.training",
    )


def _values(rows: Sequence[Mapping[str, Any]], name: str) -> list[float | None]:
    return [row.get(name) for row in rows]


def _last(values: Sequence[float | None]) -> float | None:
    return values[-1] if values else None

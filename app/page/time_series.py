"""The engine room's figures: from running totals to what a person can judge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Sample = Mapping[str, Any]
WINDOW_SECONDS = 20.0
"""Rates over less than that jump about."""


@dataclass(frozen=True)
class Line:
    """Values over time, oldest first; None where nothing is known. `name` is a key of the texts."""

    name: str
    values: list[float | None]


@dataclass(frozen=True)
class Plot:
    """Lines over one axis. `at` is what the axis counts: seconds ago, or models."""

    name: str
    at: list[float]
    lines: list[Line]
    axis: str = "status.time"

    @property
    def known(self) -> bool:
        """Tell whether there is anything to draw."""
        return any(value is not None for line in self.lines for value in line.values)


def plots(stats: Mapping[str, Any]) -> list[Plot]:
    """Return what is drawn, in the order of the page."""
    samples: list[Sample] = list(reversed(stats.get("samples") or []))
    now = stats.get("now") or (samples[-1]["time"] if samples else 0.0)
    ago = [now - sample["time"] for sample in samples]

    def over_time(name: str, *lines: Line) -> Plot:
        return Plot(name, ago, list(lines))

    return [
        over_time("rate", Line("interactions", rates(samples, "interactions", "time"))),
        over_time("queue", Line("queue", _values(samples, "queue"))),
        over_time(
            "delay",
            Line("p50", _values(samples, "delay_p50_ms")),
            Line("p95", _values(samples, "delay_p95_ms")),
        ),
        over_time("like_rate", Line("like_rate", rates(samples, "likes", "impressions"))),
        over_time("coverage", Line("coverage", _values(samples, "coverage"))),
        _quality(list(reversed(stats.get("models") or []))),
    ]


def tiles(stats: Mapping[str, Any], drawn: Sequence[Plot]) -> dict[str, float | str | None]:
    """Return the newest figure of each kind; None where nothing is known."""
    newest = {line.name: _last(line.values) for plot in drawn for line in plot.lines}
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
    """Return what was gained of one total per one of another, over the last seconds before each.

    samples: oldest first. A total that falls back begins anew, as after a cleanup.
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


def _quality(models: Sequence[Mapping[str, Any]]) -> Plot:
    """Held-back quality of the last trainings."""
    return Plot(
        "quality",
        [float(n) for n in range(len(models))],
        [
            Line("auc", _values(models, "auc")),
            Line("precision", _values(models, "precision_at_10")),
        ],
        axis="status.training",
    )


def _values(rows: Sequence[Mapping[str, Any]], name: str) -> list[float | None]:
    return [row.get(name) for row in rows]


def _last(values: Sequence[float | None]) -> float | None:
    return values[-1] if values else None

"""Log-log charts of bench/results, with their slopes, for docs/scaling.md.

`python -m bench.pictures` writes docs/images/scaling-*.png. Slope 0 is flat; 1 is in proportion.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.report import RESULTS

IMAGES = Path(__file__).parents[1] / "docs" / "images"
COLOURS = ("#1f5fa8", "#d9822b", "#2e8b6f", "#8a4fa3", "#b0413e")


@dataclass(frozen=True)
class Panel:
    """A chart. names: column -> its label."""

    title: str
    names: Mapping[str, str]


@dataclass(frozen=True)
class Picture:
    """Charts of one result. along: column of the x axis, of rows that have `where`."""

    name: str
    result: str
    along: str
    panels: tuple[Panel, ...]
    where: Mapping[str, int] | None = None


GROWTH = (
    Panel("Seconds until a new ranker has ranked", {"ready_s": "start"}),
    Panel(
        "Memory of a ranker (MB)", {"ranker_MB": "own", "ranker_with_files_MB": "with mapped files"}
    ),
    Panel("Milliseconds of processor", {"list_ms": "one slate", "recs_ms": "one /recs"}),
)
COUNTING = (
    Panel("One pass (seconds of processor)", {"count_s": "count", "thorough_s": "thorough"}),
    Panel("Memory (MB)", {"MB": "statistics worker"}),
    Panel("Start (seconds of processor)", {"from_log_s": "log", "from_snapshot_s": "snapshot"}),
)
TRAINING = (
    Panel("Seconds of processor", {"fit_s": "first fit", "refit_s": "1 % more"}),
    Panel("Memory (MB)", {"fit_MB": "first fit", "refit_MB": "1 % more"}),
)
PICTURES = (
    Picture(
        "users",
        "growth-by-users",
        "users",
        (*GROWTH, Panel("Bytes of Redis a user", {"redis_bytes": "Redis"})),
    ),
    Picture("items", "growth-by-items", "items", GROWTH),
    Picture("events", "counting", "events", COUNTING, {"items": 100_000}),
    Picture("training", "training", "interactions", TRAINING),
)


def slope(xs: list[float], ys: list[float]) -> float:
    """Return by how many powers of ten y grows per power of ten of x (least squares)."""
    return float(np.polyfit(np.log10(xs), np.log10(ys), 1)[0])


def main() -> None:
    for picture in PICTURES:
        rows = json.loads((RESULTS / f"{picture.result}.json").read_text())
        wanted = (picture.where or {}).items()
        rows = [row for row in rows if all(row[column] == value for column, value in wanted)]
        _draw(picture, rows)


def _draw(picture: Picture, rows: list[dict[str, float]]) -> None:
    figure = Figure(figsize=(3.6 * len(picture.panels), 3.6), layout="constrained")
    axes = figure.subplots(1, len(picture.panels), squeeze=False)[0]
    xs = [row[picture.along] for row in rows]
    for panel, each in zip(picture.panels, axes, strict=True):
        _panel(each, panel, picture.along, xs, rows)
    figure.savefig(IMAGES / f"scaling-{picture.name}.png", dpi=110)


def _panel(
    axes: Axes, panel: Panel, along: str, xs: list[float], rows: list[dict[str, float]]
) -> None:
    values = []
    for (column, name), colour in zip(panel.names.items(), COLOURS, strict=False):
        ys = [row[column] for row in rows]
        values += ys
        label = f"{name}: slope {slope(xs, ys):.2f}"
        axes.plot(xs, ys, "o-", color=colour, label=label)
        print(f"{along}, {panel.title}, {label}")
    axes.set(xscale="log", yscale="log", xlabel=along, title=panel.title)
    # At least two powers of ten, so that a flat line looks flat.
    middle = float(np.sqrt(min(values) * max(values)))
    axes.set_ylim(min(min(values) / 1.6, middle / 10), max(max(values) * 1.6, middle * 10))
    axes.title.set_fontsize(10)
    axes.grid(True, which="major", color="#dddddd")
    axes.legend(fontsize=8)


if __name__ == "__main__":
    main()

"""The chart of `make bench`: requests a second and processor time."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure


def draw(tables: Mapping[str, Sequence[Mapping[str, Any]]], file: Path) -> None:
    """Draw each table: speeds with the spread of their ratios, and the cost of a request."""
    figure = Figure(figsize=(12, 3.2 * len(tables)), layout="constrained")
    axes = figure.subplots(len(tables), 2, squeeze=False)
    for (left, right), (title, lines) in zip(axes, tables.items(), strict=True):
        names = [line["name"] for line in lines][::-1]
        colours = ["tab:blue" if name.startswith("ours") else "tab:gray" for name in names]
        speeds = [line["requests_a_second"] for line in lines][::-1]
        floors = [line["requests_a_second"] / line["ratio"] for line in lines][::-1]
        spread = [
            [
                max(speed - floor * line["ratio_least"], 0)
                for speed, floor, line in zip(speeds, floors, lines[::-1], strict=True)
            ],
            [
                max(floor * line["ratio_most"] - speed, 0)
                for speed, floor, line in zip(speeds, floors, lines[::-1], strict=True)
            ],
        ]
        left.barh(names, speeds, xerr=spread, color=colours)
        left.set(xlabel="requests a second, and the spread", title=title)
        right.barh(names, [line["cpu_ms"] for line in lines][::-1], color=colours)
        right.set(xlabel="ms of processor a request, web processes")
        right.tick_params(labelleft=False)
    figure.savefig(file, dpi=110)

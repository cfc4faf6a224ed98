"""The chart of a game: scores over the run, by phase, and latencies."""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simulator.report import Report

SCORES = {
    "precision": "precision",
    "ndcg": "NDCG",
    "diversity": "diversity",
    "coverage": "coverage",
}
COLOURS = {
    "precision": "#1f5fa8",
    "ndcg": "#d9822b",
    "diversity": "#2e8b6f",
    "coverage": "#8a4fa3",
    "recs": "#1f5fa8",
    "interact": "#b0413e",
}
PHASE_COLOURS = {"phase 1": "#9db8d6", "phase 2": "#1f5fa8"}


def draw(report: Report, path: Path) -> None:
    """Write the chart of a game as PNG."""
    figure = Figure(figsize=(12, 8), layout="constrained")
    (hits, breadth), (phases, latency) = figure.subplots(2, 2)
    _run(hits, report, ["precision", "ndcg"])
    _run(breadth, report, ["diversity", "coverage"])
    breadth.set_ylim(0, 1.02)
    _phases(phases, report)
    _latency(latency, report)
    dataset = report["dataset"]
    figure.suptitle(
        f"{dataset['name']}, {dataset['users']:,} users, {dataset['items']:,} items, "
        f"seed {report['options']['seed']}"
    )
    figure.savefig(path, dpi=110)


def _run(axes: Axes, report: Report, names: list[str]) -> None:
    """Draw scores over the visits, and mark the beginning of phase two."""
    series = report["series"]
    visits = [window["visits"] for window in series]
    for name in names:
        values = [window[name] for window in series]
        axes.plot(visits, values, color=COLOURS[name], label=SCORES[name])
    border = report["latency_ms"]["recs"]["phase 1"]["requests"]
    axes.axvline(border, color="#888888", linewidth=1, linestyle="--")
    axes.text(
        border, 0.98, " phase 2", va="top", color="#666666", transform=axes.get_xaxis_transform()
    )
    axes.set(title=" and ".join(SCORES[name] for name in names), xlabel="visits")
    axes.set_ylim(bottom=0)
    _tidy(axes)


def _phases(axes: Axes, report: Report) -> None:
    for index, (phase, colour) in enumerate(PHASE_COLOURS.items()):
        values = [report["scores"][phase][name] for name in SCORES]
        positions = [number + (index - 0.5) * 0.38 for number in range(len(SCORES))]
        bars = axes.bar(positions, values, 0.36, color=colour, label=phase)
        axes.bar_label(bars, fmt="%.3f", fontsize=8, padding=2)
    axes.set_xticks(range(len(SCORES)), list(SCORES.values()))
    axes.set(title="by phase", ylim=(0, 1.1))
    _tidy(axes)


def _latency(axes: Axes, report: Report) -> None:
    """Draw the percentiles of both endpoints: a point is the share of faster requests."""
    for endpoint, phases in report["latency_ms"].items():
        figures = phases["all"]
        label = f"/{endpoint}: mean {figures['mean']:.1f}, p95 {figures['p95']:.1f} ms"
        curve = figures["percentiles"]
        axes.plot(curve, range(len(curve)), color=COLOURS[endpoint], label=label)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set(title="latency", xlabel="milliseconds", ylabel="% of requests faster")
    _tidy(axes)


def _tidy(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#e4e4e4")
    axes.set_axisbelow(True)
    axes.legend(frameon=False, fontsize=9)

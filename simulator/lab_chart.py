"""The chart of the laboratory: a row for each scenario, a column for each score."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean, stdev

from matplotlib.figure import Figure

SCORES = {
    "precision": "precision",
    "ndcg": "NDCG",
    "diversity": "diversity",
    "coverage": "coverage",
}
OURS, THEIRS = "#1f5fa8", "#9aa5b1"

Results = Mapping[str, Mapping[str, Sequence[Mapping[str, float]]]]
"""Scenario -> policy -> scores of each game."""


def draw(results: Results, path: Path) -> None:
    """Write the comparison as PNG."""
    n_policies = max(len(policies) for policies in results.values())
    size = (14, len(results) * (1.2 + 0.27 * n_policies))
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(len(results), len(SCORES), squeeze=False, sharey="row")
    for row, (scenario, policies) in zip(grid, results.items(), strict=True):
        names = list(policies)[::-1]
        colours = [OURS if name.startswith("ours") else THEIRS for name in names]
        for axes, (score, title) in zip(row, SCORES.items(), strict=True):
            values = [[game[score] for game in policies[name]] for name in names]
            means = [fmean(each) for each in values]
            spreads = [stdev(each) if len(each) > 1 else 0.0 for each in values]
            bars = axes.barh(names, means, xerr=spreads, color=colours, ecolor="#444444")
            axes.bar_label(bars, [f"{mean:.3f}" for mean in means], padding=4, fontsize=8)
            axes.set_title(f"{title}, {scenario}" if len(results) > 1 else title)
            axes.set_xlim(right=1.2 * max(means))
            axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=100)

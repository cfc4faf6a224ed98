"""The chart of the laboratory: a row for each scenario, a column for each score."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simulator.comparison import Results, difference, reference_of, scores_of
from simulator.game import Result
from simulator.table import plain

OURS, THEIRS, LINE = "#1f5fa8", "#9aa5b1", "#b0413e"


def draw(results: Results, path: Path, reference: str) -> None:
    """Write the comparison as PNG.

    A whisker is the 95 % interval of the difference to the reference, paired by seed. If it does
    not touch the line, the difference is significant.
    """
    rows = [1.4 + 0.27 * len(policies) for policies in results.values()]
    n_scores = max(len(scores_of(policies)) for policies in results.values())
    figure = Figure(figsize=(3.5 * n_scores, 0.5 + sum(rows)), layout="constrained")
    grid = figure.subplots(len(results), n_scores, squeeze=False, sharey="row", height_ratios=rows)
    for row, (scenario, policies) in zip(grid, results.items(), strict=True):
        base, scores = reference_of(policies, reference), scores_of(policies)
        for axes in row[len(scores) :]:
            axes.set_visible(False)
        for axes, score in zip(row, scores, strict=False):
            _bars(axes, policies, base, score)
            axes.set_title(f"{plain(score)}, {scenario}", fontsize=10)
    figure.supxlabel(
        "line: the reference (bold). whiskers: 95 % interval of the difference to it, by seed",
        fontsize=9,
    )
    figure.savefig(path, dpi=100)


def _bars(axes: Axes, policies: Mapping[str, Sequence[Result]], reference: str, score: str) -> None:
    names = list(policies)[::-1]
    means = [fmean(game[score] for game in policies[name]) for name in names]
    margins = [
        0.0
        if name == reference
        else difference(policies[name], policies[reference], score).margin or 0.0
        for name in names
    ]
    colours = [OURS if name.startswith("ours") else THEIRS for name in names]
    bars = axes.barh(names, means, xerr=margins, color=colours, ecolor="#444444", capsize=2)
    axes.axvline(means[names.index(reference)], color=LINE, linewidth=1)
    over_the_line = {"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.85}
    labels = [f"{mean:.3f}" for mean in means]
    axes.bar_label(bars, labels, padding=4, fontsize=8, bbox=over_the_line)
    axes.set_xlim(0, 1.3 * max(means) or 1.0)
    axes.spines[["top", "right"]].set_visible(False)
    for label in axes.get_yticklabels():
        label.set_fontweight("bold" if label.get_text() == reference else "normal")

"""Compares policies by their games: means, and differences paired by seed with intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from scipy.stats import t as student

from simulator.game import LATENCY, Result
from simulator.table import columns, plain

Results = Mapping[str, Mapping[str, Sequence[Result]]]
"""Scenario -> policy -> the scores with each seed, in the same order of seeds for all."""
SURE = 0.95


@dataclass(frozen=True, slots=True)
class Difference:
    """Difference to a reference in one score. mean: over seeds. error: its standard error.

    margin: half of the 95 % interval, by Student's distribution. Both are None with a single seed.
    """

    mean: float
    error: float | None
    margin: float | None


def difference(games: Sequence[Result], reference: Sequence[Result], score: str) -> Difference:
    """Compare games of the same seeds, which have the same users, items and visits."""
    each = [game[score] - other[score] for game, other in zip(games, reference, strict=True)]
    if len(each) < 2:
        return Difference(fmean(each), None, None)
    error = stdev(each) / len(each) ** 0.5
    return Difference(fmean(each), error, error * float(student.ppf(0.5 + SURE / 2, len(each) - 1)))


def reference_of(policies: Mapping[str, Sequence[Result]], wanted: str) -> str:
    """Return the policy that the others are compared with: the wanted one, or the first."""
    return wanted if wanted in policies else next(iter(policies))


def scores_of(policies: Mapping[str, Sequence[Result]]) -> list[str]:
    """Return the scores of a scenario, without the latency."""
    first = next(iter(policies.values()))[0]
    return [score for score in first if score != LATENCY]


def tables(results: Results, reference: str) -> str:
    """Return for each scenario a table of means ± sd, and one of differences to the reference."""
    return "\n\n".join(
        part
        for scenario, policies in results.items()
        for part in (
            _means(scenario, policies),
            _differences(policies, reference_of(policies, reference)),
        )
        if part
    )


def _means(scenario: str, policies: Mapping[str, Sequence[Result]]) -> str:
    scores = list(next(iter(policies.values()))[0])
    rows = [[scenario, *map(plain, scores)]]
    for policy, games in policies.items():
        rows.append([policy, *(_mean_sd([game[score] for game in games]) for score in scores)])
    return columns(rows)


def _differences(policies: Mapping[str, Sequence[Result]], reference: str) -> str:
    """Show every other policy minus the reference: below 0, the reference is higher."""
    scores = scores_of(policies)
    rows = [[f"less {reference}", *map(plain, scores)]]
    for policy, games in policies.items():
        if policy != reference:
            cells = [_signed(difference(games, policies[reference], score)) for score in scores]
            rows.append([policy, *cells])
    if len(rows) == 1:
        return ""
    n_seeds = len(policies[reference])
    interval = f"± half of the 95 % interval, {n_seeds} seeds" if n_seeds > 1 else "one seed"
    return f"{columns(rows)}\n(paired by seed; {interval})"


def _signed(found: Difference) -> str:
    return f"{found.mean:+.3f}" + ("" if found.margin is None else f" ± {found.margin:.3f}")


def _mean_sd(values: Sequence[float]) -> str:
    spread = stdev(values) if len(values) > 1 else 0.0
    return f"{fmean(values):.3f} ± {spread:.3f}"

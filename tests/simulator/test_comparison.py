"""Means, and differences paired by seed."""

import pytest

from simulator.comparison import difference, tables
from simulator.game import Result


def games(*precisions: float) -> list[Result]:
    return [{"precision": each, "milliseconds": 1.0} for each in precisions]


def test_a_difference_is_paired_by_seed() -> None:
    # The seeds differ by much, the policies by 0.01 in each seed, more or less.
    found = difference(games(0.11, 0.213, 0.307), games(0.10, 0.20, 0.30), "precision")

    assert found.mean == pytest.approx(0.01)
    assert found.error == pytest.approx(0.003 / 3**0.5)
    assert found.margin == pytest.approx(4.303 * 0.003 / 3**0.5, rel=1e-3)  # Student's t, 2 degrees


def test_one_seed_has_no_interval() -> None:
    found = difference(games(0.2), games(0.1), "precision")

    assert (found.mean, found.error, found.margin) == (pytest.approx(0.1), None, None)


def test_the_tables_show_mean_and_spread_and_then_differences_to_the_reference() -> None:
    results = {"shuffled": {"ours": games(0.1, 0.2), "random": games(0.05, 0.16)}}
    means, differences = tables(results, "ours").split("\n\n")

    assert "ours      0.150 ± 0.071" in means
    assert differences.startswith("less ours")
    assert "random     -0.045 ± 0.064" in differences
    assert "2 seeds" in differences


def test_without_the_wanted_reference_the_first_policy_is_one() -> None:
    results = {"shuffled": {"random": games(0.1), "top": games(0.3)}}

    assert "less random" in tables(results, "ours")
    assert "+0.200" in tables(results, "ours")


def test_a_policy_alone_is_not_compared() -> None:
    assert "less" not in tables({"shuffled": {"ours": games(0.1)}}, "ours")

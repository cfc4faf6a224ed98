"""What each setting of the ranking is worth: halved and doubled, in the same game."""

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from functools import partial

import numpy as np

from recs.ranking.settings import RankingSettings
from simulator.game import play
from simulator.options import add_dataset, positive
from simulator.policies.shadows import AS_IT_IS, Shadows
from simulator.processes import play_all
from simulator.scenarios import SCENARIOS, Conditions, conditions_of, make_dataset
from simulator.schedule import PHASES
from simulator.table import columns

FACTORS = (0.5, 2.0)
CONTRACT = "list_length"
"""This setting is not tried: it decides what is scored."""
Game = tuple[str, int]
"""Scenario and seed."""
Precisions = Mapping[str, Sequence[float]]
"""Name of the settings -> precision of each list."""


def main(argv: list[str]) -> int:
    """Play; print how half and twice of each setting change the precision of a list."""
    arguments = _parse(argv)
    others = changed(arguments.settings)
    games = {
        (scenario, seed): partial(_play_one, conditions_of(arguments, scenario), seed, others)
        for scenario in arguments.scenarios
        for seed in arguments.seeds
    }
    found = dict(play_all(games, arguments.processes))
    if arguments.json:
        lists = [{"scenario": s, "seed": n, "lists": dict(each)} for (s, n), each in found.items()]
        print(json.dumps(lists))
    else:
        print("\n\n".join(_table(scenario, others, found) for scenario in arguments.scenarios))
    return 0


def changed(names: Sequence[str]) -> dict[str, RankingSettings]:
    """Return settings with each of these halved and doubled. Integers stay integers."""
    default = RankingSettings()
    values = {name: getattr(default, name) for name in names}
    return {
        f"{name} {kind(factor * value):g}": replace(default, **{name: kind(factor * value)})
        for name, value in values.items()
        for factor in FACTORS
        for kind in [type(value)]
    }


def difference(games: Sequence[Precisions], name: str) -> tuple[float, float]:
    """Return the mean difference of a list's precision to the defaults, and its error.

    The error is the standard error over the lists of all games, as if they were independent.
    """
    each = np.concatenate(
        [np.subtract(game[name], game[AS_IT_IS]) for game in games], dtype=np.float64
    )
    return float(each.mean()), float(each.std(ddof=1) / np.sqrt(len(each)))


def _table(
    scenario: str, others: Mapping[str, RankingSettings], found: Mapping[Game, Precisions]
) -> str:
    games = [each for (its_scenario, _), each in found.items() if its_scenario == scenario]
    mean = float(np.mean(np.concatenate([game[AS_IT_IS] for game in games])))
    rows = [[f"{scenario}: {mean:.4f} as it is", "difference", "± standard error"]]
    for name in others:
        by, error = difference(games, name)
        rows.append([name, f"{by:+.4f}", f"{error:.4f}"])
    return columns(rows)


def _play_one(
    conditions: Conditions, seed: int, others: Mapping[str, RankingSettings]
) -> Precisions:
    dataset = make_dataset(conditions, seed)
    policy = Shadows(seed, dataset, others)
    play(policy, dataset, seed, conditions.visits, PHASES[: conditions.phases])
    return policy.precisions


def _parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulator what-if", description=__doc__)
    add_dataset(parser)
    names = [each.name for each in fields(RankingSettings) if each.name != CONTRACT]
    group = parser.add_argument_group("what is tried")
    group.add_argument(
        "--scenarios", nargs="+", choices=SCENARIOS, default=["shuffled"], metavar="SCENARIO"
    )
    group.add_argument("--settings", nargs="+", choices=names, default=names, metavar="NAME")
    group.add_argument("--seeds", nargs="+", type=positive, default=[1])
    group.add_argument("--visits", type=positive, default=3, help="in each phase")
    group.add_argument("--processes", type=positive, default=os.cpu_count())
    group.add_argument("--json", action="store_true", help="print each list's precision")
    return parser.parse_args(argv)

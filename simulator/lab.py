"""The laboratory: compares policies in the same scenarios, in process, without a server."""

import argparse
import json
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from simulator.comparison import Results, tables
from simulator.crowd import play_crowd
from simulator.game import Result, play
from simulator.lab_chart import draw
from simulator.options import add_dataset, positive
from simulator.policies import OURS, ablation, compared, make_policy, names
from simulator.processes import play_all
from simulator.scenarios import SCENARIOS, Conditions, conditions_of, make_dataset
from simulator.schedule import PHASES

DEFAULT_SCENARIOS = ("shuffled", "ordered", "history")
DEFAULT_SEEDS = (1, 2)


@dataclass(frozen=True, slots=True)
class Trial:
    """One policy in one scenario with one seed."""

    policy: str
    scenario: str
    seed: int


def main(argv: list[str]) -> int:
    """Play every policy in every scenario with every seed; print two tables for each scenario."""
    arguments = _parse(argv)
    conditions = {scenario: conditions_of(arguments, scenario) for scenario in arguments.scenarios}
    policies = {name: _policies(arguments, each) for name, each in conditions.items()}
    trials = [
        Trial(policy, scenario, seed)
        for scenario in arguments.scenarios
        for seed in arguments.seeds
        for policy in policies[scenario]
    ]
    games = {trial: partial(_play_one, trial, conditions[trial.scenario]) for trial in trials}
    found = dict(play_all(games, arguments.processes))
    results: Results = {
        scenario: {
            policy: [found[Trial(policy, scenario, seed)] for seed in arguments.seeds]
            for policy in policies[scenario]
        }
        for scenario in arguments.scenarios
    }
    print(json.dumps(results) if arguments.json else tables(results, arguments.reference))
    if arguments.plot:
        draw(results, arguments.plot, arguments.reference)
    return 0


def _policies(arguments: argparse.Namespace, conditions: Conditions) -> list[str]:
    """Return the policies of a scenario."""
    if arguments.policies:
        return list(dict.fromkeys(arguments.policies))
    return ablation() if arguments.ablation else compared(bool(conditions.history))


def _play_one(trial: Trial, conditions: Conditions) -> Result:
    dataset = make_dataset(conditions, trial.seed)
    make = partial(make_policy, trial.policy, trial.seed)
    if conditions.crowd:
        return play_crowd(make, dataset, trial.seed)
    return play(make(), dataset, trial.seed, conditions.visits, PHASES[: conditions.phases])


def _parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulator lab", description=__doc__)
    add_dataset(parser)
    lab = parser.add_argument_group("the laboratory")
    lab.add_argument(
        "--scenarios",
        nargs="+",
        choices=SCENARIOS,
        default=list(DEFAULT_SCENARIOS),
        metavar="SCENARIO",
        help=f"of: {', '.join(SCENARIOS)} (default: {', '.join(DEFAULT_SCENARIOS)})",
    )
    what = lab.add_mutually_exclusive_group()
    what.add_argument("--policies", nargs="+", metavar="POLICY", help="default: ours and baselines")
    what.add_argument("--ablation", action="store_true", help="ours, and without each of its parts")
    lab.add_argument("--seeds", nargs="+", type=positive, default=list(DEFAULT_SEEDS))
    lab.add_argument(
        "--reference", default=OURS, metavar="POLICY", help="the others are compared with it"
    )
    lab.add_argument("--visits", type=positive, default=3, help="in each phase")
    lab.add_argument("--processes", type=positive, default=os.cpu_count())
    lab.add_argument("--json", action="store_true", help="print each game's scores, not tables")
    lab.add_argument("--plot", type=Path, metavar="FILE", help="draw the comparison, as PNG")
    arguments = parser.parse_args(argv)
    for name in [*(arguments.policies or ()), arguments.reference]:
        if name not in names():
            parser.error(f"{name} is not a policy. These are: {', '.join(names())}")
    return arguments

"""The laboratory: compares policies in the same scenarios, in process, without a server."""

import argparse
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean, stdev
from time import perf_counter

from tqdm import tqdm

from simulator.datasets import Dataset
from simulator.lab_chart import draw
from simulator.options import add_dataset, positive
from simulator.policies import AS_SERVED, compared, exists, make_policy, names
from simulator.policies.policy import Policy
from simulator.scenarios import SCENARIOS, Conditions, conditions_of, make_dataset
from simulator.schedule import PHASES, visits
from simulator.scores import Scores
from simulator.table import columns

SCORES = ["precision", "ndcg", "diversity", "coverage"]
LATE_SCORE = "late_hit_rate_at_first"
LATENCY = "milliseconds"


@dataclass(frozen=True, slots=True)
class Trial:
    """One policy in one scenario with one seed."""

    policy: str
    scenario: str
    seed: int


Result = dict[str, float]
Results = dict[str, dict[str, list[Result]]]
"""Scenario -> policy -> the scores with each seed."""


def main(argv: list[str]) -> int:
    """Play every policy in every scenario with every seed; print a table for each scenario."""
    arguments = _parse(argv)
    trials = [
        Trial(policy, scenario, seed)
        for scenario in arguments.scenarios
        for seed in arguments.seeds
        for policy in arguments.policies
    ]
    conditions = {scenario: conditions_of(arguments, scenario) for scenario in arguments.scenarios}
    found = dict(_play_all(trials, conditions, arguments.processes))
    results = {
        scenario: {
            policy: [found[Trial(policy, scenario, seed)] for seed in arguments.seeds]
            for policy in arguments.policies
        }
        for scenario in arguments.scenarios
    }
    print(json.dumps(results) if arguments.json else tables(results))
    if arguments.plot:
        draw(results, arguments.plot)
    return 0


def play(
    policy: Policy, dataset: Dataset, seed: int, per_phase: int, phases: Sequence[int] = PHASES
) -> Result:
    """Import the histories of a data set's users, then play their visits. Returns the scores."""
    scores = Scores(dataset)
    policy.add_items(*dataset.arrivals(late=False))
    for user_id, opinions in dataset.history.items():
        for item_id, like in opinions.items():
            policy.react(user_id, item_id, like)
    if dataset.history:
        policy.learn()
    seconds, phase, count = 0.0, PHASES[0], 0
    for visit in visits(dataset, seed, per_phase, phases=phases):
        if visit.phase != phase:
            phase = visit.phase
            policy.add_items(*dataset.arrivals(late=True))
            scores.late_items_arrived()
        begun = perf_counter()
        item_ids = policy.recommend(visit.user_id)
        seconds += perf_counter() - begun
        count += 1
        for item_id, like in scores.list_served(visit.user_id, item_ids, phase):
            policy.react(visit.user_id, item_id, like)
            scores.interaction_accepted(visit.user_id, item_id)
    summary = scores.summary().as_dict()
    return {
        **{name: summary[name] for name in (*SCORES, LATE_SCORE)},
        LATENCY: 1000 * seconds / max(count, 1),
    }


def tables(results: Results) -> str:
    """Return mean ± sd over seeds, a table for each scenario."""
    return "\n\n".join(_table(scenario, policies) for scenario, policies in results.items())


def _table(scenario: str, policies: dict[str, list[Result]]) -> str:
    late = any(result[LATE_SCORE] for results in policies.values() for result in results)
    names = [*SCORES, *([LATE_SCORE] if late else []), LATENCY]
    rows = [[scenario, *(name.replace("_", " ") for name in names)]]
    for policy, results in policies.items():
        cells = [_mean_sd([result[name] for result in results]) for name in names]
        rows.append([policy, *cells])
    return columns(rows)


def _mean_sd(values: list[float]) -> str:
    spread = stdev(values) if len(values) > 1 else 0.0
    return f"{fmean(values):.3f} ± {spread:.3f}"


def _play_all(
    trials: list[Trial], conditions: Mapping[str, Conditions], processes: int
) -> Iterator[tuple[Trial, Result]]:
    """Play in several processes; yield results as they come."""
    # One thread of linear algebra per process: more would compete for the same cores.
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        games = {
            pool.submit(_play_one, trial, conditions[trial.scenario]): trial for trial in trials
        }
        try:
            for game in tqdm(as_completed(games), total=len(games), unit="game"):
                yield games[game], game.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _play_one(trial: Trial, conditions: Conditions) -> Result:
    dataset = make_dataset(conditions, trial.seed)
    policy, phases = make_policy(trial.policy, trial.seed), PHASES[: conditions.phases]
    return play(policy, dataset, trial.seed, conditions.visits, phases)


def _parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulator lab", description=__doc__)
    add_dataset(parser)
    lab = parser.add_argument_group("the laboratory")
    lab.add_argument("--scenarios", nargs="+", choices=SCENARIOS, default=["plain"])
    lab.add_argument(
        "--policies", nargs="+", metavar="POLICY", help=f"default: all but {AS_SERVED}"
    )
    lab.add_argument("--seeds", nargs="+", type=positive, default=[1, 2])
    lab.add_argument("--visits", type=positive, default=3, help="in each phase")
    lab.add_argument("--processes", type=positive, default=os.cpu_count())
    lab.add_argument("--json", action="store_true", help="print each game's scores, not tables")
    lab.add_argument("--plot", type=Path, metavar="FILE", help="draw the comparison, as PNG")
    arguments = parser.parse_args(argv)
    if arguments.policies is None:
        arguments.policies = compared(with_history=arguments.scenarios == ["history"])
    for name in arguments.policies:
        if not exists(name):
            parser.error(f"--policies: {name} is none of: {', '.join(names())}")
    return arguments

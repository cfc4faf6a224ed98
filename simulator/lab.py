"""The laboratory: policies side by side in the same worlds, in process, without a server."""

import argparse
import json
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from random import Random
from statistics import fmean, stdev
from time import perf_counter

from tqdm import tqdm

from simulator.lab_picture import draw
from simulator.options import add_world, positive, world_of
from simulator.policies import COMPARED, POLICIES, Policy
from simulator.schedule import PHASES, visits
from simulator.scores import Scores
from simulator.table import columns
from simulator.worlds import World

PRESETS: Mapping[str, Mapping[str, float | int | bool]] = {
    "plain": {},
    "shuffled": {"shuffle": True},
    "lenient": {"threshold": 3.5},
    "dense": {"most_rated": 1600, "most_active": 600},
    "long": {"visits": 6},
    "late": {"late": 0.1},
}
"""World → options that it sets. Plain is the world as the options on the command line say."""

SCORES = ["precision", "ndcg", "diversity", "coverage"]
LATE_SCORE = "late_hit_rate_at_first"
LATENCY = "milliseconds"


@dataclass(frozen=True, slots=True)
class Trial:
    """One policy in one world with one seed."""

    policy: str
    world: str
    seed: int


@dataclass(frozen=True, slots=True)
class Conditions:
    """Of which a world is made, and how it is played. See `simulator.options`."""

    data: Path | None
    viewers: int | None
    threshold: float
    most_rated: int | None
    most_active: int | None
    late: float
    visits: int
    shuffle: bool = False


Result = dict[str, float]
Results = dict[str, dict[str, list[Result]]]
"""World → policy → what each seed gave."""


def main(argv: list[str]) -> int:
    """Play every policy in every world with every seed; print a table for each world."""
    arguments = _parse(argv)
    trials = [
        Trial(policy, world, seed)
        for world in arguments.worlds
        for seed in arguments.seeds
        for policy in arguments.policies
    ]
    conditions = {world: _conditions(arguments, world) for world in arguments.worlds}
    found = dict(_play_all(trials, conditions, arguments.processes))
    results = {
        world: {
            policy: [found[Trial(policy, world, seed)] for seed in arguments.seeds]
            for policy in arguments.policies
        }
        for world in arguments.worlds
    }
    print(json.dumps(results) if arguments.json else tables(results))
    if arguments.plot:
        draw(results, arguments.plot)
    return 0


def play(policy: Policy, world: World, seed: int, per_phase: int) -> Result:
    """Let every viewer of a world come to a policy. Returns its scores."""
    scores = Scores(world)
    policy.add_items(*world.arrivals(late=False))
    seconds, phase, count = 0.0, PHASES[0], 0
    for visit in visits(world, seed, per_phase):
        if visit.phase != phase:
            phase = visit.phase
            policy.add_items(*world.arrivals(late=True))
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
    """Show mean ± sd over seeds, a table for each world."""
    return "\n\n".join(_table(world, policies) for world, policies in results.items())


def _table(world: str, policies: dict[str, list[Result]]) -> str:
    late = any(result[LATE_SCORE] for results in policies.values() for result in results)
    names = [*SCORES, *([LATE_SCORE] if late else []), LATENCY]
    rows = [[world, *(name.replace("_", " ") for name in names)]]
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
    # One thread of algebra a process: more would fight over the same cores.
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        games = {pool.submit(_play_one, trial, conditions[trial.world]): trial for trial in trials}
        try:
            for game in tqdm(as_completed(games), total=len(games), unit="game"):
                yield games[game], game.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _play_one(trial: Trial, conditions: Conditions) -> Result:
    world = _world(conditions, trial.seed)
    return play(POLICIES[trial.policy](trial.seed), world, trial.seed, conditions.visits)


def _conditions(arguments: argparse.Namespace, world: str) -> Conditions:
    given = {each.name: getattr(arguments, each.name, False) for each in fields(Conditions)}
    return Conditions(**{**given, **PRESETS[world]})


@lru_cache(maxsize=2)
def _world(conditions: Conditions, seed: int) -> World:
    world, _ = world_of(argparse.Namespace(**asdict(conditions)), seed)
    return _shuffled(world, seed) if conditions.shuffle else world


def _shuffled(world: World, seed: int) -> World:
    """Return the same world, its titles arriving in another order."""
    titles = list(zip(world.item_ids, world.genres, strict=True))
    Random(f"shuffle {seed}").shuffle(titles)
    item_ids, genres = (list(column) for column in zip(*titles, strict=True))
    return replace(world, item_ids=item_ids, genres=genres)


def _parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulator lab", description=__doc__)
    add_world(parser)
    lab = parser.add_argument_group("the laboratory")
    lab.add_argument("--worlds", nargs="+", choices=PRESETS, default=["plain"])
    lab.add_argument(
        "--policies", nargs="+", choices=POLICIES, metavar="POLICY", default=list(COMPARED),
        help=f"default: all but the last of: {', '.join(POLICIES)}",
    )  # fmt: skip
    lab.add_argument("--seeds", nargs="+", type=positive, default=[1, 2])
    lab.add_argument("--visits", type=positive, default=3, help="in each phase")
    lab.add_argument("--processes", type=positive, default=os.cpu_count())
    lab.add_argument("--json", action="store_true", help="every game's figures instead of tables")
    lab.add_argument("--plot", type=Path, metavar="FILE", help="draw the comparison, as PNG")
    return parser.parse_args(argv)

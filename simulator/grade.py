"""The subcommand `grade`: scores the running service as a grader does."""

import argparse
import json
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from recs.settings import Settings
from simulator import options
from simulator.chart import draw
from simulator.logcheck import check_log
from simulator.play import Game, NotReadyError
from simulator.progress import progress
from simulator.report import Report, faults, make_report
from simulator.table import means, table
from simulator.variations import shuffled, with_history

FAULTY, NOT_READY, STOPPED = 1, 2, 130
LOG_PATIENCE_SECONDS = 10.0


def add_arguments(parser: argparse.ArgumentParser, settings: Settings) -> None:
    """Declare the options."""
    options.add_dataset(parser)
    options.add_variations(parser)
    options.add_game(parser)
    options.add_service(parser, settings)
    group = parser.add_argument_group("the report")
    group.add_argument(
        "--seed", type=int, nargs="+", action="extend", help="one game per seed (default: 1)"
    )
    group.add_argument("--out", type=Path, default=Path("grades"), help="folder (grades)")
    group.add_argument(
        "--verify-log", type=Path, metavar="DATA_DIR", help="compare with the service's log on disk"
    )
    group.add_argument("--lenient", action="store_true", help="exit with 0 whatever is wrong")


def run(arguments: argparse.Namespace) -> int:
    """Play one game per seed. Returns the exit code."""
    games: list[Report] = []
    for seed in arguments.seed or [1]:
        try:
            games.append(_play(arguments, seed))
        except NotReadyError as error:
            print(error, file=sys.stderr)
            return NOT_READY
        if not games[-1]["complete"]:
            return STOPPED
    if len(games) > 1:
        print(means(games))
    faulty = any(faults(game) for game in games)
    return FAULTY if faulty and not arguments.lenient else 0


def _play(arguments: argparse.Namespace, seed: int) -> Report:
    """Play one seed, print its table, write its files."""
    dataset, name = options.dataset_of(arguments, seed)
    if arguments.shuffled:
        dataset, name = shuffled(dataset, seed), f"{name}, shuffled"
    if arguments.history:
        dataset = with_history(dataset, arguments.history)
        name = f"{name}, with {arguments.history:.0%} as history"
    how = replace(
        options.service_of(arguments),
        seed=seed,
        per_phase=arguments.visits,
        pace=arguments.pace,
        learning_seconds=arguments.learning,
    )
    game = Game(dataset, how)
    with progress(game) as show:
        game.play(show)
    log = None
    if arguments.verify_log is not None:
        log = check_log(arguments.verify_log, game.accepted(), LOG_PATIENCE_SECONDS)
    report = make_report(game, name, log)
    print(f"\n{table(report)}\n")
    _write(report, arguments.out)
    return report


def _write(report: Report, folder: Path) -> None:
    """Write a game as JSON and as a chart, named by time and seed."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"{datetime.now():%Y%m%d-%H%M%S}-seed{report['options']['seed']}"
    stem.with_suffix(".json").write_text(json.dumps(report, indent=1) + "\n")
    draw(report, stem.with_suffix(".png"))
    print(f"Written: {stem}.json and {stem}.png\n")

"""The subcommand `grade`: plays the running service and says what a grader would say."""

import argparse
import json
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from recs.settings import Settings
from simulator import options
from simulator.logcheck import check_log
from simulator.picture import draw
from simulator.play import Game, NotReadyError
from simulator.progress import progress
from simulator.report import Facts, facts, faults
from simulator.table import means, table

FAULTY, NOT_READY, STOPPED = 1, 2, 130
LOG_PATIENCE_SECONDS = 10.0


def add_arguments(parser: argparse.ArgumentParser, settings: Settings) -> None:
    """Declare the options."""
    options.add_world(parser)
    options.add_game(parser)
    options.add_service(parser, settings)
    report = parser.add_argument_group("the report")
    report.add_argument(
        "--seed", type=int, nargs="+", action="extend", help="one game a seed (default: 1)"
    )
    report.add_argument("--out", type=Path, default=Path("grades"), help="folder (grades)")
    report.add_argument(
        "--verify-log", type=Path, metavar="DATA_DIR", help="compare with the service's log on disk"
    )
    report.add_argument("--lenient", action="store_true", help="exit with 0 whatever was wrong")


def run(arguments: argparse.Namespace) -> int:
    """Play one game a seed. Returns the exit code."""
    games: list[Facts] = []
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


def _play(arguments: argparse.Namespace, seed: int) -> Facts:
    """Play one seed, print its table, write its files."""
    world, name = options.world_of(arguments, seed)
    service = options.service_of(arguments)
    how = replace(service, seed=seed, per_phase=arguments.visits, pace=arguments.pace)
    game = Game(world, how)
    with progress(game) as show:
        game.play(show)
    log = None
    if arguments.verify_log is not None:
        log = check_log(arguments.verify_log, game.scores.reacted, LOG_PATIENCE_SECONDS)
    found = facts(game, name, log)
    print(f"\n{table(found)}\n")
    _write(found, arguments.out)
    return found


def _write(found: Facts, folder: Path) -> None:
    """Keep a game as JSON and as picture, under the time and seed."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"{datetime.now():%Y%m%d-%H%M%S}-seed{found['options']['seed']}"
    stem.with_suffix(".json").write_text(json.dumps(found, indent=1) + "\n")
    draw(found, stem.with_suffix(".png"))
    print(f"Written: {stem}.json and {stem}.png\n")

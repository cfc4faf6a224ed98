"""The subcommand `grade`: plays the running service and says what a grader would say."""

import argparse
import json
import sys
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from recs.settings import Settings
from simulator.logcheck import check_log
from simulator.picture import draw
from simulator.play import Game, NotReadyError, Options
from simulator.progress import progress
from simulator.report import Facts, facts, faults
from simulator.table import means, table
from simulator.worlds import World, movielens, synthetic

FAULTY, NOT_READY, STOPPED = 1, 2, 130
LOG_PATIENCE_SECONDS = 10.0
INVENTED_VIEWERS = 120


def add_arguments(parser: argparse.ArgumentParser, settings: Settings) -> None:
    """Declare the options; addresses and token default to those of the service's settings."""
    default = Options()
    world = parser.add_argument_group("the world")
    world.add_argument("--data", type=Path, help="MovieLens folder; without: an invented world")
    world.add_argument("--viewers", type=_positive, help="so many, by chance (default: all)")
    world.add_argument(
        "--threshold", type=float, default=4.0, help="rating from which it is a like"
    )
    world.add_argument("--most-rated", type=_positive, help="keep only so many titles")
    world.add_argument("--most-active", type=_positive, help="keep only so many viewers")
    world.add_argument(
        "--late", type=_share, default=0.0, help="share of titles that arrive at half time"
    )
    game = parser.add_argument_group("the game")
    game.add_argument(
        "--seed", type=int, nargs="+", action="extend", help="one game a seed (default: 1)"
    )
    game.add_argument("--visits", type=_positive, default=default.per_phase, help="in each phase")
    game.add_argument(
        "--pace", type=_pace, default=default.pace, help="visits a second (20); 0: no pauses"
    )
    game.add_argument("--threads", type=_positive, default=default.threads)
    game.add_argument("--timeout", type=float, default=default.timeout_seconds, help="seconds")
    service = parser.add_argument_group("the service")
    service.add_argument("--collector", type=_address, default=settings.collector)
    service.add_argument("--recommender", type=_address, default=settings.recommender)
    service.add_argument("--token", default=settings.api_token, help="sent as a bearer")
    report = parser.add_argument_group("the report")
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
    world, name = _world(arguments, seed)
    game = Game(world, _options(arguments, seed))
    with progress(game) as show:
        game.play(show)
    log = None
    if arguments.verify_log is not None:
        log = check_log(arguments.verify_log, game.scores.reacted, LOG_PATIENCE_SECONDS)
    found = facts(game, name, log)
    print(f"\n{table(found)}\n")
    _write(found, arguments.out)
    return found


def _world(arguments: argparse.Namespace, seed: int) -> tuple[World, str]:
    if arguments.data is None:
        n_viewers = arguments.viewers or INVENTED_VIEWERS
        return synthetic(seed, n_viewers, late_share=arguments.late), "invented world"
    world = movielens(
        arguments.data,
        seed,
        threshold=arguments.threshold,
        viewers=arguments.viewers,
        late_share=arguments.late,
        most_active=arguments.most_active,
        most_rated=arguments.most_rated,
    )
    return world, arguments.data.resolve().name


def _options(arguments: argparse.Namespace, seed: int) -> Options:
    return Options(
        collector=arguments.collector,
        recommender=arguments.recommender,
        token=arguments.token,
        seed=seed,
        per_phase=arguments.visits,
        pace=arguments.pace,
        threads=arguments.threads,
        timeout_seconds=arguments.timeout,
    )


def _write(found: Facts, folder: Path) -> None:
    """Keep a game as JSON and as picture, under the time and seed."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"{datetime.now():%Y%m%d-%H%M%S}-seed{found['options']['seed']}"
    stem.with_suffix(".json").write_text(json.dumps(found, indent=1) + "\n")
    draw(found, stem.with_suffix(".png"))
    print(f"Written: {stem}.json and {stem}.png\n")


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise argparse.ArgumentTypeError(f"{text} is no address like http://127.0.0.1:5000")
    return text


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no whole number from 1")
    return int(text)


def _share(text: str) -> float:
    if not 0.0 <= float(text) <= 1.0:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return float(text)


def _pace(text: str) -> float:
    if float(text) < 0.0:
        raise argparse.ArgumentTypeError(f"{text} is negative")
    return float(text)

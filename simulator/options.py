"""Options of the command line that say which world is played, how, and against which service."""

import argparse
from pathlib import Path
from urllib.parse import urlsplit

from recs.settings import Settings
from simulator.play import Options
from simulator.worlds import World, movielens, synthetic

INVENTED_VIEWERS = 120
DEFAULT = Options()


def add_world(parser: argparse.ArgumentParser) -> None:
    """Declare what `world_of` reads."""
    world = parser.add_argument_group("the world")
    world.add_argument("--data", type=Path, help="MovieLens folder; without: an invented world")
    world.add_argument("--viewers", type=positive, help="so many, by chance (default: all)")
    world.add_argument("--threshold", type=float, default=4.0, help="a like is a rating from here")
    world.add_argument("--most-rated", type=positive, help="keep only so many titles")
    world.add_argument("--most-active", type=positive, help="keep only so many viewers")
    world.add_argument("--late", type=_share, default=0.0, help="share of titles that come late")


def add_game(parser: argparse.ArgumentParser) -> None:
    """Declare how it is played."""
    game = parser.add_argument_group("the game")
    game.add_argument("--visits", type=positive, default=DEFAULT.per_phase, help="in each phase")
    game.add_argument("--pace", type=_pace, default=DEFAULT.pace, help="visits a second; 0: full")


def add_service(parser: argparse.ArgumentParser, settings: Settings) -> None:
    """Declare where the service is; by default where its own settings put it."""
    service = parser.add_argument_group("the service")
    service.add_argument("--collector", type=_address, default=settings.collector)
    service.add_argument("--recommender", type=_address, default=settings.recommender)
    service.add_argument("--token", default=settings.api_token, help="sent as a bearer")
    service.add_argument("--threads", type=positive, default=DEFAULT.threads)
    service.add_argument(
        "--timeout", type=float, default=DEFAULT.timeout_seconds, metavar="SECONDS"
    )


def world_of(arguments: argparse.Namespace, seed: int) -> tuple[World, str]:
    """Make the world that was asked for. Returns its name, too."""
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


def service_of(arguments: argparse.Namespace) -> Options:
    """Say where and how the service is reached; how it is played stays at the defaults."""
    return Options(
        collector=arguments.collector,
        recommender=arguments.recommender,
        token=arguments.token,
        threads=arguments.threads,
        timeout_seconds=arguments.timeout,
    )


def positive(text: str) -> int:
    """Read a whole number from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no whole number from 1")
    return int(text)


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise argparse.ArgumentTypeError(f"{text} is no address like http://127.0.0.1:5000")
    return text


def _share(text: str) -> float:
    if not 0.0 <= float(text) <= 1.0:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return float(text)


def _pace(text: str) -> float:
    if not 0.0 <= float(text) < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not 0 or more")
    return float(text)

"""Options of the command line: the data set, how it is played, where the service is."""

import argparse
from pathlib import Path
from urllib.parse import urlsplit

from recs.settings import Settings
from simulator.datasets import Dataset, movielens
from simulator.play import Options
from simulator.synthetic import synthetic

SYNTHETIC_USERS = 120
DEFAULT = Options()


def add_dataset(parser: argparse.ArgumentParser) -> None:
    """Declare the options that `dataset_of` reads."""
    group = parser.add_argument_group("the data set")
    group.add_argument("--data", type=Path, help="MovieLens folder (default: a synthetic data set)")
    group.add_argument("--users", type=positive, help="size of a random sample (default: all)")
    group.add_argument(
        "--threshold", type=float, default=4.0, help="rating from which on it is a like"
    )
    group.add_argument("--most-rated", type=positive, help="keep so many items with most ratings")
    group.add_argument("--most-active", type=positive, help="keep so many users with most ratings")
    group.add_argument("--late", type=_share, default=0.0, help="share of items that come late")


def add_variations(parser: argparse.ArgumentParser) -> None:
    """Declare the options that make the data set of `grade` harder."""
    group = parser.add_argument_group("made harder")
    group.add_argument("--shuffled", action="store_true", help="items in random order")
    group.add_argument(
        "--history",
        type=_share,
        default=0.0,
        metavar="SHARE",
        help="users bring this share of their opinions, the oldest; scored by the rest (0.8, say)",
    )
    group.add_argument(
        "--learning",
        type=float,
        default=90.0,
        metavar="SECONDS",
        help="from history to visits",
    )


def add_game(parser: argparse.ArgumentParser) -> None:
    """Declare how the data set is played."""
    game = parser.add_argument_group("the game")
    game.add_argument("--visits", type=positive, default=DEFAULT.per_phase, help="in each phase")
    game.add_argument(
        "--pace", type=_pace, default=DEFAULT.pace, help="visits a second; 0: no pause"
    )


def add_service(parser: argparse.ArgumentParser, settings: Settings) -> None:
    """Declare where the service is; the defaults come from its settings."""
    service = parser.add_argument_group("the service")
    service.add_argument("--collector", type=_address, default=settings.collector)
    service.add_argument("--recommender", type=_address, default=settings.recommender)
    service.add_argument("--token", default=settings.api_token, help="sent as a bearer token")
    service.add_argument("--threads", type=positive, default=DEFAULT.threads)
    service.add_argument(
        "--timeout", type=float, default=DEFAULT.timeout_seconds, metavar="SECONDS"
    )


def dataset_of(arguments: argparse.Namespace, seed: int) -> tuple[Dataset, str]:
    """Return the data set that the options ask for, and its name."""
    if arguments.data is None:
        n_users = arguments.users or SYNTHETIC_USERS
        return synthetic(seed, n_users, late_share=arguments.late), "synthetic data set"
    dataset = movielens(
        arguments.data,
        seed,
        threshold=arguments.threshold,
        users=arguments.users,
        late_share=arguments.late,
        most_active=arguments.most_active,
        most_rated=arguments.most_rated,
    )
    return dataset, arguments.data.resolve().name


def service_of(arguments: argparse.Namespace) -> Options:
    """Return where the service is, with defaults for how to play."""
    return Options(
        collector=arguments.collector,
        recommender=arguments.recommender,
        token=arguments.token,
        threads=arguments.threads,
        timeout_seconds=arguments.timeout,
    )


def positive(text: str) -> int:
    """Read a whole number from 1 on."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1 on")
    return int(text)


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise argparse.ArgumentTypeError(f"{text} is not an address like http://127.0.0.1:5000")
    return text


def _share(text: str) -> float:
    if not 0.0 <= float(text) <= 1.0:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return float(text)


def _pace(text: str) -> float:
    if not 0.0 <= float(text) < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not 0 or more")
    return float(text)

"""The subcommand `bench`: requests per second of each endpoint, and time from like to list."""

import argparse
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random

from recs.settings import Settings
from simulator import freshness
from simulator.client import Answer
from simulator.options import add_service, positive, service_of
from simulator.play import Clients, Game, NotReadyError
from simulator.synthetic import synthetic
from simulator.table import columns

Ask = Callable[[Clients, str, str], Answer]


def add_arguments(parser: argparse.ArgumentParser, settings: Settings) -> None:
    """Declare the options."""
    add_service(parser, settings)
    parser.add_argument("--seconds", type=positive, default=5, help="for each endpoint (5)")
    parser.add_argument("--users", type=positive, default=1000, help="who make the requests (1000)")


def run(arguments: argparse.Namespace) -> int:
    """Clean up, add a synthetic catalogue, measure the time from like to list, then throughput."""
    game = Game(synthetic(seed=1, n_users=arguments.users), service_of(arguments))
    try:
        game.prepare()
    except NotReadyError as error:
        print(error, file=sys.stderr)
        return 2
    rows = [["", "a second", "mean ms", "p50", "p95", "p99", "max", "errors"]]
    freshness.measure(game, arguments.seconds)
    rows += [_row(game, freshness.ENDPOINT, "like to list", arguments.seconds)]
    for endpoint, ask in (("recs", _ask_list), ("interact", _react)):
        _load(game, endpoint, ask, arguments.seconds)
        rows += [_row(game, endpoint, f"/{endpoint}", arguments.seconds)]
    print(columns(rows))
    return int(bool(game.traffic.errors()))


def _load(game: Game, endpoint: str, ask: Ask, seconds: int) -> None:
    """Send requests from all threads, without pauses."""
    until = time.perf_counter() + seconds
    threads = game.options.threads
    with ThreadPoolExecutor(threads) as pool:
        for lane in [pool.submit(_lane, game, endpoint, ask, until, n) for n in range(threads)]:
            lane.result()


def _row(game: Game, endpoint: str, label: str, seconds: int) -> list[str]:
    """Return a row of the table."""
    figures = game.traffic.latency(endpoint)
    times = (figures.mean, figures.p50, figures.p95, figures.p99, figures.max)
    errors = sum(game.traffic.errors().get(endpoint, {}).values())
    cells = [f"{figures.requests / seconds:,.0f}", *(f"{each:.1f}" for each in times)]
    return [label, *cells, str(errors)]


def _lane(game: Game, endpoint: str, ask: Ask, until: float, seed: int) -> None:
    random, users, items = Random(seed), list(game.dataset.opinions), game.dataset.item_ids
    with game.clients() as clients:
        while time.perf_counter() < until:
            answer = ask(clients, random.choice(users), random.choice(items))
            game.traffic.record(endpoint, 1, answer)


def _ask_list(clients: Clients, user_id: str, _: str) -> Answer:
    return clients.recommender.get(f"/recs/{user_id}")


def _react(clients: Clients, user_id: str, item_id: str) -> Answer:
    interaction = {"user_id": user_id, "item_ids": [item_id], "actions": ["like"]}
    return clients.collector.post("/interact", {**interaction, "timestamp": time.time()})

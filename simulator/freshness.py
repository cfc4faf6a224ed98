"""Freshness: the time from sending a like until a list of the user is ranked with it."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

from simulator.client import Answer
from simulator.play import Clients, Game, listed

ENDPOINT = "like to list"
"""The name under which the times are recorded."""

PACE = 20.0
"""New users a second."""
PATIENCE_SECONDS = 5.0


def measure(game: Game, seconds: int) -> None:
    """Have new users come, each with one like, and record how long each waits for a new list.

    /interact returns a number, and /recs?after= says whether its list is ranked with that like.
    """
    start, threads = time.perf_counter(), game.options.threads

    def lane(first: int) -> None:
        with game.clients() as clients:
            for number in range(first, int(seconds * PACE), threads):
                time.sleep(max(start + number / PACE - time.perf_counter(), 0.0))
                _like_and_wait(game, clients, f"first-like-{number}")

    with ThreadPoolExecutor(threads) as pool:
        for each in [pool.submit(lane, first) for first in range(threads)]:
            each.result()


def _like_and_wait(game: Game, clients: Clients, user_id: str) -> None:
    items = listed(clients.recommender.get(f"/recs/{user_id}"))
    if not items:
        game.traffic.record(ENDPOINT, 1, Answer("no list", b"", 0.0))
        return
    like = {"user_id": user_id, "item_ids": items[:1], "actions": ["like"]}
    begun = time.perf_counter()
    sent = clients.collector.post("/interact", like)
    outcome = sent.outcome
    while outcome == "200" and not _is_fresh(clients, user_id, json.loads(sent.body)["after"]):
        if time.perf_counter() - begun > PATIENCE_SECONDS:
            outcome = "no new list"
    game.traffic.record(ENDPOINT, 1, Answer(outcome, b"", time.perf_counter() - begun))


def _is_fresh(clients: Clients, user_id: str, after: int) -> bool:
    """Ask for one item. The service waits a moment for the ranking before it answers."""
    answer = clients.recommender.get(f"/recs/{user_id}?k=1&after={after}")
    return answer.ok and bool(json.loads(answer.body)["ranked"])

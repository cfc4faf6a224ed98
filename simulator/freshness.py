"""How soon an interaction is felt: from its sending until the viewer's next titles answer to it."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

from simulator.client import Answer
from simulator.play import Doors, Game, listed

PACE = 20.0
"""New viewers a second."""
POLL_SECONDS = 0.01
PATIENCE_SECONDS = 5.0


def measure(game: Game, seconds: int) -> None:
    """Let new viewers come, each with one like; their waiting is recorded as the endpoint `felt`.

    Whoever has not reacted yet is drawn to no genre. With his first like, explanations name
    genres: then his list has been ranked anew.
    """
    start, threads = time.perf_counter(), game.options.threads

    def lane(first: int) -> None:
        with game.doors() as doors:
            for number in range(first, int(seconds * PACE), threads):
                time.sleep(max(start + number / PACE - time.perf_counter(), 0.0))
                _like_and_wait(game, doors, f"first-like-{number}")

    with ThreadPoolExecutor(threads) as pool:
        for each in [pool.submit(lane, first) for first in range(threads)]:
            each.result()


def _like_and_wait(game: Game, doors: Doors, user_id: str) -> None:
    titles = listed(doors.recommender.get(f"/recs/{user_id}"))
    if not titles:
        game.traffic.record("felt", 1, Answer("no list", b"", 0.0))
        return
    like = {"user_id": user_id, "item_ids": titles[:1], "actions": ["like"]}
    begun = time.perf_counter()
    outcome = doors.collector.post("/interact", like).outcome
    while outcome == "200" and not _is_felt(doors, user_id):
        if time.perf_counter() - begun > PATIENCE_SECONDS:
            outcome = "not felt"
        time.sleep(POLL_SECONDS)
    game.traffic.record("felt", 1, Answer(outcome, b"", time.perf_counter() - begun))


def _is_felt(doors: Doors, user_id: str) -> bool:
    answer = doors.recommender.get(f"/recs/{user_id}?k=1&explain=1")
    return answer.ok and any(item["genres"] for item in json.loads(answer.body)["items"])

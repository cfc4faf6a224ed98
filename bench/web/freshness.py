"""Time from a like to the list that is ranked with it, at a pace of new users."""

import json
from time import perf_counter
from uuid import uuid4

from bench.web.open_loop import Pool, check, run
from recs.settings import Settings

PATIENCE_SECONDS = 60.0


def measure(settings: Settings, pace: float, seconds: float) -> dict[str, float]:
    """Have `pace` new users a second ask for a list, like its first item, and wait for the next.

    The time counts from when the like is sent.
    """
    run_id = uuid4().hex[:8]

    async def like(pool: Pool, number: int) -> float:
        user, recommender = f"{run_id}-{number}", settings.recommender_port
        items = json.loads(check(await pool.get(recommender, f"/recs/{user}")))["item_ids"]
        body = {"user_id": user, "item_ids": items[:1], "actions": ["like"]}
        sent = perf_counter()
        told = json.loads(check(await pool.post(settings.collector_port, "/interact", body)))
        path = f"/recs/{user}?k=1&after={told['after']}"
        while not json.loads(check(await pool.get(recommender, path)))["ranked"]:
            if perf_counter() - sent > PATIENCE_SECONDS:
                raise ValueError("no ranked list")
        return perf_counter() - sent

    return {"pace": pace} | run(like, pace, seconds)

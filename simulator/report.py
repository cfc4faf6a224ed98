"""What a game came to, as one dictionary: the table and the picture are drawn from it alone."""

import platform
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from os import cpu_count
from statistics import fmean
from typing import Any

import numpy as np

from simulator.logcheck import LogCheck
from simulator.play import Game
from simulator.schedule import PHASES

WINDOWS = 40
SCOPES: dict[str, int | None] = {"all": None} | {f"phase {phase}": phase for phase in PHASES}

Facts = dict[str, Any]


def facts(game: Game, world_name: str, log: LogCheck | None = None) -> Facts:
    """Sum a game up. Everything in it can be written as JSON; the token is left out."""
    world, traffic = game.world, game.traffic
    visits = len(traffic.milliseconds("recs"))
    return {
        "world": {
            "name": world_name,
            "viewers": len(world.opinions),
            "titles": len(world.item_ids),
            "late_titles": len(world.late),
            "opinions": sum(len(opinions) for opinions in world.opinions.values()),
        },
        "options": {**asdict(game.options), "token": bool(game.options.token)},
        "versions": _versions(),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "complete": game.complete,
        "visits": visits,
        "seconds": game.seconds,
        "scores": {name: game.scores.summary(phase).as_dict() for name, phase in SCOPES.items()},
        "breaches": game.scores.summary().breaches,
        "errors": traffic.errors(),
        "interactions": _interactions(game),
        "latency_ms": {
            endpoint: {name: _latency(game, endpoint, phase) for name, phase in SCOPES.items()}
            for endpoint in ("recs", "interact")
        },
        "preparation_ms": {
            endpoint: traffic.milliseconds(endpoint) for endpoint in ("cleanup", "add_items")
        },
        "client": {
            "late_share": traffic.late_share(),
            "worst_lag_ms": max(traffic.lags, default=0.0) * 1000,
            "resent": traffic.resent(),
            "processor_share": game.processor_seconds / max(game.seconds, 1e-9),
        },
        "series": _series(game),
        "log": log and {**asdict(log), "equal": log.equal},
    }


def faults(found: Facts) -> int:
    """How much in a game must not be: errors, breaches of the contract, interactions lost."""
    errors = sum(sum(counts.values()) for counts in found["errors"].values())
    lost = found["log"]["missing"] + found["log"]["foreign"] if found["log"] else 0
    return int(errors + found["breaches"] + lost)


def _interactions(game: Game) -> dict[str, float]:
    opinions, reacted = game.world.opinions, game.scores.reacted
    likes = [opinions[user_id][item] for user_id, items in reacted.items() for item in items]
    return {"accepted": len(likes), "like_share": fmean(likes) if likes else 0.0}


def _latency(game: Game, endpoint: str, phase: int | None) -> dict[str, Any]:
    """Figures of an endpoint, and its percentiles from 0 to 100 for the picture."""
    times = game.traffic.milliseconds(endpoint, phase)
    curve = np.percentile(times, np.arange(101)).round(3).tolist() if times else []
    return {**game.traffic.latency(endpoint, phase).as_dict(), "percentiles": curve}


def _series(game: Game) -> list[dict[str, float]]:
    """Means over equal windows of the run; coverage is what has been reached at their end."""
    lists, times = game.scores.lists, game.traffic.milliseconds("recs")
    windows = []
    for part in np.array_split(np.arange(len(lists)), min(WINDOWS, len(lists)) or 1):
        served = [lists[number] for number in part]
        if served:
            p50, p95 = np.percentile(times[part[0] : part[-1] + 1], [50, 95]).tolist()
            windows.append(
                {
                    "visits": int(part[-1]) + 1,
                    "precision": fmean(each.precision for each in served),
                    "ndcg": fmean(each.ndcg for each in served),
                    "diversity": fmean(each.diversity for each in served),
                    "coverage": served[-1].covered / len(game.world.item_ids),
                    "p50_ms": p50,
                    "p95_ms": p95,
                }
            )
    return windows


def _versions() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "system": platform.platform(),
        "cores": cpu_count(),
    }

"""The report of a game as one dictionary. Table and chart are made from it alone."""

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

Report = dict[str, Any]


def make_report(game: Game, dataset_name: str, log: LogCheck | None = None) -> Report:
    """Sum up a game. The result can be written as JSON; the token is left out."""
    dataset, traffic = game.dataset, game.traffic
    visits = len(traffic.milliseconds("recs"))
    return {
        "dataset": {
            "name": dataset_name,
            "users": len(dataset.opinions),
            "items": len(dataset.item_ids),
            "late_items": len(dataset.late),
            "opinions": sum(len(opinions) for opinions in dataset.opinions.values()),
            "history": sum(len(opinions) for opinions in dataset.history.values()),
        },
        "options": {**asdict(game.options), "token": bool(game.options.token)},
        "versions": _versions(),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "complete": game.complete,
        "visits": visits,
        "seconds": game.seconds,
        "scores": {name: asdict(game.scores.summary(phase)) for name, phase in SCOPES.items()},
        "first_lists": _first_lists(game),
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


def _first_lists(game: Game) -> dict[str, float]:
    """Return the mean scores of the users' first lists; none without a history."""
    first = game.scores.first.values()
    if not (first and game.dataset.history):
        return {}
    return {name: fmean(getattr(each, name) for each in first) for name in ("precision", "ndcg")}


def faults(report: Report) -> int:
    """Count errors, breaches of the contract, and lost interactions."""
    errors = sum(sum(counts.values()) for counts in report["errors"].values())
    lost = report["log"]["missing"] + report["log"]["foreign"] if report["log"] else 0
    return int(errors + report["breaches"] + lost)


def _interactions(game: Game) -> dict[str, float]:
    opinions, interacted = game.dataset.opinions, game.scores.interacted
    likes = [opinions[user_id][item] for user_id, items in interacted.items() for item in items]
    return {"accepted": len(likes), "like_share": fmean(likes) if likes else 0.0}


def _latency(game: Game, endpoint: str, phase: int | None) -> dict[str, Any]:
    """Return latencies of an endpoint, and its percentiles from 0 to 100 for the chart."""
    times = game.traffic.milliseconds(endpoint, phase)
    curve = np.percentile(times, np.arange(101)).round(3).tolist() if times else []
    return {**asdict(game.traffic.latency(endpoint, phase)), "percentiles": curve}


def _series(game: Game) -> list[dict[str, float]]:
    """Return means over equal windows of the run; coverage is that at the window's end.

    A visit that got no list has a time and no scores.
    """
    lists, times = game.scores.lists, game.traffic.milliseconds("recs")
    visits = np.flatnonzero(game.traffic.is_fine("recs")).tolist()
    windows = []
    for part in np.array_split(np.arange(len(lists)), min(WINDOWS, len(lists)) or 1):
        served = [lists[number] for number in part]
        if served:
            first, last = visits[part[0]], visits[part[-1]]
            p50, p95 = np.percentile(times[first : last + 1], [50, 95]).tolist()
            windows.append(
                {
                    "visits": last + 1,
                    "precision": fmean(each.precision for each in served),
                    "ndcg": fmean(each.ndcg for each in served),
                    "diversity": fmean(each.diversity for each in served),
                    "coverage": served[-1].covered / len(game.dataset.item_ids),
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

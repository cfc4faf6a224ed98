"""What the dashboard shows: figures of the statistics worker, models, how the servers are."""

from collections.abc import Mapping
from time import time

from recs.stores import Stores
from recs.stores.models import Version
from recs.types import Generation, Json

SAMPLES = 300
ITEMS = 10
MODELS = 30
TOTALS = ("likes", "dislikes", "watched", "undone", "interactions", "impressions", "lists")


def gather(
    stores: Stores,
    generation: Generation,
    figures: Json,
    servers: Mapping[str, str],
) -> Json:
    """Return all figures of a generation. Raises RedisError.

    figures: of the statistics worker; empty before it has published any.
    servers: name -> state, as in /readyz.
    """
    totals = {**dict.fromkeys(TOTALS, 0), **figures.get("totals", {})}
    return {
        "generation": generation,
        "now": time(),
        "totals": {**totals, "dead_letters": stores.log.count_dead_letters(generation)},
        "coverage": figures.get("coverage", 0.0),
        "statistics": {
            name: figures.get(name)
            for name in ("time", "window", "users", "refresh_seconds", "similarity_waiting")
        },
        "waiting": stores.waiting.length(generation),
        "failing": stores.waiting.failing(generation),
        "impressions_lost": stores.impressions.lost,
        "samples": stores.time_series.samples(generation, SAMPLES),
        "models": _models(stores, generation),
        "top_liked": figures.get("top_liked", [])[:ITEMS],
        "top_shown": figures.get("top_shown", [])[:ITEMS],
        "servers": dict(servers),
    }


def _models(stores: Stores, generation: Generation) -> list[Json]:
    """Return the versions, newest first. `current`: the version in use."""
    choice = stores.models.current(generation)
    current = choice.number if choice else None
    versions = stores.models.versions(generation)[: -MODELS - 1 : -1]
    return [_model(version) | {"current": version.number == current} for version in versions]


def _model(version: Version) -> Json:
    report, quality = version.report, version.report.quality
    return {
        "version": version.number,
        "promoted": version.promotion.promoted,
        "reason": version.promotion.reason,
        "created": version.created,
        "duration_seconds": report.seconds,
        "interactions": report.interactions,
        "auc": quality and quality.auc,
        "precision_at_10": quality and quality.precision,
        "ndcg_at_10": quality and quality.ndcg,
    }

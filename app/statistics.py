"""What the engine room shows: figures out of Redis, the models on disk, how the servers are."""

from collections.abc import Callable, Mapping
from time import time

from recs.stores import Stores
from recs.stores.models import Version
from recs.types import Generation, Json

SAMPLES = 300
TITLES = 10
MODELS = 30


def gather(stores: Stores, checks: Mapping[str, Callable[[], str]]) -> Json:
    """Return all figures of the current generation."""
    generation = stores.generations.current()
    figures = stores.figures
    return {
        "generation": generation,
        "now": time(),
        "totals": figures.totals(generation),
        "coverage": figures.coverage(generation),
        "samples": figures.samples(generation, SAMPLES),
        "models": _models(stores, generation),
        "top_liked": figures.most(generation, "likes", TITLES),
        "top_shown": figures.most(generation, "impressions", TITLES),
        "servers": {name: check() for name, check in checks.items()},
    }


def _models(stores: Stores, generation: Generation) -> list[Json]:
    """Return the versions, newest first; `current` is the one that ranks."""
    choice = stores.models.current(generation)
    current = choice.number if choice else None
    versions = stores.models.versions(generation)[: -MODELS - 1 : -1]
    return [_model(version) | {"current": version.number == current} for version in versions]


def _model(version: Version) -> Json:
    report, quality = version.report, version.report.quality
    return {
        "version": version.number,
        "published": version.verdict.published,
        "reason": version.verdict.reason,
        "created": version.created,
        "duration_seconds": report.seconds,
        "interactions": report.interactions,
        "auc": quality and quality.auc,
        "precision_at_10": quality and quality.precision,
        "ndcg_at_10": quality and quality.ndcg,
    }

"""The service itself: generations and figures."""

from time import sleep, time

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue

from app.answers import Clean, Stats
from app.context import context, current_generation
from app.describing import operation
from app.readiness import Readiness
from recs.stores import Stores
from recs.stores.generations import LEASE_SECONDS
from recs.stores.models import Version
from recs.types import Generation, Json

blueprint = Blueprint("service", __name__)

SAMPLES = 300
ITEMS = 10
MODELS = 30
OF_STATISTICS = ("time", "window", "users", "refresh_seconds", "similarity_waiting")
TOTALS = ("likes", "dislikes", "watched", "undone", "interactions", "impressions", "lists")

EXAMPLE = {"status": "clean", "generation": 1726148676300}


@blueprint.route("/cleanup", methods=["GET", "POST"])
@operation(Clean, 503, writes=True, example=EXAMPLE)
def cleanup() -> ResponseReturnValue:
    """Begin a new generation: everything before is gone."""
    generation = context().stores.generations.begin()
    context().stores.lease.look()
    sleep(LEASE_SECONDS)  # other processes may use the old one for so long
    return jsonify(status="clean", generation=generation)


@blueprint.get("/stats")
@operation(Stats, 503)
def get_stats() -> ResponseReturnValue:
    """The figures of the dashboard."""
    readiness: Readiness = current_app.extensions["readiness"]
    stores, generation = context().stores, current_generation()
    figures = context().view.items().figures  # empty before the statistics worker has published any
    totals = {**dict.fromkeys(TOTALS, 0), **figures.get("totals", {})}
    return jsonify(
        generation=generation,
        now=time(),
        totals={**totals, "dead_letters": stores.log.count_dead_letters(generation)},
        coverage=figures.get("coverage", 0.0),
        statistics={name: figures.get(name) for name in OF_STATISTICS},
        waiting=stores.waiting.length(generation),
        failing=stores.waiting.failing(generation),
        impressions_lost=stores.impressions.lost,
        samples=stores.time_series.samples(generation, SAMPLES),
        models=_models(stores, generation),
        top_liked=figures.get("top_liked", [])[:ITEMS],
        top_shown=figures.get("top_shown", [])[:ITEMS],
        servers={name: state.text for name, state in readiness.states().items()},
    )


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

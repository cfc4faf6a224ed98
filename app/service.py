"""The service itself: generations and figures."""

from time import sleep

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue

from app import stats
from app.answers import Clean, Stats
from app.context import context, current_generation
from app.describing import operation
from app.readiness import Readiness
from recs.stores.generations import LEASE_SECONDS

blueprint = Blueprint("service", __name__)

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
    servers = {name: state.text for name, state in readiness.states().items()}
    figures = context().view.items().figures
    return jsonify(stats.gather(context().stores, current_generation(), figures, servers))

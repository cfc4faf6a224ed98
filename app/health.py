"""How a process is: /healthcheck or /livez for it alone, /readyz with the servers it needs."""

from flask import Blueprint, Flask, current_app, jsonify
from flask.typing import ResponseReturnValue

from app import ignored
from app.answers import Alive, Ready
from app.describing import operation
from app.readiness import OK, Readiness

blueprint = Blueprint("health", __name__)

READY = {"status": "ok", "servers": {"redis": "ok"}, "degraded": [], "advice": {}}


@blueprint.get("/livez", endpoint="alive_at_livez")
@blueprint.get("/healthcheck")
@operation(Alive, example={"status": "ok"})
def alive() -> ResponseReturnValue:
    """Whether this process answers at all."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@operation(Ready, example={**READY, "ignored_fields": {}}, unready=Ready)
def ready() -> ResponseReturnValue:
    """Whether the service does its work, and if not, what to do. 503: this process cannot serve."""
    readiness: Readiness = current_app.extensions["readiness"]
    states = readiness.states()
    degraded = sorted(name for name, state in states.items() if state != OK)
    cannot_serve = readiness.needed in degraded and not states[readiness.needed].is_usable
    status = "down" if cannot_serve else "degraded" if degraded else "ok"
    answer = jsonify(
        status=status,
        servers={name: state.text for name, state in states.items()},
        degraded=degraded,
        advice={name: states[name].advice for name in degraded},
        ignored_fields=ignored.counts(),
    )
    return answer, 503 if status == "down" else 200


def register(app: Flask, readiness: Readiness) -> None:
    """Add these checks to an app without a description."""
    app.extensions["readiness"] = readiness
    app.register_blueprint(blueprint)

"""How a process is: /healthcheck and /livez. /readyz, with the servers, is registered by role."""

from flask import Blueprint, Flask, jsonify
from flask.typing import ResponseReturnValue

from app import ignored
from app.readiness import OK, Readiness

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthcheck")
@blueprint.get("/livez")
def alive() -> ResponseReturnValue:
    """Answer 200 as long as this process answers at all."""
    return jsonify(status="ok")


def register(app: Flask) -> None:
    """Add the checks that every role has."""
    app.register_blueprint(blueprint)


def add_readiness(app: Flask, readiness: Readiness) -> None:
    """Add /readyz: what is wrong, and what to do. 503 if this process cannot serve."""

    @app.get("/readyz")
    def ready() -> ResponseReturnValue:
        states = readiness.states()
        degraded = sorted(name for name, state in states.items() if state != OK)
        cannot_serve = any(
            name == readiness.needed and not states[name].is_usable for name in degraded
        )
        status = "down" if cannot_serve else "degraded" if degraded else "ok"
        answer = jsonify(
            status=status,
            servers={name: state.text for name, state in states.items()},
            degraded=degraded,
            advice={name: states[name].advice for name in degraded},
            ignored_fields=ignored.of(app).counts(),
        )
        return answer, 503 if status == "down" else 200

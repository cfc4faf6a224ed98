"""How a process is: /healthcheck and /livez. /readyz, with the servers, is registered by role."""

from collections.abc import Callable, Mapping

from flask import Blueprint, Flask, jsonify
from flask.typing import ResponseReturnValue

Check = Callable[[], str]
"""Returns "ok", or in a few words what is wrong."""

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthcheck")
@blueprint.get("/livez")
def alive() -> ResponseReturnValue:
    """Answer 200 as long as this process answers at all."""
    return jsonify(status="ok")


def register(app: Flask) -> None:
    """Add the checks that every role has."""
    app.register_blueprint(blueprint)


def add_readiness(app: Flask, checks: Mapping[str, Check], needed: str = "") -> None:
    """Add /readyz: 200 as long as this process can serve, with what is degraded by name.

    needed: the server without which it cannot; then 503.
    """

    @app.get("/readyz")
    def ready() -> ResponseReturnValue:
        servers = {name: check() for name, check in checks.items()}
        degraded = sorted(name for name, state in servers.items() if state != "ok")
        status = "down" if needed in degraded else "degraded" if degraded else "ok"
        answer = jsonify(status=status, servers=servers, degraded=degraded)
        return answer, 503 if status == "down" else 200

"""Readiness of the page: the state of the two services behind it, from their /readyz."""

from app.page.client import ServiceDown, Services
from app.readiness import OK, Probe, State

SERVICES = ("collector", "recommender")


def of_services(services: Services) -> Probe:
    """Ask both services whether they are ready."""
    return lambda: {name: _state(services, name) for name in SERVICES}


def _state(services: Services, name: str) -> State:
    try:
        told = services.readiness(name)
    except ServiceDown:
        return State("down: does not answer", f"start the {name} process, or mend its address")
    if told.get("status") == "ok":
        return OK
    degraded = told.get("degraded") or []
    advice = told.get("advice") or {}
    return State(
        f"{told.get('status')}: {', '.join(degraded)}",
        "; ".join(f"{each}: {advice.get(each, '')}" for each in degraded),
        is_usable=told.get("status") == "degraded",
    )

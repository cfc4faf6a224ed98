"""What the views of the recommender stand on."""

from dataclasses import dataclass

from flask import current_app

from app.background import Background
from app.drafting import Drafting
from app.marks import Marks
from app.readiness import RecentErrors
from app.shared_view import SharedView
from recs.settings import Settings
from recs.stores import Stores
from recs.stores.breaker import CircuitBreaker
from recs.types import Generation


@dataclass(frozen=True)
class Context:
    """Of one app."""

    settings: Settings
    stores: Stores
    view: SharedView
    marks: Marks
    breaker: CircuitBreaker
    background: Background
    errors: RecentErrors
    drafting: Drafting


def context() -> Context:
    """Return that of the app which answers. Its background work begins with the first request."""
    found: Context = current_app.extensions["recommender"]
    found.background.start()
    return found


def current_generation() -> Generation:
    """Return the current generation as it is at this moment; begin the first one."""
    return context().view.look() or context().stores.generations.restore()

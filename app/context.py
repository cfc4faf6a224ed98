"""What the views of the recommender share."""

from dataclasses import dataclass
from threading import local

from flask import current_app

from app.background import Background
from app.marks import Marks
from app.readiness import RecentErrors
from app.shared_view import SharedView
from recs.ranking.ranker import Ranker
from recs.ranking.settings import RankingSettings
from recs.settings import Settings
from recs.stores import Stores
from recs.stores.breaker import CircuitBreaker
from recs.types import Generation, UserId


class Rankers(local):
    """A ranker for each thread: they are not thread-safe."""

    def __init__(self, settings: RankingSettings) -> None:
        self.mine = Ranker(settings)


@dataclass(frozen=True)
class Context:
    """What the views of one app share."""

    settings: Settings
    stores: Stores
    view: SharedView
    marks: Marks
    breaker: CircuitBreaker
    background: Background
    errors: RecentErrors
    rankers: Rankers

    def breaker_for(self, generation: Generation, user: UserId) -> CircuitBreaker:
        """Return what pauses calls to the Redis that has a user's keys."""
        return self.breaker.of(self.stores.users.node_of(generation, user))


def context() -> Context:
    """Return the context of the app that answers. Its first request starts the background work."""
    found: Context = current_app.extensions["recommender"]
    found.background.start()
    return found


def current_generation() -> Generation:
    """Ask for the generation that is current at this moment; begin the first if there is none."""
    stores = context().stores
    return stores.lease.look() or stores.generations.restore()

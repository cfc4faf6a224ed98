"""Ranks lists on demand: under a filter, for a group, for a guest.

And the first slate of a user who has a history but was not ranked yet. The ranker and the published
statistics are the same as for prepared slates.
"""

from collections.abc import Sequence
from threading import Lock, local

from app.item_view import Mask
from recs.ranking.ranker import Ranker
from recs.ranking.slates import NO_ENTRIES, Entries
from recs.ranking.sources import Sources
from recs.ranking.user_state import UserState
from recs.stores import Stores
from recs.types import Generation
from workers.published import Published


class Drafting:
    """Ranks in a web process. Any thread may use it."""

    def __init__(self, stores: Stores) -> None:
        self._settings = stores.settings.ranking
        self._n_lists = stores.settings.slate_lists
        self._published = Published(stores)
        self._lock = Lock()
        self._own = local()

    def rank(
        self, generation: Generation, users: Sequence[UserState], k: int, within: Mask
    ) -> Entries:
        """Return the best k items for these users together that none of them has seen.

        Empty before the first statistics.
        """
        sources = self.sources(generation)
        if sources is None:
            return NO_ENTRIES
        n_lists = -(-k // self._settings.list_length)
        return self._ranker().rank_now(users, sources, n_lists, within)[:k]

    def slate(self, generation: Generation, user: UserState) -> Entries:
        """Return a whole slate as rankers make it, but without Qdrant and without reservations.

        Empty before the first statistics. Raises what ranking raises.
        """
        sources = self.sources(generation)
        if sources is None:
            return NO_ENTRIES
        draft = self._ranker().draft(user, sources, self._n_lists)
        return draft.finish(draft.wish.preferred[: draft.wish.count])

    def sources(self, generation: Generation) -> Sources | None:
        """Return the newest statistics and models; None before the first."""
        with self._lock:
            return self._published.sources(generation)

    def _ranker(self) -> Ranker:
        """Return this thread's own ranker: rankers are not thread-safe."""
        if not hasattr(self._own, "ranker"):
            self._own.ranker = Ranker(self._settings)
        ranker: Ranker = self._own.ranker
        return ranker

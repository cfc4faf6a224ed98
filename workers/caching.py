"""Ranked lists, from what happened to Redis: everyone's, newcomers', and each viewer's own."""

import logging
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from time import monotonic, time
from typing import TYPE_CHECKING

from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from recs.errors import ModelUnreadable
from recs.settings import Settings
from recs.stores import Stores
from recs.stores.keys import Keys
from recs.types import Generation, UserId
from workers import celery, settings, stores, vectors
from workers.replica import GapInEvents, Replica

if TYPE_CHECKING:
    from recs.stores.vectors import Vectors

log = logging.getLogger(__name__)

VIEWERS_A_CALL = 50
"""Ranked between two writes: the first of many need not wait for the last."""
PATIENCE_SECONDS = 1.0
"""After this long a refresh makes room for other tasks and asks for another."""
POPULAR_LENGTH = 100
NEW_TITLES_SECONDS = 10.0
"""At the earliest after so long, new titles have all lists ranked again another time."""


def ask_for_refresh(stores: Stores) -> None:
    """Send for a refresh, unless one is on its way. If that fails, the clock will ask."""
    with suppress(RedisError, OperationalError):
        asked = Keys(settings().namespace, stores.generations.current()).asked
        if stores.redis.set(asked, "1", nx=True, px=1000):
            refresh.apply_async(expiration=5, retry=False)  # type: ignore[call-arg]


@celery.task(name="refresh")
def refresh() -> None:
    """Bring the lists up to date."""
    if _cache_of_this_process().refresh():
        ask_for_refresh(stores())


class Cache:
    """Keeps the lists in Redis up to date, out of its replica of the current generation."""

    def __init__(self, stores: Stores, settings: Settings, vectors: "Vectors") -> None:
        self._stores = stores
        self._vectors = vectors
        self._settings = settings
        self._replica: Replica | None = None
        self._learning = Pace(settings.learn_every_seconds)
        self._restocking = Pace(settings.starters_every_seconds)
        self._spreading = Pace(NEW_TITLES_SECONDS)
        self._rolling = Pace(0.0)

    def refresh(self) -> bool:
        """Follow what happened, rank who waits, refresh what is old. True: there is more to do."""
        generation = self._stores.generations.current()
        self._stores.redis.delete(Keys(self._settings.namespace, generation).asked)
        end = monotonic() + PATIENCE_SECONDS
        waiting = True
        while waiting and monotonic() < end:
            waiting = self._rank_stale(generation)
            if self._restocking.due():
                break  # newcomers wait, too; whoever is left will be asked for again
        replica = self._replica_of(generation)
        if self._learning.due():
            replica.ranker.learn()
            self._write_popular(replica)
            self._learning.done()
            if replica.has_new_titles and self._spreading.due():
                self._spread_new_titles(replica)
                self._spreading.done()
        if self._restocking.due():
            self._write_starters(replica)
            self._restocking.done()
        if not waiting:
            self._roll(replica)
        return waiting

    def _rank_stale(self, generation: Generation) -> bool:
        """Rank some of the viewers who wait. True: there may be more."""
        stale = self._stores.viewers.take_stale(generation, VIEWERS_A_CALL)
        try:
            replica = self._replica_of(generation)
            self._rank(replica, [user for user, _ in stale])
        except Exception:
            with suppress(RedisError):
                self._stores.viewers.put_back(generation, stale)
            raise
        now = time()
        delays = [1000 * (now - since) for _, since in stale if since <= now]
        self._stores.figures.note_delays(generation, delays)
        return len(stale) == VIEWERS_A_CALL

    def _rank(self, replica: Replica, users: list[UserId]) -> None:
        if users:
            pages = self._settings.pages
            lists = {user: replica.ranker.rank(user, pages) for user in users}
            self._stores.lists.write(replica.generation, lists)

    def _spread_new_titles(self, replica: Replica) -> None:
        """Have the lists of all who are here ranked again, now that new titles are candidates."""
        replica.has_new_titles = False
        seen_since = time() - self._settings.active_seconds
        self._stores.viewers.mark_stale(replica.generation, seen_since)

    def _write_popular(self, replica: Replica) -> None:
        genres: list[str | None] = [None, *replica.ranker.genres.columns]
        popular = {genre: replica.ranker.popular(POPULAR_LENGTH, genre) for genre in genres}
        self._stores.lists.write_popular(replica.generation, popular)

    def _write_starters(self, replica: Replica) -> None:
        starters = replica.ranker.rank_starters(self._settings.starters)
        self._stores.lists.write_starters(replica.generation, starters)

    def _roll(self, replica: Replica) -> None:
        """Spend what is left of the budget on the oldest lists of viewers who were here lately."""
        budget = self._settings.rolling_budget_seconds * min(self._rolling.elapsed(), 1.0)
        self._rolling.done()
        end, now = monotonic() + budget, time()
        before = now - self._settings.rolling_age_seconds
        absent_since = now - self._settings.active_seconds
        while monotonic() < end:
            old = self._stores.viewers.longest_unranked(replica.generation, before, absent_since, 10)
            self._rank(replica, old)
            if len(old) < 10:
                return

    def _replica_of(self, generation: Generation) -> Replica:
        """Return the replica of this generation, up to date; load it anew if it cannot be followed."""
        if self._replica is not None and self._replica.generation == generation:
            try:
                self._replica.follow()
                self._use_current_model(self._replica)
                return self._replica
            except GapInEvents:
                log.warning("events are missing: loading generation %d anew", generation)
        self._replica = Replica(self._stores, generation, self._settings.ranking, self._vectors.nearest)
        self._use_current_model(self._replica)
        self._replica.ranker.learn()
        return self._replica

    def _use_current_model(self, replica: Replica) -> None:
        """Rank with the version that training has published last, once it can be read.

        Asked before every ranking: training chooses a version, then marks all viewers stale.
        """
        choice = self._stores.models.current(replica.generation)
        if choice is None or str(choice.number) == replica.ranker.model_version:
            return
        try:
            model = self._stores.models.load(replica.generation, choice.number)
        except ModelUnreadable as error:
            log.warning("ranking goes on without the new model: %s", error)
            return
        self._vectors.use(replica.generation, choice.number, model)
        replica.ranker.set_model(str(choice.number), model.item_ids, model.item_vectors)


class Pace:
    """Tells when something that is done every so often is due again."""

    def __init__(self, period_seconds: float, clock: Callable[[], float] = monotonic) -> None:
        self._period = period_seconds
        self._clock = clock
        self._last = -float("inf")

    def elapsed(self) -> float:
        """Return the seconds since it was last done."""
        return self._clock() - self._last

    def due(self) -> bool:
        """Tell whether the period has passed."""
        return self.elapsed() >= self._period

    def done(self) -> None:
        """Begin the next period."""
        self._last = self._clock()


@cache
def _cache_of_this_process() -> Cache:
    return Cache(stores(), settings(), vectors())

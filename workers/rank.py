"""Ranks slates: of users who wait, for newcomers, and old ones again."""

from collections.abc import Callable
from functools import cache
from time import monotonic, time
from typing import TYPE_CHECKING

from recs.ranking.ranker import Ranker
from recs.ranking.slates import pack, unpack
from recs.ranking.sources import Sources
from recs.ranking.user_state import UserState
from recs.stores import Stores
from recs.stores.keys import Keys
from recs.types import Generation
from workers import ask_for_ranking, celery, metrics, stores, vectors
from workers.published import Published
from workers.ranking import SomeUsers
from workers.tracing import tell_ranked

if TYPE_CHECKING:
    from recs.stores.vectors import Vectors

USERS_A_CALL = 50
"""Users who are ranked between two writes: the first of many need not wait for the last."""
PATIENCE_SECONDS = 1.0
"""After this long a task ends and asks for another one, so that other work comes between."""
RERANKED_A_CALL = 10
NEW_ITEMS_SECONDS = 10.0
"""Shortest time between two occasions on which new items have all active users ranked again."""
SPREAD_AT_MOST = 100_000
SPREAD_TTL = 30 * 86_400
COLD_START_TTL = 3_600


@celery.task(name="rank")
def rank() -> None:
    """Bring slates up to date."""
    if _of_this_process().run():
        ask_for_ranking(stores(), stores().generations.current())


class RankWorker:
    """Ranks users who wait. Any number of workers share the work; none keeps data of users."""

    def __init__(self, stores: Stores, vectors: "Vectors") -> None:
        self._stores = stores
        self._settings = settings = stores.settings
        self._vectors = vectors
        self._published = Published(stores, Generation(0), vectors)
        self._ranker = Ranker(settings.ranking, seed=int(time() * 1e6) % 2**32)
        self._stocked: tuple[Generation, int] | None = None
        self._restocking = Pace(settings.cold_start_every_seconds)
        self._n_items: tuple[Generation, int] | None = None
        self._spreading = Pace(NEW_ITEMS_SECONDS)
        self._reranking = Pace(0.0)
        self._sources: Sources | None = None
        self._news_at = 0.0

    def run(self) -> bool:
        """Rank users who wait, slates for newcomers, then old slates. True: more users wait."""
        generation = self._stores.generations.current()
        self._stores.waiting.begin(generation)
        sources = self._sources_of(generation)
        if sources is None:
            return False
        end = monotonic() + PATIENCE_SECONDS
        waiting = True
        while waiting and monotonic() < end:
            waiting = self._rank_waiting(generation, sources)
            sources = self._published.sources() or sources
            if self._restocking.due():
                break  # newcomers wait, too; another task is sent for the users who are left
        self._restock(generation, sources)
        self._spread_new_items(generation, sources)
        if not waiting:
            self._rerank(generation, sources)
        return waiting

    def _sources_of(self, generation: Generation) -> Sources | None:
        if generation != self._published.generation:
            self._published = Published(self._stores, generation, self._vectors)
        return self._published.sources()

    def _rank_waiting(self, generation: Generation, sources: Sources) -> bool:
        """Rank some of those who wait. True: there may be more."""
        now = self._stores.waiting.now()
        waiting = self._stores.waiting.take(generation, USERS_A_CALL, now)
        some = self._some_users(generation)
        some.rank(some.states([user for user, _ in waiting]), sources)
        ranked = [(user, since) for user, since in waiting if user not in some.failed]
        self._stores.waiting.done(
            generation, [user for user, _ in ranked], self._stores.waiting.lease(now)
        )
        tell_ranked(generation, [user for user, _ in ranked], self._stores)
        delays = [self._stores.waiting.now() - since for _, since in ranked]
        for seconds in delays:
            metrics.LIST_DELAY.observe(max(seconds, 0.0))
        self._stores.time_series.note_delays(generation, [1000 * each for each in delays])
        return len(waiting) == USERS_A_CALL

    def _some_users(self, generation: Generation) -> SomeUsers:
        return SomeUsers(generation, self._stores, self._ranker)

    def _restock(self, generation: Generation, sources: Sources) -> None:
        """Prepare slates for newcomers, if there are new statistics or some were taken."""
        if not self._restocking.due():
            return
        count = self._settings.cold_start_slates
        stock = (generation, self._published.item_statistics.number)
        if stock == self._stocked and self._stores.cold_start.length(generation) == count:
            self._restocking.done()
            return
        if not self._is_mine_to_restock(generation):
            return
        self._restocking.done()
        before = [unpack(each) for each in self._stores.cold_start.take(generation, count)]
        slates = self._ranker.cold_start_slates(
            sources,
            lambda wishes: self._stores.reserved.claim(
                generation, self._stores.waiting.now(), wishes
            ),
            count,
            self._settings.slate_lists,
            before,
        )
        packed = [pack(slate) for slate in slates if len(slate)]
        self._stores.cold_start.put(generation, packed, COLD_START_TTL)
        self._stocked = stock

    def _is_mine_to_restock(self, generation: Generation) -> bool:
        """Say whether no other ranker has just done it."""
        lock = Keys(self._settings.namespace, generation).lock("cold_start")
        milliseconds = max(int(1000 * self._settings.cold_start_every_seconds), 1)
        return bool(self._stores.redis.set(lock, "1", nx=True, px=milliseconds))

    def _spread_new_items(self, generation: Generation, sources: Sources) -> None:
        """Have active users ranked again, a few at a time, now that new items are candidates."""
        n_items = len(sources.statistics.candidates.popular)
        if self._n_items == (generation, n_items) or not self._spreading.due():
            return
        key = Keys(self._settings.namespace, generation).spread
        # One ranker does it, whoever sees them first.
        before = self._stores.redis.set(key, n_items, ex=SPREAD_TTL, get=True)
        self._n_items = (generation, n_items)
        if before is None or n_items <= int(before):
            return
        self._spreading.done()
        now = self._stores.waiting.now()
        users = self._stores.waiting.oldest_ranked(generation, now, SPREAD_AT_MOST)
        self._stores.waiting.spread(generation, users, now)

    def _rerank(self, generation: Generation, sources: Sources) -> None:
        """Rank the oldest slates of active users again, as far as the budget allows.

        Slates as new as the sources are left alone: nothing has changed since. Users whose history
        was imported lately, and who have not come yet, are ranked again, too, once there is an EASE
        model that learned from it: without it their first list would only be popular.
        """
        if sources is not self._sources:
            self._sources, self._news_at = sources, self._stores.waiting.now()
        budget = self._settings.rerank_budget_seconds * min(self._reranking.elapsed(), 1.0)
        self._reranking.done()
        end, now = monotonic() + budget, self._stores.waiting.now()
        before = min(now - self._settings.rerank_age_seconds, self._news_at)
        while monotonic() < end:
            users = self._stores.waiting.oldest_ranked(generation, before, RERANKED_A_CALL)
            self._stores.waiting.note_ranked(generation, users, now)  # no other ranker takes them
            ease_age = monotonic() - self._published.ease_since
            some = self._some_users(generation)
            states = some.states(users)
            active = self._settings.active_seconds
            here = {user for user, state in states.items() if state.visited >= now - active}
            brought = {user for user, state in states.items() if _may_come(state, active)}
            self._stores.waiting.forget_ranked(generation, states.keys() - here - brought)
            due = here | {user for user in brought if states[user].slate_age > ease_age}
            some.rank({user: states[user] for user in states if user in due}, sources)
            if len(users) < RERANKED_A_CALL:
                return


def _may_come(state: UserState, seconds: float) -> bool:
    """Say whether a user's history was imported, and they were ranked lately for a first visit."""
    return state.was_brought and state.slate_age < seconds


class Pace:
    """Tells when periodic work is due again."""

    def __init__(self, period_seconds: float, clock: Callable[[], float] = monotonic) -> None:
        self._period = period_seconds
        self._clock = clock
        self._last = -float("inf")

    def elapsed(self) -> float:
        """Return the seconds since the work was last done."""
        return self._clock() - self._last

    def due(self) -> bool:
        """Tell whether the period has passed."""
        return self.elapsed() >= self._period

    def done(self) -> None:
        """Begin the next period."""
        self._last = self._clock()


@cache
def _of_this_process() -> RankWorker:
    return RankWorker(stores(), vectors())

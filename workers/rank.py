"""Slates, out of item statistics and users' states: waiting users', newcomers', and old ones."""

import logging
from collections.abc import Callable, Sequence
from functools import cache
from time import monotonic, time
from typing import TYPE_CHECKING

from recs.errors import ModelUnreadable
from recs.ranking.item_statistics import ItemStatistics, similarity_from_arrays
from recs.ranking.item_vectors import ItemVectors
from recs.ranking.ranker import Ranker, SlateDraft, Sources
from recs.ranking.reservations import Wish
from recs.ranking.similarity import NO_SIMILARITY, Similarity
from recs.ranking.slates import Entries, pack, unpack
from recs.ranking.user_state import UserState
from recs.settings import Settings
from recs.stores import Stores
from recs.stores.keys import Keys
from recs.stores.reserved import Reserved
from recs.types import Generation, Row, UserId
from workers import ask_for_ranking, celery, settings, stores, vectors

if TYPE_CHECKING:
    from recs.stores.vectors import Vectors

log = logging.getLogger(__name__)

USERS_A_CALL = 50
"""Ranked between two writes: the first of many need not wait for the last."""
PATIENCE_SECONDS = 1.0
"""After this long a task ends and asks for another, so that others may stand between."""
RERANKED_A_CALL = 10
NEW_ITEMS_SECONDS = 10.0
"""At the earliest after so long, new items have all active users ranked again another time."""
SPREAD_A_SECOND = 300
"""So many of them are due in each second."""
RESERVED_SECONDS = 120.0
"""An exploration slot that is not served by then lets go of its item."""
COLD_START_TTL = 3_600


@celery.task(name="rank")
def rank() -> None:
    """Bring slates up to date."""
    if _of_this_process().run():
        ask_for_ranking(stores(), stores().generations.current())


class RankWorker:
    """Ranks whoever waits. Any number of these share the work; none keeps anything of a user."""

    def __init__(self, stores: Stores, settings: Settings, vectors: "Vectors") -> None:
        self._stores = stores
        self._settings = settings
        self._published = Published(stores, vectors)
        self._ranker = Ranker(settings.ranking, seed=int(time() * 1e6) % 2**32)
        self._reserved = Reserved(stores.redis, settings.namespace, RESERVED_SECONDS)
        self._restocking = Pace(settings.cold_start_every_seconds)
        self._stocked: tuple[Generation, int] | None = None
        self._spreading = Pace(NEW_ITEMS_SECONDS)
        self._n_items: dict[Generation, int] = {}
        self._reranking = Pace(0.0)

    def run(self) -> bool:
        """Rank who waits, then newcomers' slates, then old ones. True: there is more to do."""
        generation = self._stores.generations.current()
        self._stores.redis.delete(Keys(self._settings.namespace, generation).asked)
        sources = self._published.sources(generation)
        if sources is None:
            return False
        end = monotonic() + PATIENCE_SECONDS
        waiting = True
        while waiting and monotonic() < end:
            waiting = self._rank_waiting(generation, sources)
            sources = self._published.sources(generation) or sources
            if self._restocking.due():
                break  # newcomers wait, too; whoever is left will be asked for again
        self._restock(generation, sources)
        self._spread_new_items(generation, sources)
        if not waiting:
            self._rerank(generation, sources)
        return waiting

    def rank(self, generation: Generation, users: Sequence[UserId], sources: Sources) -> set[UserId]:
        """Rank some users and write their slates; return those whose ranking raised."""
        states = self._stores.users.states(generation, users)
        return self._rank_states(generation, dict(zip(users, states, strict=True)), sources)

    def _rank_waiting(self, generation: Generation, sources: Sources) -> bool:
        """Rank some of those who wait. True: there may be more."""
        now = time()
        waiting = self._stores.waiting.take(generation, USERS_A_CALL, now)
        if not waiting:
            return False
        failed = self.rank(generation, [user for user, _ in waiting], sources)
        done = [user for user, _ in waiting if user not in failed]
        self._stores.waiting.done(generation, done, self._stores.waiting.lease(now))
        delays = [1000 * (time() - since) for user, since in waiting if user not in failed]
        self._stores.time_series.note_delays(generation, delays)
        return len(waiting) == USERS_A_CALL

    def _rank_states(
        self, generation: Generation, states: dict[UserId, UserState], sources: Sources
    ) -> set[UserId]:
        drafts: dict[UserId, SlateDraft] = {}
        slates: dict[UserId, Entries] = {}
        failed: set[UserId] = set()
        for user, state in states.items():
            with self._alone(generation, user, failed):
                drafts[user] = self._ranker.draft(state, sources, self._settings.slate_lists)
        claimed = self._claim(generation, [draft.wish for draft in drafts.values()])
        for (user, draft), rows in zip(drafts.items(), claimed, strict=True):
            with self._alone(generation, user, failed):
                slates[user] = draft.finish(rows)
        now = time()
        self._stores.users.write_slates(generation, slates, now)
        self._stores.waiting.note_ranked(generation, slates, now)
        return failed

    def _alone(
        self, generation: Generation, user: UserId, failed: set[UserId]
    ) -> "Alone":
        """Return what keeps a user's failure from the others."""

        def note() -> int:
            failed.add(user)
            return self._stores.waiting.failed(generation, user, time())

        return Alone(note)

    def _claim(self, generation: Generation, wishes: Sequence[Wish]) -> list[list[Row]]:
        return self._reserved.claim(generation, time(), wishes)

    def _restock(self, generation: Generation, sources: Sources) -> None:
        """Prepare slates for newcomers, if there is news or some were taken."""
        if not self._restocking.due():
            return
        self._restocking.done()
        count = self._settings.cold_start_slates
        stock = (generation, self._published.number)
        if stock == self._stocked and self._stores.cold_start.length(generation) == count:
            return
        before = [unpack(each) for each in self._stores.cold_start.take(generation, count)]
        slates = self._ranker.cold_start_slates(
            sources,
            lambda wishes: self._claim(generation, wishes),
            count,
            self._settings.slate_lists,
            before,
        )
        packed = [pack(slate) for slate in slates if len(slate)]
        self._stores.cold_start.put(generation, packed, COLD_START_TTL)
        self._stocked = stock

    def _spread_new_items(self, generation: Generation, sources: Sources) -> None:
        """Have active users ranked again, a few at a time, now that new items are candidates."""
        n_items = int(sources.statistics.known.sum())
        before = self._n_items.get(generation)
        if before is not None and n_items > before and not self._spreading.due():
            return
        self._n_items = {generation: n_items}
        if before is None or n_items <= before:
            return
        self._spreading.done()
        now = time()
        users = self._stores.waiting.oldest_ranked(generation, now, 100_000)
        for start in range(0, len(users), SPREAD_A_SECOND):
            due = now + start / SPREAD_A_SECOND
            self._stores.waiting.add(generation, users[start : start + SPREAD_A_SECOND], due)

    def _rerank(self, generation: Generation, sources: Sources) -> None:
        """Spend what is left of the budget on the oldest slates of users who were here lately."""
        budget = self._settings.rerank_budget_seconds * min(self._reranking.elapsed(), 1.0)
        self._reranking.done()
        end, now = monotonic() + budget, time()
        before = now - self._settings.rerank_age_seconds
        while monotonic() < end:
            users = self._stores.waiting.oldest_ranked(generation, before, RERANKED_A_CALL)
            self._stores.waiting.note_ranked(generation, users, now)  # no other ranker takes them
            states = dict(zip(users, self._stores.users.states(generation, users), strict=True))
            absent = [
                user
                for user, state in states.items()
                if state.visited < now - self._settings.active_seconds
            ]
            self._stores.waiting.forget_ranked(generation, absent)
            here = {user: states[user] for user in users if user not in absent}
            if here:
                self._rank_states(generation, here, sources)
            if len(users) < RERANKED_A_CALL:
                return


class Alone:
    """`with Alone(note):` what raises here is one user's own: logged without their id, counted."""

    def __init__(self, note: Callable[[], int]) -> None:
        self._note = note

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> bool:
        if not isinstance(error, Exception):
            return False
        pause = self._note()
        log.error("a user cannot be ranked, again in %d s", pause, exc_info=error)
        return True


class Published:
    """What the statistics worker and training have published, mapped into memory."""

    def __init__(self, stores: Stores, vectors: "Vectors") -> None:
        self.number = 0
        """Of the statistics that `sources` returned last."""
        self._stores = stores
        self._vectors = vectors
        self._generation: Generation | None = None
        self._similarity_number: int | None = None
        self._similarity: Similarity = NO_SIMILARITY
        self._model_number: int | None = None
        self._items: ItemVectors | None = None
        self._sources: Sources | None = None

    def sources(self, generation: Generation) -> Sources | None:
        """Return the newest; None before the first. One `stat` each while nothing changes."""
        if generation != self._generation:
            self._generation = generation
            self._similarity_number = self._model_number = self._items = self._sources = None
            self._similarity = NO_SIMILARITY
        files = self._stores.statistics
        is_new = files.newest_number(generation, "statistics") != self.number
        is_new |= self._look_at_similarity(generation)
        is_new |= self._look_at_model(generation)
        if (is_new or self._sources is None) and (
            newest := files.newest(generation, "statistics")
        ) is not None:
            self.number, arrays, meta = newest
            statistics = ItemStatistics.from_arrays(arrays, meta, self._similarity)
            nearest = self._vectors.nearest if self._items is not None else None
            self._sources = Sources(statistics, self._items, nearest)
        return self._sources

    def _look_at_similarity(self, generation: Generation) -> bool:
        number = self._stores.statistics.newest_number(generation, "similarity")
        if number is None or number == self._similarity_number:
            return False
        newest = self._stores.statistics.newest(generation, "similarity")
        if newest is None:
            return False
        self._similarity_number = newest[0]
        self._similarity = similarity_from_arrays(newest[1])
        return True

    def _look_at_model(self, generation: Generation) -> bool:
        choice = self._stores.models.current(generation)
        if choice is None or choice.number == self._model_number:
            return False
        try:
            items, _ = self._stores.models.items(generation, choice.number)
        except ModelUnreadable as error:
            log.warning("ranking goes on without the new model: %s", error)
            return False
        self._model_number = choice.number
        self._vectors.use(generation, choice.number, items)
        self._items = ItemVectors(items)
        return True


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
def _of_this_process() -> RankWorker:
    return RankWorker(stores(), settings(), vectors())

"""One replica of one generation: takes in what happens, and ranks lists out of it."""

from collections.abc import Callable, Collection, Iterable, Sequence

import numpy as np

from recs.arrays import GrowingArray
from recs.candidates import NO_POOLS, NONE, Sieve, gather, make_pools
from recs.explanations import EXPLORE, Entry, because_of, drawn_to, source_of
from recs.genres import GenreTable
from recs.history import History, Viewer
from recs.item_vectors import ItemVectors
from recs.lifts import Lifts
from recs.plans import Plans
from recs.popularity import like_rates
from recs.ranking.reranking import make_pages
from recs.ranking_settings import RankingSettings
from recs.scoring import Scored, score
from recs.surroundings import watched_around
from recs.taste import Taste, taste_of
from recs.types import FloatArray, IntArray, ItemId, Row, UserId

Nearest = Callable[[FloatArray, int], Sequence[ItemId]]
"""Finds so many titles near a viewer's unit vector."""

NOBODY = -1
"""Row of a viewer never heard of."""


class Ranker:
    """Ranks for one generation. Not safe for threads."""

    def __init__(
        self, settings: RankingSettings, seed: int = 0, nearest: Nearest | None = None
    ) -> None:
        self.history = History()
        self.genres = GenreTable()
        self.settings = settings
        self._nearest = nearest
        self._rng = np.random.default_rng(seed)
        self.model_version: str | None = None
        self._known = GrowingArray(np.bool_)
        self._later = GrowingArray(np.int64)
        self._lifts = Lifts(settings)
        self._vectors: ItemVectors | None = None
        self._pools = NO_POOLS
        self._touched: dict[Row, Viewer] = {}
        self._sieve = Sieve()
        self._plans = Plans()

    def add_items(self, items: Iterable[tuple[ItemId, Sequence[str]]]) -> None:
        """Take new titles into the catalogue, or give known ones new genres."""
        for item, genres in items:
            row = self._row_of(item)
            self.genres.set(row, genres)
            if not self._known.view[row] and self.history.total_exposure:
                self._later.extend([row])
            self._known.view[row] = True

    def record_interaction(self, user: UserId, item: ItemId, taste: int) -> None:
        """Take in a like (+1), a dislike (-1), or that it was taken back (0).

        It replaces what this viewer said of this title before.
        """
        viewer = self.history.viewer_of(user)
        if self.history.record_interaction(viewer, self._row_of(item), taste):
            self._touched[viewer.row] = viewer

    def record_impressions(self, user: UserId, items: Sequence[ItemId]) -> None:
        """Take in that a viewer was shown these; a second time changes nothing."""
        viewer = self.history.viewer_of(user)
        rows = [self._row_of(item) for item in dict.fromkeys(items)]
        new = [row for row in rows if row not in viewer.shown]
        if new:
            rates, _ = like_rates(self.history, self.settings, np.array(new))
            self.history.record_impressions(viewer, new, rates)
            self._touched[viewer.row] = viewer

    def learn(self) -> None:
        """Do what costs in proportion to what there is: exposure, lifts, orders."""
        history = self.history
        history.recount_exposure()
        # What was never shown, or is in no catalogue, tells nothing of who watches what is shown.
        tells = self._known.view & (history.shown.view > 0)
        history.surroundings.view[:] = watched_around(
            np.where(tells, history.likes.view + history.dislikes.view, 0.0),
            history.exposure.view,
            self.settings,
        )
        self._lifts.update(self.history, self._touched.values())
        self._touched.clear()
        self._make_pools()

    def set_model(self, version: str, items: Sequence[ItemId], vectors: FloatArray) -> None:
        """Use these vectors of titles from now on. vectors: (len(items), n_dims)."""
        self.model_version = version
        self._vectors = ItemVectors([self._row_of(item) for item in items], vectors)

    def rank(self, user: UserId, pages: int = 3) -> list[Entry]:
        """Rank what this viewer has neither been shown nor reacted to, best first."""
        viewer = self.history.viewers.get(user)
        self._plans.withdraw(user)
        entries = self._rank(Viewer(NOBODY) if viewer is None else viewer, pages)
        self._plan(user, entries)
        return entries

    def rank_starters(self, count: int) -> list[list[Entry]]:
        """Rank for viewers never heard of, as if one after the other had come and said nothing."""
        history, starters = self.history, []
        shown, exposure = history.shown.view.copy(), history.exposure.view.copy()
        self._plans.withdraw(None)
        for _ in range(count):
            starters.append(self._rank(Viewer(NOBODY), pages=3))
            self._plan(None, starters[-1])
            rows = [self._row_of(entry.item) for entry in starters[-1]]
            history.shown.view[rows[: self.settings.list_length]] += 1
            history.exposure.view[rows[: self.settings.list_length]] += 1.0
        history.shown.view[:], history.exposure.view[:] = shown, exposure
        return starters

    def popular(self, k: int, genre: str | None = None) -> list[Entry]:
        """Best titles for everybody, of one genre or of all."""
        pool = (
            self._pools.popular
            if genre is None
            else self._pools.of_genre(self.genres.columns.get(genre))
        )
        pool = pool[: max(k, self.settings.popular_candidates)]
        scores = np.log(like_rates(self.history, self.settings, pool)[0])
        best = np.argsort(-scores)[:k]
        return [
            Entry(self.history.ids[pool[place]], "popular", float(scores[place]), (), ())
            for place in best
        ]

    def hidden_from(self, viewer: Viewer) -> Collection[Row]:
        """Return what must not come: all that he was shown or has an opinion on."""
        return {*viewer.shown, *self.history.opinions_of(viewer)[0].tolist()}

    def _row_of(self, item: ItemId) -> Row:
        known = self.history.rows.get(item)
        if known is not None:
            return known
        row = self.history.row_of(item)
        self.genres.grow_to(row + 1)
        self._lifts.grow_to(row + 1)
        self._plans.grow_to(row + 1)
        self._known.grow_to(row + 1)
        return row

    def _make_pools(self) -> None:
        self._pools = make_pools(
            np.flatnonzero(self._known.view),
            like_rates(self.history, self.settings)[0],
            self.history.shown.view,
            self._later.view,
            self.genres,
            self.settings,
            self._rng,
        )

    def _plan(self, user: UserId | None, entries: Iterable[Entry]) -> None:
        rows = [self.history.rows[entry.item] for entry in entries if entry.source == EXPLORE]
        self._plans.add(user, rows)

    def _rank(self, viewer: Viewer, pages: int) -> list[Entry]:
        if not len(self._pools.popular):
            self._make_pools()
        taste = taste_of(viewer, self.history, self.genres, self._vectors, self.settings)
        candidates = self._candidates(viewer, taste)
        if not len(candidates):
            return []
        scored = score(
            candidates, taste, self.history, self.genres, self._lifts, self._vectors,
            self._sieve, self.settings,
        )  # fmt: skip
        places, explored = self._pages(scored, pages, newcomer=not len(taste.rows))
        return self._explain(scored, places, explored, taste)

    def _candidates(self, viewer: Viewer, taste: Taste) -> IntArray:
        settings, lifts = self.settings, self._lifts
        hidden = np.fromiter(self.hidden_from(viewer), np.int64)
        recent = taste.rows[-settings.recent_interactions :]
        neighbours = [lifts.liked.of(recent)[0], lifts.watched.of(recent)[0]]
        nearest = NONE
        if self._nearest is not None and taste.vector is not None:
            count = settings.nearest_candidates + min(len(hidden), settings.hidden_considered)
            items = self._nearest(taste.vector, count)
            nearest = np.array([self._row_of(item) for item in items], np.int64)
        rows = gather(
            self._pools,
            taste.genres,
            [*neighbours, nearest],
            min(len(hidden), settings.hidden_considered),
            settings,
            self._rng,
        )
        rows = self._sieve.sift(rows, hidden, len(self.history))
        return np.asarray(rows[self._known.view[rows]])

    def _pages(self, scored: Scored, pages: int, newcomer: bool) -> tuple[list[int], list[bool]]:
        settings = self.settings
        length = settings.list_length
        n_short = settings.shortlist + (pages - 1) * length
        shortlist = np.argsort(-scored.total)[:n_short]
        return make_pages(
            scored.total,
            self.history.shown.view[scored.rows],
            self._plans.of(scored.rows),
            self.genres.overlaps(scored.rows[shortlist]),
            shortlist,
            self._premieres(scored),
            pages=pages,
            length=length,
            explore_places=(
                settings.explore_places_for_newcomers if newcomer else settings.explore_places
            ),
            explored_after=settings.explored_after,
            overlap_weight=settings.overlap_weight,
        )

    def _premieres(self, scored: Scored) -> IntArray:
        """Return places of titles that have just come and fit his genres, the best first."""
        arrived = self._sieve.find(scored.rows, self._pools.arrived) >= 0
        fits = scored.genre > self.settings.premiere_fit * scored.genre.max(initial=0.0)
        places = np.flatnonzero(arrived & fits)
        return places[np.argsort(-scored.total[places])]

    def _explain(
        self, scored: Scored, places: list[int], explored: list[bool], taste: Taste
    ) -> list[Entry]:
        rows = scored.rows[places]
        parts = zip(
            explored,
            self.history.shown.view[rows].tolist(),
            scored.similar[places].tolist(),
            scored.personal[places].tolist(),
            scored.genre[places].tolist(),
            strict=True,
        )
        ids = self.history.ids
        return [
            Entry(ids[row], source_of(*why), score, tuple(ids[liked] for liked in because), genres)
            for row, why, score, because, genres in zip(
                rows.tolist(),
                parts,
                scored.total[places].tolist(),
                because_of(rows, taste.liked, self._lifts.liked),
                drawn_to(rows, taste.genres, self.genres),
                strict=True,
            )
        ]

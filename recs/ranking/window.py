"""The statistics worker's memory: the newest interactions and impressions, and sums over them.

Only this process keeps users in memory, and only those inside the window. The window bounds the
number of interactions and impressions together, not the number of users. The users who were away
longest leave first.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recs.interactions import DISLIKED, LIKED, WATCHED, replaces
from recs.ranking.candidate_lists import NO_CANDIDATES, sort_candidates
from recs.ranking.genres import GenreTable
from recs.ranking.item_statistics import ItemStatistics
from recs.ranking.neighbourhood import neighbourhood_prior
from recs.ranking.order_evidence import neighbourhoods_matter
from recs.ranking.popularity import Counts, like_rates, organic_exposure, rate_of_new_item
from recs.ranking.ragged import Ragged
from recs.ranking.ratings import like_weights
from recs.ranking.recent_users import (
    expected_by_position,
    genre_shares_of,
    keep_to_positions,
)
from recs.ranking.scratch import Scratch
from recs.ranking.settings import RankingSettings
from recs.ranking.similarity import NO_SIMILARITY, Similarity
from recs.ranking.similarity_index import SimilarityIndex
from recs.ranking.user_events import UserEvents, rows_of
from recs.ranking.user_profile import response_rate_of
from recs.types import FloatArray, IntArray, Row, UserId

RECENT_USERS = 500
"""How many of the last active users are used to measure which genres users like, and whether users
keep to parts of the catalogue."""
SCANNED_MOST = 200
"""In more interactions of a user than that, one is found by a dict, not by a scan."""


class Window:
    """Counts interactions and impressions, and computes item statistics. Not safe for threads.

    capacity: the most interactions and impressions that are kept. Users are evicted whole, and the
    last user always stays.
    """

    def __init__(self, settings: RankingSettings, capacity: int = 5_000_000, seed: int = 0) -> None:
        self._settings = settings
        self._capacity = capacity
        self._rng = np.random.default_rng(seed)
        self._size = 0
        self._users: dict[UserId, UserEvents] = {}
        """The user active last is last in it."""
        self._touched: dict[UserId, UserEvents] = {}
        self._places: dict[UserId, dict[Row, int]] = {}
        """Row -> place, of users with many interactions who came since the last refresh."""
        self._free: list[int] = []
        self._similarity = SimilarityIndex(settings)

        self._likes, self._dislikes, self._exposure = np.zeros((3, 0))
        self._impressions: IntArray = np.zeros(0, np.int64)
        self._rates, self._neighbourhood = np.zeros((2, 0))
        self._ever_shown: NDArray[np.bool_] = np.zeros(0, np.bool_)
        self._scratch = Scratch()
        self._hits = 0.0
        self._opinions = dict.fromkeys((LIKED, DISLIKED, WATCHED), 0)
        self._organic_users = self._organic_interactions = 0
        self._rate_of_new = rate_of_new_item(self._counts(), settings)
        self._known: NDArray[np.bool_] = np.zeros(0, np.bool_)
        self._genres = GenreTable(Ragged.of([]), ())
        self._came_later: IntArray = np.zeros(0, np.int64)
        self._candidates = NO_CANDIDATES
        self._neighbours = NO_SIMILARITY
        self._genre_shares = np.zeros(0)
        self._interactions_by_position = np.zeros(settings.position_bins)
        self._positions_matter = False

    def __len__(self) -> int:
        """Return how many interactions and impressions the window holds."""
        return self._size

    @property
    def n_users(self) -> int:
        """Return how many users the window holds."""
        return len(self._users)

    @property
    def n_waiting(self) -> int:
        """Return how many items wait for their similarity to be computed."""
        return self._similarity.n_waiting

    def set_items(self, known: NDArray[np.bool_], genres: GenreTable) -> None:
        """Set the current catalogue. known: (n_items,), one for each of its rows."""
        before = np.zeros(len(known), np.bool_)
        before[: len(self._known)] = self._known
        self._came_later = self._came_later[known[self._came_later]]
        if self._exposure.any():
            self._came_later = np.append(self._came_later, np.flatnonzero(known & ~before))
        self._known, self._genres = known, genres
        new_genres = len(genres) - len(self._genre_shares)
        self._genre_shares = np.pad(self._genre_shares, (0, max(new_genres, 0)))[: len(genres)]
        self.grow_to(len(known))

    def grow_to(self, n_items: int) -> None:
        """Make room for items, all at once: each item that comes alone copies all arrays."""
        more = (0, n_items - len(self._likes))
        if more[1] <= 0:
            return
        self._likes, self._dislikes = np.pad(self._likes, more), np.pad(self._dislikes, more)
        self._impressions = np.pad(self._impressions, more)
        self._ever_shown = np.pad(self._ever_shown, more)
        self._exposure = np.pad(self._exposure, more)
        self._neighbourhood = np.pad(self._neighbourhood, more)
        self._rates = np.pad(self._rates, more, constant_values=self._rate_of_new)
        self._similarity.grow_to(n_items)

    def record_interaction(self, user: UserId, row: Row, sign: int, timestamp: float) -> None:
        """Record a signed rating, or that it was undone; see `recs.interactions.replaces`."""
        self.grow_to(row + 1)
        events = self._touch(user)
        place = self._place(user, events, row)
        if place == len(events.rows):
            events.rows.append(row)
            events.signs.append(0)
            events.times.append(timestamp)
            self._size += 1
        if not replaces(sign, timestamp, events.signs[place], events.times[place]):
            return
        events.times[place] = timestamp
        before = events.signs[place]
        if sign == before:
            return
        events.signs[place] = sign
        self._count(row, before, -1)
        self._count(row, sign, +1)
        self._similarity.interacted(events, row, before, sign)

    def record_impressions(self, user: UserId, rows: Iterable[Row]) -> None:
        """Record that a user was shown these items. Repeated impressions change nothing."""
        events, distinct = self._touch(user), np.array([*dict.fromkeys(rows)], np.int32)
        self.grow_to(int(distinct.max(initial=-1)) + 1)
        is_old = self._scratch.are_among(distinct, rows_of(events.shown), len(self._likes))
        new = distinct[~is_old]
        if len(new):
            events.shown.frombytes(new.tobytes())
            self._impressions[new] += 1
            self._ever_shown[new] = True
            self._size += len(new)

    def refresh(self, thoroughly: bool = True) -> ItemStatistics:
        """Count what came since the last refresh, and return the current statistics.

        The cost grows with the number of items, and with the events of the users active since the
        last refresh. If not `thoroughly`, lists of candidates, neighbourhoods and similarity stay
        as they were: that takes a tenth of the time.
        """
        self._count_exposure(self._touched.values())
        self._similarity.touch(self._touched.values())
        self._touched = {}
        self._places = {}
        self._evict()
        if thoroughly:
            self._update_neighbourhood()
        counts, known = self._counts(), self._known_rows()
        rates, qualities = like_rates(counts, self._settings)
        self._rates = rates
        self._rate_of_new = rate_of_new_item(counts, self._settings)
        if thoroughly:
            self._candidates = sort_candidates(
                known, rates, counts.impressions, self._genres,
                self._came_later, self._ever_shown, self._settings, self._rng,
            )  # fmt: skip
            an_interaction = counts.organic_share
            self._neighbours = self._similarity.refresh(rates, qualities, an_interaction)
            self._look_at_recent_users(rates, qualities, an_interaction)
        return ItemStatistics(
            counts, rates, qualities, known, self._genres, self._candidates, self._neighbours,
            self._genre_shares, self._interactions_by_position, self._positions_matter,
        )  # fmt: skip

    def opinions(self) -> dict[int, int]:
        """Return signed rating -> how many of them the window holds. Undone ones do not count."""
        return dict(self._opinions)

    def users(self) -> Iterator[tuple[UserId, UserEvents]]:
        """Yield all users; those away longest come first."""
        yield from self._users.items()

    def ever_shown(self) -> NDArray[np.bool_]:
        """Return which items were ever shown, inside the window or before; (n_items,)."""
        return self._ever_shown.copy()

    def item_marks(self) -> dict[str, NDArray[Any]]:
        """Return what is remembered of items even when all users who saw them were evicted.

        known: (n_items,), whether each is in the catalogue. ever_shown: (n_items,). came_later:
        rows of the items that were added when there already were users, newest last.
        """
        return {
            "known": self._known.copy(),
            "ever_shown": self.ever_shown(),
            "came_later": self._came_later.copy(),
        }

    def restore(
        self, users: Iterable[tuple[UserId, UserEvents]], marks: Mapping[str, NDArray[Any]]
    ) -> None:
        """Fill an empty window with saved users, and with what `item_marks` returned.

        The events then belong to this window.
        """
        self.grow_to(len(marks["ever_shown"]))
        self._ever_shown[: len(marks["ever_shown"])] = marks["ever_shown"]
        self._known = np.array(marks["known"])
        self._came_later = np.array(marks["came_later"])
        self._users = dict(users)
        everybody = list(self._users.values())
        self._size = sum(map(len, everybody))
        self.grow_to(1 + max((max(each.rows, default=-1) for each in everybody), default=-1))
        self.grow_to(1 + max((max(each.shown, default=-1) for each in everybody), default=-1))
        for events in everybody:
            shown, rows = rows_of(events.shown), rows_of(events.rows)
            signs = np.frombuffer(events.signs, np.int8)
            self._impressions[shown] += 1
            self._exposure[shown[: events.counted]] += events.response_rate
            weights = self._count_hits(events)
            self._likes[rows] += weights
            self._dislikes[rows] += (signs != 0) - weights
            for sign in self._opinions:
                self._opinions[sign] += int(np.count_nonzero(signs == sign))
            self._similarity.restore(events)

    def seed_similarity(self, similarity: Similarity) -> None:
        """Start from neighbours that another worker computed. All are computed again in time."""
        self._similarity.seed(similarity)

    def forget(self, user: UserId) -> None:
        """Remove a user and all their events."""
        events = self._users.pop(user, None)
        if events is None:
            return
        self._touched.pop(user, None)
        self._places.pop(user, None)
        shown = rows_of(events.shown)
        self._impressions[shown] -= 1
        self._exposure[shown[: events.counted]] -= events.response_rate
        for row, sign in zip(events.rows, events.signs, strict=True):
            self._count(row, sign, -1)
            self._similarity.interacted(events, row, sign, 0)
        self._set_hits(events, 0, 0)
        self._size -= len(events)
        self._similarity.release(events)
        self._free.append(events.index)

    def _touch(self, user: UserId) -> UserEvents:
        events = self._users.pop(user, None)
        if events is None:
            events = UserEvents(self._free.pop() if self._free else len(self._users))
        self._users[user] = self._touched[user] = events
        return events

    def _place(self, user: UserId, events: UserEvents, row: Row) -> int:
        """Return where a row is among a user's interactions; the end if it is to be appended."""
        n_rows = len(events.rows)
        if n_rows <= SCANNED_MOST:
            try:
                return events.rows.index(row)
            except ValueError:
                return n_rows
        if user not in self._places:
            self._places[user] = {each: place for place, each in enumerate(events.rows)}
        return self._places[user].setdefault(row, n_rows)

    def _count(self, row: Row, sign: int, step: int) -> None:
        """Add a rating to the counts (step 1), or remove it (step -1).

        A "watched" counts partly as a like (`watched_weight`), and for the rest as a dislike.
        """
        if not sign:
            return
        self._opinions[sign] += step
        share = {LIKED: 1.0, DISLIKED: 0.0, WATCHED: self._settings.watched_weight}[sign]
        self._likes[row] += step * share
        self._dislikes[row] += step * (1.0 - share)

    def response_rate(self, hits: float, expected: float) -> float:
        """Return how much each impression to a user counts. The simulator replaces it."""
        return response_rate_of(hits, expected)

    def _count_exposure(self, users: Iterable[UserEvents]) -> None:
        """Weight each user's impressions by their current response rate."""
        exposure, rates = self._exposure, self._rates
        for events in users:
            self._count_hits(events)
            shown = rows_of(events.shown)
            response_rate = self.response_rate(events.hits, float(rates[shown].sum()))
            exposure[shown[: events.counted]] += response_rate - events.response_rate
            exposure[shown[events.counted :]] += response_rate
            events.counted, events.response_rate = len(shown), response_rate

    def _count_hits(self, events: UserEvents) -> FloatArray:
        """Count likes of items that a user was shown, and interactions with other items.

        Returns how much of a like each interaction is.
        """
        rows, signs = rows_of(events.rows), np.frombuffer(events.signs, np.int8)
        was_shown = self._scratch.are_among(rows, rows_of(events.shown), len(self._likes))
        weights = like_weights(signs, self._settings.watched_weight)
        organic = int(np.count_nonzero(~was_shown & (signs != 0)))
        self._set_hits(events, float(weights[was_shown].sum()), organic)
        return weights

    def _set_hits(self, events: UserEvents, hits: float, organic: int) -> None:
        self._hits += hits - events.hits
        self._organic_users += (organic > 0) - (events.organic > 0)
        self._organic_interactions += organic - events.organic
        events.hits, events.organic = hits, organic

    def _update_neighbourhood(self) -> None:
        """Compute the neighbourhood prior of every item again."""
        # An item never shown, or not in the catalogue, says nothing about its neighbours' rates.
        tells = self._known_rows() & (self._impressions > 0)
        interactions = self._likes + self._dislikes
        came = np.where(tells, interactions, 0.0)
        exposure = self._exposure
        if self._organic_interactions:  # these users found items without us: all were exposed
            organic = organic_exposure(self._organic_users, self._organic_interactions)[0]
            came, exposure = np.where(self._known_rows(), interactions, 0.0), exposure + organic
        prior = neighbourhood_prior(came, exposure, self._settings)
        expected = exposure * came.sum() / max(exposure.sum(), 1e-12)
        matters = neighbourhoods_matter(came, expected, prior)
        self._neighbourhood = prior if matters else np.zeros_like(prior)

    def _counts(self) -> Counts:
        likes, dislikes, exposure = self._likes, self._dislikes, self._exposure
        return Counts(
            likes.copy(),
            dislikes.copy(),
            self._impressions.copy(),
            exposure.copy(),
            self._neighbourhood.copy(),
            float(likes.sum()),
            float(dislikes.sum()),
            float(self._hits),
            float(exposure.sum()),
            *organic_exposure(self._organic_users, self._organic_interactions),
        )

    def _look_at_recent_users(
        self, rates: FloatArray, qualities: FloatArray, an_interaction: float
    ) -> None:
        self._interactions_by_position = expected_by_position(
            rates / qualities, self._settings.position_bins
        )
        recent = list(islice(reversed(self._users.values()), RECENT_USERS))
        self._genre_shares = genre_shares_of(recent, self._genres, np.flatnonzero(self._known))
        self._positions_matter = keep_to_positions(
            recent, rates / qualities, an_interaction * self._interactions_by_position
        )

    def _known_rows(self) -> NDArray[np.bool_]:
        """Return which rows are known, as long as the counters."""
        known = np.zeros(len(self._likes), np.bool_)
        known[: len(self._known)] = self._known
        return known

    def _evict(self) -> None:
        """Remove the users who were away longest until the rest fit."""
        while self._size > self._capacity and len(self._users) > 1:
            excess = self._size - self._capacity
            for user in list(islice(self._users, max(excess // 100, 1))):
                if self._size > self._capacity and len(self._users) > 1:
                    self.forget(user)

"""From scored candidates to lists: the best first, varied genres, exploration slots at the end."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from recs.ranking.genres import GenreTable
from recs.ranking.settings import RankingSettings
from recs.types import FloatArray, IntArray

PREFERRED_AT_MOST = 400
"""Items offered for exploration slots; the first that nobody else explores are taken. Of fewer, all
may be reserved while others are free."""

BEYOND_LIMITS = 1e6
"""Taken off the score of an item that a list has too many of: it comes after all others."""


@dataclass(slots=True)
class Draft:
    """Lists under way: filled but for their exploration slots. Places are those of candidates.

    lists: places chosen for each list, the best first. open_slots: exploration slots left in each.
    preferred: places to explore, the best first.
    """

    lists: list[list[int]]
    open_slots: list[int]
    preferred: list[int]
    ranking: "Shortlist" = field(repr=False)

    @property
    def n_open(self) -> int:
        """Return how many exploration slots there are in all."""
        return sum(self.open_slots)

    def fill(self, explored: Sequence[int], length: int) -> tuple[list[int], list[bool]]:
        """Put items into the exploration slots, in turn; the best candidates where none is left.

        explored: places. Returns all places, list by list, and for each whether it is explored.
        """
        waiting = iter(explored)
        places: list[int] = []
        flags: list[bool] = []
        for chosen, n_open in zip(self.lists, self.open_slots, strict=True):
            new = [place for _, place in zip(range(n_open), waiting, strict=False)]
            self.ranking.remove(new)
            rest = self.ranking.best(length - len(chosen) - len(new))
            places += [*chosen, *new, *rest]
            flags += [False] * len(chosen) + [True] * len(new) + [False] * len(rest)
        return places, flags


def draft_lists(
    scores: FloatArray,
    rows: IntArray,
    tries: IntArray,
    new_items: IntArray,
    genres: GenreTable,
    slots: Sequence[int],
    settings: RankingSettings,
    limits: FloatArray | None = None,
) -> Draft:
    """Fill lists one after the other, each varied in itself, and leave exploration slots open.

    scores, rows: (n,) of all candidates. tries: (n,), how often each was tried: it is explored if
    that is less than `explored_after`, the least tried first, the better scored among equals.
    slots: exploration slots of each list, at its end. new_items: places of items that have just
    come and fit, the best first: one of them takes the first exploration slot of each list, and is
    no exploration. limits: (n_genres,), how many items of each genre a list may have, while others
    are left; None: as many as come.
    """
    length = settings.list_length
    size = settings.shortlist + (len(slots) - 1) * length
    ranking = Shortlist(scores, rows, genres, size, settings.overlap_weight, limits)
    explorable = np.flatnonzero(tries < settings.explored_after)
    coming = new_items.tolist()
    lists: list[list[int]] = []
    open_slots: list[int] = []
    n_left = len(explorable)
    for wanted in slots:
        n_slots = min(wanted, n_left)
        chosen = ranking.best(length - n_slots)
        coming = [place for place in coming if place not in chosen]
        if n_slots and coming:
            ranking.remove(coming[:1])
            chosen.append(coming.pop(0))
        lists.append(chosen)
        open_slots.append(max(length - len(chosen), 0) if n_slots else 0)
        n_left -= open_slots[-1]
    is_free = np.ones(len(scores), np.bool_)
    is_free[[place for chosen in lists for place in chosen]] = False
    free = explorable[is_free[explorable]]
    preferred = free[np.lexsort((-scores[free], tries[free]))][:PREFERRED_AT_MOST]
    return Draft(lists, open_slots, preferred.tolist(), ranking)


class Shortlist:
    """The best candidates, from which the next of a list are taken greedily (MMR).

    Each choice is the highest score less `overlap_weight` times the mean Jaccard similarity of its
    genres to those of the items chosen before it in the same call (Carbonell and Goldstein, 1998).
    """

    def __init__(
        self,
        scores: FloatArray,
        rows: IntArray,
        genres: GenreTable,
        size: int,
        overlap_weight: float,
        limits: FloatArray | None = None,
    ) -> None:
        best = _best(scores, size)
        self._places: list[int] = best.tolist()
        self._scores = scores[best]
        self._overlaps = genres.overlaps(rows[best])
        self._weight = overlap_weight
        self._limits = np.full(len(genres), np.inf) if limits is None else limits
        self._has = None if limits is None else genres.membership(rows[best])

    def best(self, count: int) -> list[int]:
        """Take so many places out, fewer if no more are left."""
        chosen: list[int] = []
        if count <= 0 or not len(self._scores):
            return chosen
        scores, overlaps = self._scores, self._overlaps
        cost, values = np.zeros(len(scores)), scores.copy()
        left = self._limits.copy()
        while len(chosen) < count:
            if chosen:
                np.multiply(cost, -self._weight / len(chosen), out=values)
                values += scores
            if self._has is not None:
                values[self._has[:, left < 1].any(axis=1)] -= BEYOND_LIMITS
            best = int(values.argmax())
            if scores[best] == -np.inf:
                break
            scores[best] = -np.inf
            cost += overlaps[best]
            if self._has is not None:
                left -= self._has[best]
            chosen.append(self._places[best])
        return chosen

    def remove(self, places: Sequence[int]) -> None:
        """Take these places out, if they are in."""
        for place in places:
            if place in self._places:
                self._scores[self._places.index(place)] = -np.inf


def _best(scores: FloatArray, count: int) -> NDArray[np.int64]:
    """Return the places of the highest scores, the highest first; the first among equals."""
    if count < len(scores):
        least = np.partition(scores, -count)[-count]
        some = np.flatnonzero(scores >= least)
    else:
        some = np.arange(len(scores))
    return some[np.argsort(-scores[some], kind="stable")[:count]]

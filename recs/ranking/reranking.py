"""Makes lists from scored candidates: best first, varied genres, exploration slots at the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from recs.ranking.genres import GenreTable
from recs.ranking.settings import RankingSettings
from recs.types import FloatArray, IntArray

PREFERRED_AT_MOST = 400
"""How many items a slate offers for its exploration slots; the first ones that are not reserved are
taken. If it offered fewer, all of them might be reserved while other items are free."""

BEYOND_LIMITS = 1e6
"""Subtracted from the score of an item whose genre is at its limit: it comes after all others."""


@dataclass(slots=True)
class Draft:
    """Lists that are filled except for their exploration slots. Places are those of candidates.

    lists: places chosen for each list, best first. open_slots: empty exploration slots of each
    list. preferred: places to explore, best first.
    """

    lists: list[list[int]]
    open_slots: list[int]
    preferred: list[int]
    ranking: "Shortlist"

    def fill(self, explored: Sequence[int], length: int) -> tuple[list[int], list[bool]]:
        """Fill the exploration slots with these items, then with the best remaining candidates.

        explored: places. Returns all places, list by list, and for each whether it is explored.
        """
        waiting = iter(explored)
        places: list[int] = []
        flags: list[bool] = []
        for chosen, n_open in zip(self.lists, self.open_slots, strict=True):
            new = list(islice(waiting, n_open))
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
    limits: FloatArray | None,
) -> Draft:
    """Fill lists one after the other, each with varied genres, and leave exploration slots open.

    scores, rows: (n,), of all candidates. tries: (n,), how often each was tried: items below
    `explored_after` can be explored, the least tried first, then by score.
    slots: exploration slots of each list, at its end. new_items: places of new items that fit the
    user, best first: one of them takes the first exploration slot of each list, and does not count
    as exploration. limits: (n_genres,), how many items of each genre a list may have as long as
    there are others; None: no limits.
    """
    length = settings.list_length
    size = max(settings.shortlist, length) + (len(slots) - 1) * length
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
        open_slots.append(length - len(chosen) if n_slots else 0)
        n_left -= open_slots[-1]
    is_free = np.ones(len(scores), np.bool_)
    is_free[[place for chosen in lists for place in chosen]] = False
    free = explorable[is_free[explorable]]
    preferred = free[np.lexsort((-scores[free], tries[free]))][:PREFERRED_AT_MOST]
    return Draft(lists, open_slots, preferred.tolist(), ranking)


class Shortlist:
    """The best candidates, from which lists are filled greedily (MMR, Carbonell & Goldstein, 1998).

    Each step takes the item with the highest score minus `overlap_weight` times the mean Jaccard
    similarity of its genres to those of the items chosen before it in the same call.
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
        """Remove and return the next `count` places, or fewer if not enough are left."""
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
        """Remove those of these places that are in the shortlist."""
        for place in places:
            if place in self._places:
                self._scores[self._places.index(place)] = -np.inf


def _best(scores: FloatArray, count: int) -> NDArray[np.int64]:
    """Return the places of the highest scores, highest first; equal scores in order of place."""
    if count < len(scores):
        least = np.partition(scores, -count)[-count]
        some = np.flatnonzero(scores >= least)
    else:
        some = np.arange(len(scores))
    return some[np.argsort(-scores[some], kind="stable")[:count]]

"""Why a title is in a list: the words that `?explain=1` gives."""

from dataclasses import dataclass

import numpy as np

from recs.genres import GenreTable
from recs.lifts import Neighbours
from recs.types import FloatArray, IntArray, ItemId

BECAUSE_AT_MOST = 3
HARDLY = 0.05
"""A part of the score that moves it less than this is no reason."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A title in a list, and why it is there.

    source: personal (LightFM, and the parts of the catalogue that he leans to), similar (to what he
    liked or watched), genre, popular, fresh (never shown to anybody), or explore (least shown, to
    learn about it). because: liked titles that speak for it, the strongest first. genres: those of
    its genres that he is drawn to.
    """

    item: ItemId
    source: str
    score: float
    because: tuple[ItemId, ...]
    genres: tuple[str, ...]


EXPLORE = "explore"
"""Source of a title that is listed because hardly anybody has been shown it."""


def source_of(explored: bool, shown: int, similar: float, personal: float, genre: float) -> str:
    """Name the strongest reason."""
    if explored:
        return EXPLORE
    if shown == 0:
        return "fresh"
    strength, name = max((similar, "similar"), (personal, "personal"), (genre, "genre"))
    return name if strength > HARDLY else "popular"


def because_of(rows: IntArray, liked: IntArray, neighbours: Neighbours) -> list[list[int]]:
    """For each title the liked titles of which it is a neighbour, the strongest first."""
    if not len(liked):
        return [[] for _ in rows]
    near, lifts = neighbours.of(liked)
    order = np.argsort(rows)
    places = order[np.searchsorted(rows, near, sorter=order).clip(max=len(rows) - 1)]
    found = (rows[places] == near) & (lifts > 0)
    reasons: list[list[tuple[float, int]]] = [[] for _ in rows]
    sources = liked[np.nonzero(found)[0]].tolist()
    for place, lift, source in zip(
        places[found].tolist(), lifts[found].tolist(), sources, strict=True
    ):
        reasons[place].append((-lift, source))
    return [[row for _, row in sorted(each)[:BECAUSE_AT_MOST]] for each in reasons]


def drawn_to(rows: IntArray, taste: FloatArray, genres: GenreTable) -> list[tuple[str, ...]]:
    """For each title those of its genres that a viewer likes."""
    if not (taste > 0).any():
        return [() for _ in rows]
    wanted = (genres.table.view[rows] > 0) & (taste > 0)
    names: list[list[str]] = [[] for _ in rows]
    for index, column in np.argwhere(wanted).tolist():
        names[index].append(genres.names[column])
    return [tuple(each) for each in names]

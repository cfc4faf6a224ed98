"""Windows to play with, and what they hold."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.testing import assert_allclose

from recs.ranking.item_statistics import ItemStatistics
from recs.ranking.settings import RankingSettings
from recs.ranking.similarity import Neighbours
from recs.ranking.window import Window
from recs.training import snapshot
from recs.types import UserId
from tests.recs.ranking.tables import genre_table, rows

ANNA, BORIS, CLARA = UserId("Anna"), UserId("Boris"), UserId("Clara")
SETTINGS = RankingSettings()
N_ITEMS = 6
ALL = np.arange(N_ITEMS)
UNSHOWN = 1 / 51
"""The rate of every item before anything happened."""


def new_window(
    n_items: int = N_ITEMS,
    unknown: Sequence[int] = (),
    capacity: int = 1000,
    seed: int = 0,
    settings: RankingSettings = SETTINGS,
) -> Window:
    """Return a window over items of which those of even rows are even, and the others odd."""
    window = Window(settings, capacity, seed)
    add_items(window, n_items, unknown)
    return window


def add_items(window: Window, n_items: int, unknown: Sequence[int] = ()) -> None:
    known = np.ones(n_items, np.bool_)
    known[list(unknown)] = False
    genres = genre_table(*[("even",) if row % 2 == 0 else ("odd",) for row in range(n_items)])
    window.set_items(known, genres)


def restored(window: Window, settings: RankingSettings = SETTINGS) -> Window:
    """Return what another worker makes of this one's events, all sums computed anew."""
    other = Window(settings)
    snapshot.restore(other, *snapshot.to_arrays(window, genre_table(), 0, {}))
    return other


def of(found: Neighbours, row: int) -> dict[int, float]:
    _, near, weights = found.take(rows(row))
    return dict(zip(near.tolist(), weights.tolist(), strict=True))


def assert_same_counts(one: ItemStatistics, other: ItemStatistics) -> None:
    for name in one.counts.PER_ITEM:
        values, expected = getattr(one.counts, name), getattr(other.counts, name)
        assert_allclose(values, expected, atol=1e-9, err_msg=name)
    assert one.counts.totals() == pytest.approx(other.counts.totals(), abs=1e-9)

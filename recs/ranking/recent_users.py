"""What the last active users like: genres, and whether they keep to parts of the catalogue.

A position bin is a part of the catalogue in order of arrival, see affinities.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from recs.interactions import LIKED
from recs.ranking import genre_shares
from recs.ranking.affinities import in_bins_by_user, in_position_bins, positions_of
from recs.ranking.genres import GenreTable
from recs.ranking.order_evidence import positions_matter
from recs.ranking.user_events import UserEvents, joined, rows_of_all
from recs.types import FloatArray, IntArray


def expected_by_position(interaction_rates: FloatArray, bins: int) -> FloatArray:
    """Return the expected interactions of an average user who knows the whole catalogue, (bins,).

    interaction_rates: (n_items,), the chance that such a user interacts with each item.
    """
    n_items = len(interaction_rates)
    return in_position_bins(positions_of(np.arange(n_items), n_items), interaction_rates, bins)


@dataclass(frozen=True, slots=True)
class RecentUsers:
    """Events of some users in flat arrays.

    rows, rows_by, signs: (n_interactions,), the item, the user and the signed rating of each.
    shown, shown_by: (n_impressions,), the item and the user of each. response_rates: (n_users,).
    organic: (n_users,), interactions with items that they were not shown.
    """

    rows: IntArray
    rows_by: IntArray
    signs: NDArray[np.int8]
    shown: IntArray
    shown_by: IntArray
    response_rates: FloatArray
    organic: FloatArray

    @classmethod
    def of(cls, users: Sequence[UserEvents]) -> Self:
        """Join the events of these users."""
        return cls(
            *rows_of_all([user.rows for user in users]),
            joined([user.signs for user in users], np.int8),
            *rows_of_all([user.shown for user in users]),
            np.array([user.response_rate for user in users], np.float64),
            np.array([user.organic for user in users], np.float64),
        )

    def genre_shares(self, genres: GenreTable, known: IntArray) -> FloatArray:
        """Return the share of an average user's likes that have each genre.

        known: rows of the catalogue.
        """
        liked, n_users = self.signs == LIKED, len(self.organic)
        return genre_shares.genre_shares(
            genres, known, self.rows[liked], self.rows_by[liked], n_users
        )

    def keep_to_positions(self, interaction_rates: FloatArray, organic: FloatArray) -> bool:
        """Return whether users interact with some parts of the catalogue more than expected.

        interaction_rates: (n_items,). organic: (bins,), the interactions expected from a user for
        each interaction with an item that they found themselves.
        """
        n_users, n_items, bins = len(self.organic), len(interaction_rates), len(organic)
        expected = in_bins_by_user(
            positions_of(self.shown, n_items),
            self.shown_by,
            self.response_rates[self.shown_by] * interaction_rates[self.shown],
            (n_users, bins),
        )
        expected += np.outer(self.organic, organic)
        said = self.signs != 0
        places = self.rows_by[said] * bins + self.rows[said] * bins // max(n_items, 1)
        came = np.bincount(places, minlength=n_users * bins).reshape(n_users, bins)
        return positions_matter(came.astype(np.float64), expected)

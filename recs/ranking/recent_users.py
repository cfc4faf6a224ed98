"""What the last active users like: genres, and whether they keep to parts of the catalogue.

A position bin is a part of the catalogue in order of arrival, see affinities.py.
"""

from collections.abc import Sequence

import numpy as np

from recs.interactions import LIKED
from recs.ranking.affinities import in_bins_by_user, in_position_bins, positions_of
from recs.ranking.genre_shares import genre_shares
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


def genre_shares_of(users: Sequence[UserEvents], genres: GenreTable, known: IntArray) -> FloatArray:
    """Return the share of an average user's likes that have each genre, (n_genres,).

    known: rows of the catalogue.
    """
    rows, rows_by = rows_of_all([user.rows for user in users])
    liked = joined([user.signs for user in users], np.int8) == LIKED
    return genre_shares(genres, known, rows[liked], rows_by[liked], len(users))


def keep_to_positions(
    users: Sequence[UserEvents], interaction_rates: FloatArray, organic: FloatArray
) -> bool:
    """Return whether users interact with some parts of the catalogue more than expected.

    interaction_rates: (n_items,). organic: (bins,), the interactions expected from a user for each
    interaction with an item that they found themselves.
    """
    n_users, n_items, bins = len(users), len(interaction_rates), len(organic)
    shown, shown_by = rows_of_all([user.shown for user in users])
    response_rates = np.array([user.response_rate for user in users], np.float64)
    expected = in_bins_by_user(
        positions_of(shown, n_items),
        shown_by,
        response_rates[shown_by] * interaction_rates[shown],
        (n_users, bins),
    )
    expected += np.outer([user.organic for user in users], organic)
    rows, rows_by = rows_of_all([user.rows for user in users])
    said = joined([user.signs for user in users], np.int8) != 0
    places = rows_by[said] * bins + rows[said] * bins // max(n_items, 1)
    came = np.bincount(places, minlength=n_users * bins).reshape(n_users, bins)
    return positions_matter(came.astype(np.float64), expected)

"""What is seen from those who were here last: genres, parts of the catalogue."""

import pytest
from numpy.testing import assert_allclose

from recs.interactions import WATCHED
from recs.ranking import recent_users
from recs.ranking import window as window_module
from recs.ranking.settings import RankingSettings
from recs.types import FloatArray
from tests.recs.ranking.windows import (
    ANNA,
    BORIS,
    CLARA,
    add_items,
    new_window,
)


def test_what_is_to_be_expected_of_who_knows_the_catalogue_is_summed_up() -> None:
    settings = RankingSettings(position_bins=2)
    window = new_window(n_items=4, settings=settings)
    window.record_impressions(ANNA, [0, 1, 2])
    window.record_interaction(ANNA, 0, +1, 1.0)

    found = window.refresh()

    watched = found.rates / found.qualities
    # In two bins the items stand at 0, 0.25, 0.75 and 1.
    left = watched[0] + 0.75 * watched[1] + 0.25 * watched[2]
    assert_allclose(found.interactions_by_position, [left, watched.sum() - left])


def test_genres_are_shared_out_by_the_likes_of_each_user() -> None:
    window = new_window(n_items=4)
    window.record_interaction(ANNA, 0, +1, 1.0)
    window.record_interaction(ANNA, 1, +1, 1.0)
    window.record_interaction(ANNA, 2, -1, 1.0)
    window.record_interaction(BORIS, 2, +1, 1.0)
    window.record_impressions(CLARA, [3])
    window.record_interaction(CLARA, 3, WATCHED, 1.0)

    # Items 0 and 2 are of one genre, 1 and 3 of the other; Clara likes nothing.
    even, odd = 20 * 0.5 + 0.5 + 1.0, 20 * 0.5 + 0.5
    assert_allclose(window.refresh().genre_shares, [even / 22, odd / 22])


def test_genres_that_have_just_come_have_no_share_yet() -> None:
    window = new_window(n_items=1)
    before = window.refresh().genre_shares
    add_items(window, 2)

    found = window.refresh(thoroughly=False).genre_shares

    assert found.tolist() == [before[0], 0.0]


def test_positions_matter_where_users_keep_to_them() -> None:
    keeping, alike = new_window(n_items=160), new_window(n_items=160)
    for each in (keeping, alike):
        each.record_impressions(ANNA, range(160))
    for row in range(20):
        keeping.record_interaction(ANNA, row, +1, 1.0)
        alike.record_interaction(ANNA, 8 * row, +1, 1.0)

    assert keeping.refresh().positions_matter
    assert not alike.refresh().positions_matter


def test_what_was_undone_does_not_make_positions_matter() -> None:
    window = new_window(n_items=160)
    window.record_impressions(ANNA, range(160))
    for row in range(20):
        window.record_interaction(ANNA, row, +1, 1.0)
        window.record_interaction(ANNA, row, 0, 2.0)

    assert not window.refresh().positions_matter


def test_positions_are_compared_with_what_a_user_was_exposed_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[tuple[list[list[float]], list[list[float]]]] = []

    def positions_matter(observed: FloatArray, expected: FloatArray) -> bool:
        told.append((observed.tolist(), expected.tolist()))
        return True

    window = new_window(n_items=4, settings=RankingSettings(position_bins=2))
    window.record_impressions(BORIS, [0])
    window.record_impressions(ANNA, [3])
    window.record_interaction(ANNA, 0, +1, 1.0)
    window.record_interaction(ANNA, 1, -1, 1.0)
    window.refresh()
    before = window.refresh()
    monkeypatch.setattr(recent_users, "positions_matter", positions_matter)
    monkeypatch.setattr(window_module, "RECENT_USERS", 1)

    window.refresh()

    (_, boris), (_, anna) = window.users()
    assert boris.organic == 0
    organic = 2 * before.counts.organic_share * before.interactions_by_position
    shown = anna.response_rate * before.rates[3] / before.qualities[3]
    assert told == [([[2.0, 0.0]], [pytest.approx([organic[0], organic[1] + shown])])]


def test_positions_of_what_they_found_by_themselves_count_too() -> None:
    window = new_window(n_items=160)
    for row in range(20):
        window.record_interaction(ANNA, row, -1, 1.0)
    window.refresh()
    window.record_impressions(ANNA, [])

    assert window.refresh().positions_matter

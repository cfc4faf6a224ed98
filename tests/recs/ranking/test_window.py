from math import log

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from recs.ranking.neighbourhood import neighbourhood_prior
from recs.ranking.popularity import like_rates
from recs.types import UserId
from tests.recs.ranking.windows import (
    ANNA,
    BORIS,
    CLARA,
    N_ITEMS,
    SETTINGS,
    UNSHOWN,
    add_items,
    assert_same_counts,
    new_window,
    of,
)

# Interactions


def test_likes_and_dislikes_are_counted() -> None:
    window = new_window()
    window.record_interaction(ANNA, 1, +1, 1.0)
    window.record_interaction(BORIS, 1, +1, 2.0)
    window.record_interaction(BORIS, 2, -1, 3.0)

    counts = window.refresh().counts

    assert_array_equal(counts.likes, [0, 2, 0, 0, 0, 0])
    assert_array_equal(counts.dislikes, [0, 0, 1, 0, 0, 0])
    assert (counts.total_likes, counts.total_dislikes) == (2, 1)


def test_who_thinks_otherwise_later_counts_by_that_only() -> None:
    window = new_window()
    window.record_interaction(ANNA, 1, +1, 1.0)
    window.record_interaction(ANNA, 1, -1, 2.0)

    counts = window.refresh().counts

    assert (counts.likes[1], counts.dislikes[1]) == (0, 1)


def test_the_same_interaction_again_changes_nothing() -> None:
    window = new_window()
    window.record_interaction(ANNA, 1, +1, 1.0)
    window.record_interaction(ANNA, 1, +1, 2.0)

    assert window.refresh().counts.likes[1] == 1
    assert len(window) == 1


def test_an_old_like_that_comes_late_changes_nothing() -> None:
    window = new_window()
    window.record_interaction(ANNA, 1, -1, 5.0)
    window.record_interaction(ANNA, 1, +1, 4.0)

    counts = window.refresh().counts

    assert (counts.likes[1], counts.dislikes[1]) == (0, 1)


def test_a_repeated_interaction_is_as_late_as_its_last_time() -> None:
    window = new_window()
    window.record_interaction(ANNA, 1, +1, 1.0)
    window.record_interaction(ANNA, 1, +1, 9.0)
    window.record_interaction(ANNA, 1, -1, 5.0)

    assert window.refresh().counts.likes[1] == 1


def test_of_interactions_at_the_same_time_the_one_that_came_last_counts() -> None:
    window = new_window()
    window.record_interaction(ANNA, 1, +1, 1.0)
    window.record_interaction(ANNA, 1, -1, 1.0)

    assert window.refresh().counts.dislikes[1] == 1


def test_what_was_undone_does_not_count() -> None:
    window = new_window()
    window.record_interaction(ANNA, 1, +1, 1.0)
    window.record_interaction(ANNA, 2, -1, 1.0)
    window.record_interaction(ANNA, 1, 0, 2.0)
    window.record_interaction(ANNA, 2, 0, 2.0)

    counts = window.refresh().counts

    assert_array_equal([counts.likes, counts.dislikes], np.zeros((2, N_ITEMS)))


def test_an_old_like_that_comes_after_its_undo_changes_nothing() -> None:
    window = new_window()
    window.record_interaction(ANNA, 1, 0, 2.0)
    window.record_interaction(ANNA, 1, +1, 1.0)

    assert window.refresh().counts.likes[1] == 0


def test_an_interaction_with_an_item_of_no_catalogue_is_counted() -> None:
    window = new_window(n_items=2)
    window.record_interaction(ANNA, 4, +1, 1.0)

    statistics = window.refresh()

    assert_array_equal(statistics.counts.likes, [0, 0, 0, 0, 1])
    assert_array_equal(statistics.known, [True, True, False, False, False])
    assert len(statistics) == 5


# Impressions


def test_an_impression_counts_once_a_user() -> None:
    window = new_window()
    window.record_impressions(ANNA, [0, 1, 1])
    window.record_impressions(ANNA, [1, 0])
    window.record_impressions(BORIS, [1])

    assert_array_equal(window.refresh().counts.impressions, [1, 2, 0, 0, 0, 0])
    assert len(window) == 3


def test_impressions_are_whole_numbers() -> None:
    assert new_window().refresh().counts.impressions.dtype == np.int64


def test_an_impression_of_an_item_of_no_catalogue_is_counted() -> None:
    window = new_window(n_items=1)
    window.record_impressions(ANNA, [3])

    assert_array_equal(window.refresh().counts.impressions, [0, 0, 0, 1])


def test_an_impression_weighs_as_much_as_its_user_responds() -> None:
    window = new_window()
    window.record_impressions(ANNA, [0, 1])
    window.record_interaction(ANNA, 0, +1, 1.0)
    window.record_impressions(BORIS, [0])

    counts = window.refresh().counts

    anna, boris = (1 + 1) / (2 * UNSHOWN + 1), 1 / (UNSHOWN + 1)
    assert_allclose(counts.exposure, [anna + boris, anna, 0, 0, 0, 0])
    assert counts.total_exposure == pytest.approx(2 * anna + boris)


def test_a_like_of_what_they_were_not_shown_says_nothing_of_how_they_respond() -> None:
    window = new_window()
    window.record_impressions(ANNA, [0])
    window.record_interaction(ANNA, 1, +1, 1.0)

    assert window.refresh().counts.exposure[0] == pytest.approx(1 / (UNSHOWN + 1))


def test_a_dislike_says_nothing_of_how_they_respond() -> None:
    window = new_window()
    window.record_impressions(ANNA, [0])
    window.record_interaction(ANNA, 0, -1, 1.0)

    assert window.refresh().counts.exposure[0] == pytest.approx(1 / (UNSHOWN + 1))


def test_a_like_that_was_undone_says_nothing_of_how_they_respond() -> None:
    window = new_window()
    window.record_impressions(ANNA, [0])
    window.record_interaction(ANNA, 0, +1, 1.0)
    window.record_interaction(ANNA, 0, 0, 2.0)

    assert window.refresh().counts.exposure[0] == pytest.approx(1 / (UNSHOWN + 1))


def test_a_like_may_come_before_its_impression() -> None:
    window = new_window()
    window.record_interaction(ANNA, 0, +1, 1.0)
    window.refresh()
    window.record_impressions(ANNA, [0])

    assert window.refresh().counts.total_hits == 1


def test_earlier_impressions_weigh_by_what_is_known_of_a_user_by_now() -> None:
    window = new_window()
    window.record_impressions(ANNA, [0])
    rates = window.refresh().rates
    window.record_impressions(ANNA, [1])
    window.record_interaction(ANNA, 0, +1, 1.0)

    exposure = window.refresh().counts.exposure

    anna = (1 + 1) / (rates[0] + rates[1] + 1)
    assert_allclose(exposure, [anna, anna, 0, 0, 0, 0])


def test_who_did_nothing_since_keeps_their_weight() -> None:
    window = new_window()
    window.record_impressions(ANNA, [0])
    before = window.refresh().counts.exposure[0]
    window.record_impressions(BORIS, [1, 2])

    assert window.refresh().counts.exposure[0] == before


def test_new_items_are_expected_to_be_liked_as_often_as_all() -> None:
    window = new_window()
    window.record_impressions(ANNA, [0, 1, 2])
    window.refresh()
    add_items(window, 9)
    window.record_impressions(BORIS, [8])

    exposure = window.refresh().counts.exposure

    after_anna = 1 / (51 + 3 / (3 * UNSHOWN + 1))
    assert exposure[8] == pytest.approx(1 / (after_anna + 1))


def test_likes_of_what_was_shown_are_hits_and_others_are_organic() -> None:
    window = new_window()
    window.record_impressions(ANNA, [0, 1])
    window.record_interaction(ANNA, 0, +1, 1.0)
    window.record_interaction(ANNA, 1, -1, 1.0)
    window.record_interaction(ANNA, 2, +1, 1.0)
    window.record_interaction(BORIS, 3, -1, 1.0)

    counts = window.refresh().counts

    # Two users found two items by themselves: of mean (2 + 5 * 100)/(2 + 5).
    assert counts.total_hits == 1
    assert counts.organic_exposure == pytest.approx(2 / (502 / 7))


# Refreshes


def test_rates_are_those_of_the_counts() -> None:
    window = new_window()
    window.record_impressions(ANNA, [0, 1])
    window.record_interaction(ANNA, 0, +1, 1.0)
    window.record_interaction(ANNA, 1, -1, 1.0)

    statistics = window.refresh()

    rates, qualities = like_rates(statistics.counts, SETTINGS)
    assert_allclose(statistics.rates, rates)
    assert_allclose(statistics.qualities, qualities)


def test_similarity_is_told_from_what_users_were_exposed_to() -> None:
    window = new_window()
    window.record_impressions(ANNA, [1])
    for user in (ANNA, BORIS):
        window.record_interaction(user, 0, +1, 1.0)
        window.record_interaction(user, 1, +1, 1.0)

    found = window.refresh()

    anna = next(events for user, events in window.users() if user == ANNA)
    exposure = max(anna.response_rate, 0.1) + 2 * found.counts.organic_share  # 2: of Boris
    watched = min(found.rates[1] / found.qualities[1], SETTINGS.max_interaction_rate)
    liked, interacted = found.similarity.liked, found.similarity.interacted
    assert of(liked, 0)[1] == pytest.approx(log(3 / (1 + exposure * found.rates[1])))
    assert of(interacted, 0)[1] == pytest.approx(log(3 / (1 + exposure * watched)))


def test_published_statistics_stay_as_they_are() -> None:
    window = new_window()
    window.record_impressions(ANNA, [0])
    window.record_interaction(ANNA, 0, +1, 1.0)
    published = window.refresh()
    before = published.rates.copy()

    window.record_interaction(ANNA, 0, -1, 2.0)
    window.record_impressions(BORIS, [0])
    window.refresh()

    counts = published.counts
    assert (counts.likes[0], counts.dislikes[0], counts.impressions[0]) == (1, 0, 1)
    assert_array_equal(published.rates, before)
    assert counts.exposure[0] == pytest.approx(2 / (UNSHOWN + 1))


def test_a_quick_refresh_counts_and_leaves_the_rest_as_it_was() -> None:
    window = new_window()
    window.record_impressions(ANNA, [0])
    before = window.refresh()
    window.record_interaction(ANNA, 0, +1, 1.0)
    window.record_interaction(ANNA, 5, +1, 1.0)

    quick = window.refresh(thoroughly=False)

    assert_array_equal(quick.counts.likes, [1, 0, 0, 0, 0, 1])
    assert quick.rates[0] > before.rates[0]
    assert quick.pools is before.pools
    assert quick.similarity is before.similarity
    assert_array_equal(quick.counts.neighbourhood, before.counts.neighbourhood)


def test_a_quick_refresh_that_comes_first_has_no_pools_yet() -> None:
    window = new_window()

    statistics = window.refresh(thoroughly=False)

    assert len(statistics.pools.popular) == len(statistics.similarity.liked.lists) == 0
    assert_array_equal(statistics.genre_shares, [0, 0])
    assert_array_equal(statistics.interactions_by_position, np.zeros(SETTINGS.position_bins))
    assert statistics.positions_matter is False


def test_an_empty_catalogue_has_empty_statistics() -> None:
    window = new_window(n_items=0)

    assert len(window.refresh()) == 0


def test_a_thorough_refresh_makes_up_for_quick_ones() -> None:
    window = new_window()
    window.record_interaction(ANNA, 0, +1, 1.0)
    window.record_interaction(ANNA, 5, +1, 1.0)
    window.refresh(thoroughly=False)

    found = window.refresh()

    assert 5 in of(found.similarity.liked, 0)
    assert window.n_waiting == 0


def test_items_in_a_good_neighbourhood_start_higher() -> None:
    window = new_window(n_items=800)
    window.record_impressions(ANNA, range(0, 800, 2))
    for row in range(0, 100, 2):
        window.record_interaction(ANNA, row, +1, 1.0)

    rates = window.refresh().rates

    assert rates[51] > 1.05 * rates[701]


def test_items_of_no_catalogue_tell_nothing_of_their_neighbourhood() -> None:
    hidden, good = range(600, 700, 2), range(0, 100, 2)
    window, without = (new_window(n_items=800, unknown=hidden) for _ in range(2))
    for each in (window, without):
        each.record_impressions(BORIS, range(800))
        for row in good:
            each.record_interaction(BORIS, row, +1, 1.0)
    for row in hidden:
        window.record_interaction(BORIS, row, -1, 1.0)

    around, expected = (each.refresh().counts.neighbourhood for each in (window, without))

    assert around[51] > 0 > around[651]
    assert_allclose(around, expected, atol=1e-9)


def test_neighbourhoods_are_those_of_interactions_of_both_kinds() -> None:
    window = new_window(n_items=800)
    window.record_impressions(ANNA, range(800))
    for row in range(0, 100, 2):
        window.record_interaction(ANNA, row, -1 if row % 4 else +1, 1.0)

    counts = window.refresh().counts

    came = np.zeros(800)
    came[0:100:2] = 1
    expected = neighbourhood_prior(came, counts.exposure, SETTINGS)
    assert_allclose(counts.neighbourhood, expected, atol=1e-12)


def test_neighbourhoods_are_also_those_of_what_users_found_by_themselves() -> None:
    window = new_window(n_items=800, unknown=[700, 701])
    window.record_impressions(ANNA, range(400))
    for row in range(0, 100, 2):
        window.record_interaction(BORIS, row, +1, 1.0)
        window.record_interaction(ANNA, row, +1, 1.0)

    counts = window.refresh().counts

    came = np.zeros(800)
    came[0:100:2] = 2
    expected = neighbourhood_prior(came, counts.exposure + counts.organic_exposure, SETTINGS)
    assert_allclose(counts.neighbourhood, expected, atol=1e-12)


def test_neighbourhoods_that_may_be_chance_do_not_count() -> None:
    window = new_window(n_items=800)
    window.record_impressions(ANNA, range(800))
    for row in range(0, 800, 200):
        window.record_interaction(ANNA, row, +1, 1.0)

    assert_array_equal(window.refresh().counts.neighbourhood, np.zeros(800))


# Who leaves


def test_who_was_away_longest_leaves_first() -> None:
    window = new_window(capacity=3)
    window.record_impressions(ANNA, [0])
    window.record_impressions(BORIS, [1, 2])
    window.record_interaction(ANNA, 0, +1, 1.0)
    window.record_impressions(CLARA, [3])

    counts = window.refresh().counts

    assert [user for user, _ in window.users()] == [ANNA, CLARA]
    assert_array_equal(counts.impressions, [1, 0, 0, 1, 0, 0])


def test_a_window_that_is_just_full_keeps_everybody() -> None:
    window = new_window(capacity=4)
    window.record_impressions(ANNA, [0, 1])
    window.record_impressions(BORIS, [1, 2])

    window.refresh()

    assert (window.n_users, len(window)) == (2, 4)


def test_no_more_users_leave_than_must() -> None:
    window = new_window(n_items=500, capacity=200)
    for number in range(300):
        window.record_impressions(UserId(str(number)), [number])
    window.record_impressions(ANNA, range(150))

    window.refresh()

    assert (len(window), window.n_users) == (200, 51)


def test_no_more_users_leave_than_must_where_many_have_to() -> None:
    window = new_window(n_items=600, capacity=300)
    for number in range(4):
        window.record_impressions(UserId(str(number)), range(150 * number, 150 * number + 150))

    window.refresh()

    assert (len(window), window.n_users) == (300, 2)


def test_the_last_user_stays_however_much_they_did() -> None:
    window = new_window(n_items=2000, capacity=10)
    window.record_impressions(ANNA, range(1000))
    window.record_impressions(BORIS, range(1000, 2000))

    window.refresh()

    assert [user for user, _ in window.users()] == [BORIS]
    assert len(window) == 1000


def test_a_user_who_is_forgotten_leaves_no_trace() -> None:
    window, without = new_window(), new_window()
    for each in (window, without):
        each.record_impressions(ANNA, [0, 1])
        each.record_interaction(ANNA, 0, +1, 1.0)
        each.refresh()
    window.record_impressions(BORIS, [1, 2])
    window.refresh()
    window.record_impressions(BORIS, [3])
    window.record_interaction(BORIS, 0, +1, 1.0)
    window.record_interaction(BORIS, 1, -1, 1.0)
    window.record_interaction(BORIS, 2, +1, 1.0)
    window.record_interaction(BORIS, 2, 0, 2.0)

    window.forget(BORIS)

    assert_same_counts(window.refresh(), without.refresh())
    assert (len(window), window.n_users) == (len(without), 1)


def test_who_was_counted_and_is_forgotten_leaves_no_trace() -> None:
    window, without = new_window(), new_window()
    for each in (window, without):
        each.record_interaction(ANNA, 0, +1, 1.0)
        each.refresh()
    window.record_impressions(BORIS, [0, 1, 2])
    window.record_interaction(BORIS, 0, +1, 1.0)
    window.record_interaction(BORIS, 1, +1, 1.0)
    window.record_interaction(BORIS, 5, -1, 1.0)
    window.refresh()

    window.forget(BORIS)

    statistics = window.refresh()
    assert_same_counts(statistics, without.refresh())
    assert of(statistics.similarity.liked, 0) == of(statistics.similarity.interacted, 5) == {}
    assert of(statistics.similarity.liked, 1) == {}


def test_forgetting_somebody_unknown_changes_nothing() -> None:
    window = new_window()
    window.record_impressions(ANNA, [0])

    window.forget(BORIS)

    assert (len(window), window.n_users) == (1, 1)


def test_what_was_ever_shown_is_remembered() -> None:
    window = new_window()
    window.record_impressions(ANNA, [1, 3])
    window.forget(ANNA)

    assert np.flatnonzero(window.ever_shown()).tolist() == [1, 3]


def test_a_newcomer_in_the_place_of_someone_forgotten_is_somebody_else() -> None:
    window = new_window()
    window.record_interaction(ANNA, 0, +1, 1.0)
    window.record_interaction(BORIS, 1, +1, 1.0)
    window.forget(ANNA)
    window.record_interaction(CLARA, 1, +1, 1.0)
    window.record_interaction(CLARA, 2, +1, 1.0)

    similarity = window.refresh().similarity

    assert len({events.index for _, events in window.users()}) == 2
    assert of(similarity.liked, 1) == pytest.approx({2: log(2)}, rel=0.02)
    assert of(similarity.liked, 0) == {}

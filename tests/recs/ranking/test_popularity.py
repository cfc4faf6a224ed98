from dataclasses import replace
from math import log

import pytest
from numpy.testing import assert_allclose

from recs.ranking.popularity import Counts, like_rates, organic_exposure, overall_rates
from recs.ranking.settings import RankingSettings
from tests.recs.ranking.tables import counts, rows

SETTINGS = RankingSettings(prior_exposure=3.0, optimism=1.0, prior_opinions=4.0)
TOTALS = {"total_likes": 3.0, "total_dislikes": 3.0, "total_hits": 3.0, "total_exposure": 49.0}
"""An impression is liked with (3 + 1)/(49 + 51) = 0.04, an interaction is a like with
(3 + 5)/(6 + 10) = 0.5. An item without any of its own is interacted with at 0.04/0.5 = 0.08."""


def of(
    likes: float = 0,
    dislikes: float = 0,
    exposure: float = 0,
    around: float = 0,
    organic: float = 0,
) -> Counts:
    """Return the counts of one item, among many that have the same totals."""
    return counts(
        totals={**TOTALS, "organic_exposure": organic},
        likes=[likes],
        dislikes=[dislikes],
        exposure=[exposure],
        neighbourhood=[around],
    )


def rate_of(one: Counts, settings: RankingSettings = SETTINGS, more_exposure: float = 0.0) -> float:
    return float(like_rates(one, settings, more_exposure=more_exposure)[0][0])


def test_overall_rates_start_from_a_little_belief() -> None:
    assert overall_rates(of()) == pytest.approx((4 / 100, 8 / 16))
    assert overall_rates(counts(likes=[2], dislikes=[1])) == pytest.approx((3 / 51, 7 / 13))


def test_only_likes_of_what_was_shown_make_the_overall_rate() -> None:
    imported = counts(totals={"total_hits": 1.0}, likes=[900], exposure=[49])

    assert overall_rates(imported) == pytest.approx((2 / 100, 905 / 910))


def test_an_item_never_shown_starts_at_the_rate_of_all() -> None:
    assert rate_of(of()) == pytest.approx(0.04)


def test_evidence_is_counted_per_impression_and_by_share_of_likes() -> None:
    rates, qualities = like_rates(of(likes=2, dislikes=1, exposure=5), SETTINGS)

    watched = (2 + 1 + 3 * 0.08) / (5 + 3)
    liked = (2 + 4 * 0.5) / (2 + 1 + 4)
    assert_allclose(rates, [watched * liked])
    assert_allclose(qualities, [liked])


def test_a_rate_is_a_chance_though_those_who_seldom_respond_all_like_an_item() -> None:
    assert rate_of(of(likes=300, exposure=20)) == pytest.approx((300 + 4 * 0.5) / (300 + 4))


def test_an_impression_in_vain_lowers_a_rate() -> None:
    assert rate_of(of(exposure=1)) == pytest.approx(3 * 0.08 / 4 * 0.5)


def test_impressions_not_counted_yet_count_as_others() -> None:
    assert rate_of(of(likes=1, exposure=1), more_exposure=2.0) == rate_of(of(likes=1, exposure=3))


def test_a_disliked_item_is_still_one_that_people_watch() -> None:
    liked, disliked, ignored = of(likes=1, exposure=1), of(dislikes=1, exposure=1), of(exposure=1)

    assert rate_of(liked) > rate_of(disliked) > rate_of(ignored)


def test_the_neighbourhood_multiplies_where_an_item_starts() -> None:
    assert rate_of(of(around=log(2))) == pytest.approx(2 * 0.04)


def test_optimism_multiplies_where_an_item_starts() -> None:
    assert rate_of(of(), replace(SETTINGS, optimism=3.0)) == pytest.approx(3 * 0.04)


def test_more_belief_in_the_start_needs_more_impressions_to_move() -> None:
    firm = replace(SETTINGS, prior_exposure=9.0)

    assert rate_of(of(exposure=1), firm) == pytest.approx(9 * 0.08 / 10 * 0.5)


def test_more_belief_in_what_is_usual_needs_more_interactions_to_move() -> None:
    _, qualities = like_rates(of(likes=1), replace(SETTINGS, prior_opinions=9.0))

    assert_allclose(qualities, [(1 + 9 * 0.5) / (1 + 9)])


def test_rates_of_some_items_are_those_of_all() -> None:
    several = counts(
        likes=[0, 2, 1], dislikes=[0, 0, 4], exposure=[0, 3, 8], neighbourhood=[0, 0.5, 0]
    )

    everything, some = like_rates(several, SETTINGS), like_rates(several, SETTINGS, rows(2, 1))

    assert_allclose(some, [each[[2, 1]] for each in everything])


def test_an_empty_catalogue_has_no_rates() -> None:
    assert [len(each) for each in like_rates(counts(), SETTINGS)] == [0, 0]


def test_totals_are_named_as_counts_take_them() -> None:
    one = of(likes=1, organic=2.5)

    arrays = {name: getattr(one, name) for name in Counts.PER_ITEM}
    assert Counts(**arrays, **one.totals()).totals() == {
        **TOTALS, "organic_exposure": 2.5, "organic_share": 0.0,
    }  # fmt: skip


def test_everybody_who_found_items_by_themselves_was_exposed_to_all() -> None:
    rate = rate_of(of(likes=1, exposure=2, organic=4))

    assert rate == pytest.approx((1 + 3 * 0.08) / (2 + 4 + 3) * (1 + 4 * 0.5) / (1 + 4))


def test_no_item_is_interacted_with_by_more_than_were_exposed_to_it() -> None:
    rate = rate_of(of(likes=9, exposure=1, organic=2))

    assert rate == pytest.approx((9 + 3 * 0.08) / (9 + 3) * (9 + 4 * 0.5) / (9 + 4))


def test_impressions_not_counted_yet_add_to_what_is_organic() -> None:
    one = rate_of(of(likes=1, exposure=1, organic=4), more_exposure=2.0)

    assert one == rate_of(of(likes=1, exposure=3, organic=4))


def test_who_knows_a_hundred_items_was_exposed_to_all_of_them_once() -> None:
    # The mean of 3 users is (300 + 5 * 100)/(3 + 5) = 100.
    assert organic_exposure(3, 300) == pytest.approx((3.0, 1 / 100))


def test_a_few_who_know_one_item_each_hardly_count() -> None:
    mean = (2 + 500) / (2 + 5)

    assert organic_exposure(2, 2) == pytest.approx((2 / mean, 1 / mean))


def test_nobody_who_found_an_item_is_no_exposure() -> None:
    assert organic_exposure(0, 0) == pytest.approx((0.0, 1 / 100))

from dataclasses import replace
from math import log

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from recs.ranking.ease import Ease
from recs.ranking.item_statistics import ItemStatistics
from recs.ranking.item_vectors import ItemVectors
from recs.ranking.scoring import SIMILAR_TO_MOST, Scores, least, score
from recs.ranking.scratch import Scratch
from recs.ranking.settings import RankingSettings
from recs.ranking.sources import Sources
from recs.ranking.user_profile import distinctness, profile_of
from recs.ranking.user_state import UserState
from recs.types import FloatArray, IntArray
from tests.recs.ranking.tables import genre_table, item_statistics, rows, user

NOTHING = RankingSettings(
    genre_weight=0.0,
    genre_aversion_weight=0.0,
    position_weight=0.0,
    like_similarity_weight=0.0,
    interaction_similarity_weight=0.0,
    silence_weight=0.0,
    model_weight=0.0,
)
"""Without any part. Each test adds one."""
RATES = [0.1, 0.2, 0.3, 0.4]
STATISTICS = item_statistics(
    RATES, genres=genre_table(("Drama",), ("Drama", "War"), ("Comedy",), ("Drama",))
)
SIMILAR = item_statistics(
    RATES,
    liked={0: {2: 0.6, 3: 0.2}, 1: {3: 0.5, 0: 9.0}},
    interacted={0: {3: 1.0}, 1: {2: 0.7}},
)
VECTORS = ItemVectors(np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32))
CANDIDATES = rows(3, 2)
EASE = Ease.of(rows(0, 3), np.array([[0, 0.6], [0, 0]], np.float32), 4)
"""Who likes item 0 likes item 3 more often by 0.6."""


def scored(
    state: UserState,
    statistics: ItemStatistics = STATISTICS,
    vectors: ItemVectors | None = None,
    candidates: IntArray = CANDIDATES,
    rates: FloatArray | None = None,
    ease: Ease | None = None,
    **settings: float,
) -> Scores:
    """Score items 3 and 2, or others."""
    chosen = replace(NOTHING, **settings)  # type: ignore[arg-type]
    sources = Sources(statistics, vectors, ease=ease)
    profile = profile_of(state, sources, chosen, Scratch())
    return score(
        candidates,
        statistics.rates[candidates] if rates is None else rates,
        profile,
        sources,
        chosen,
        Scratch(),
    )


def test_without_any_part_the_score_is_the_log_of_the_rate() -> None:
    found = scored(user(likes=[0]))

    assert_allclose(found.total, [log(0.4), log(0.3)])
    assert_array_equal(found.rows, [3, 2])


def test_a_newcomer_gets_nothing_personal() -> None:
    statistics = replace(SIMILAR, genres=STATISTICS.genres, genre_shares=STATISTICS.genre_shares)

    found = scored(
        user(shown=[0]), statistics, VECTORS,
        genre_weight=1.0, genre_aversion_weight=1.0, position_weight=1.0,
        like_similarity_weight=1.0, interaction_similarity_weight=1.0, silence_weight=1.0,
        model_weight=1.0,
    )  # fmt: skip

    assert_allclose(found.total, [log(0.4), log(0.3)])
    assert_array_equal([found.genre, found.similar, found.personal], np.zeros((3, 2)))


def test_rates_are_those_given_and_not_those_of_the_statistics() -> None:
    found = scored(user(), rates=np.array([0.5, 1.0]))

    assert_allclose(found.total, [log(0.5), 0])


def test_genres_that_a_user_likes_count_by_their_weight() -> None:
    # Preferences: Drama 1 - 0.5/sqrt(2), War -0.5/sqrt(2); of the candidates Drama fits best.
    found = scored(user(likes=[0], dislikes=[1]), genre_weight=0.7)

    assert_allclose(found.genre, [0.7, 0])
    assert_allclose(found.total, [log(0.4) + 0.7, log(0.3)])


def test_neighbours_of_likes_count_over_the_root_of_their_number() -> None:
    found = scored(user(likes=[0, 1]), SIMILAR, like_similarity_weight=0.4)

    similar = [0.4 * (0.2 + 0.5) / 2**0.5, 0.4 * 0.6 / 2**0.5]
    assert_allclose(found.similar, similar)
    assert_allclose(found.total, [log(0.4) + similar[0], log(0.3) + similar[1]])


def test_neighbours_of_dislikes_count_as_interactions_only() -> None:
    found = scored(
        user(likes=[0], dislikes=[1]), SIMILAR,
        like_similarity_weight=0.4, interaction_similarity_weight=0.3,
    )  # fmt: skip

    # by the one like: 0.2 and 0.6; by two interactions: 1.0 and 0.7
    assert_allclose(found.similar, [0.4 * 0.2 + 0.3 * 1.0 / 2**0.5, 0.4 * 0.6 + 0.3 * 0.7 / 2**0.5])


def test_neighbours_of_what_was_shown_in_vain_lose() -> None:
    # Item 0 was answered and says nothing here; item 1 was not, and is near to item 2.
    found = scored(user(likes=[0], shown=[0, 1]), SIMILAR, silence_weight=0.2)

    assert_allclose(found.similar, [0, -0.2 * 0.7])
    assert_allclose(found.total, [log(0.4), log(0.3) - 0.2 * 0.7])


def test_silences_count_over_the_root_of_their_number() -> None:
    found = scored(user(likes=[3], shown=[0, 1]), SIMILAR, silence_weight=0.2)

    assert_allclose(found.similar, [-0.2 * 1.0 / 2**0.5, -0.2 * 0.7 / 2**0.5])


def test_only_the_newest_silences_count() -> None:
    statistics = item_statistics([0.1] * (SIMILAR_TO_MOST + 3), interacted={0: {2: 1.0}})
    newest = list(range(3, SIMILAR_TO_MOST + 3))
    state = user(likes=[1], shown=[0, *newest])
    almost = user(likes=[1], shown=[0, *newest[1:]])

    assert_array_equal(
        scored(state, statistics, candidates=rows(2), silence_weight=0.2).similar, [0]
    )
    assert scored(almost, statistics, candidates=rows(2), silence_weight=0.2).similar[0] < 0


def test_genres_that_a_user_dislikes_count_by_their_weight() -> None:
    drama = [0, 1, 0, 1, 0]
    found = scored(user(dislikes=drama), genre_aversion_weight=2.0)

    # Five dislikes of drama, which item 3 is; two of war, which tell nothing.
    assert_allclose(found.genre, [-2.0 * log(6), 0])


def test_only_the_newest_interactions_say_what_is_similar() -> None:
    old, new = [2] * SIMILAR_TO_MOST, [0] * SIMILAR_TO_MOST
    weights = {"like_similarity_weight": 0.5, "interaction_similarity_weight": 0.5}

    assert_allclose(
        scored(user(likes=old + new), SIMILAR, **weights).similar,
        scored(user(likes=new), SIMILAR, **weights).similar,
    )


def test_who_only_dislikes_has_no_neighbours_of_likes() -> None:
    found = scored(user(dislikes=[0]), SIMILAR, like_similarity_weight=0.4)

    assert_array_equal(found.similar, [0, 0])


def test_positions_that_a_user_likes_count_by_their_weight() -> None:
    found = scored(
        user(likes=[3]), position_weight=0.8, position_bins=2, prior_position_interactions=2.0
    )

    # Item 3 is at the middle of bin 1, item 2 at 3/4 of the way there.
    assert_allclose(found.personal, [0.8 * log(3 / 2), 0.75 * 0.8 * log(3 / 2)])
    assert_allclose(found.total, np.log([0.4, 0.3]) + found.personal)


def test_the_model_counts_more_the_more_a_user_has_liked() -> None:
    one = scored(user(likes=[1]), STATISTICS, VECTORS, model_weight=0.6, prior_model_likes=8.0)
    two = scored(
        user(likes=[1, 1], dislikes=[1]),
        STATISTICS,
        VECTORS,
        model_weight=0.6,
        prior_model_likes=8.0,
    )

    # The model does not know item 3, and item 2 is 0.8 near to item 1.
    assert_allclose(one.personal, [0, 1 / 9 * 0.6 * 0.8])
    assert_allclose(two.personal, [0, 2 / 10 * 0.6 * 0.8])


def test_where_users_do_not_keep_to_parts_of_the_catalogue_positions_do_not_count() -> None:
    statistics = replace(STATISTICS, positions_matter=False)

    found = scored(user(likes=[3]), statistics, position_weight=0.8)

    assert_array_equal(found.personal, [0, 0])


def test_what_ease_foresees_is_added_to_the_rate() -> None:
    found = scored(user(likes=[0]), ease=EASE)

    # item 3: 0.4 + 0.6; item 2 is not in the model
    assert_allclose(found.total, [log(1.0), log(0.3)], atol=1e-6)
    assert_allclose(found.similar, [log(1.0 / 0.4), 0], atol=1e-6)


def test_where_ease_foresees_much_neighbours_count_less() -> None:
    found = scored(user(likes=[0]), SIMILAR, ease=EASE, like_similarity_weight=0.5)

    # The rate of item 3 is 0.4 of its 1.0.
    assert_allclose(found.similar, [log(1.0 / 0.4) + 0.4 * 0.5 * 0.2, 0.5 * 0.6], atol=1e-6)


def test_ease_foresees_nothing_for_who_only_dislikes() -> None:
    assert_array_equal(scored(user(dislikes=[0]), ease=EASE).similar, [0, 0])


def test_model_and_position_add_up() -> None:
    state = user(likes=[1])
    settings = {"position_weight": 0.8, "position_bins": 2}

    position = scored(state, **settings).personal
    both = scored(state, STATISTICS, VECTORS, model_weight=0.6, **settings).personal

    assert_allclose(both - position, [0, 1 / 9 * 0.6 * 0.8])


def test_without_a_model_its_part_is_nothing() -> None:
    assert_array_equal(scored(user(likes=[1]), model_weight=0.6).personal, [0, 0])


def test_no_candidates_have_no_scores() -> None:
    assert len(scored(user(likes=[0]), STATISTICS, VECTORS, rows(), model_weight=1.0).total) == 0


@pytest.mark.parametrize(
    ("setting", "part"),
    [
        ("genre_weight", "genre"),
        ("like_similarity_weight", "similar"),
        ("interaction_similarity_weight", "similar"),
        ("position_weight", "personal"),
        ("model_weight", "personal"),
    ],
)
def test_every_part_counts_as_the_service_is_set(setting: str, part: str) -> None:
    statistics = replace(SIMILAR, genres=STATISTICS.genres, genre_shares=STATISTICS.genre_shares)
    state = user(likes=[0], dislikes=[2])
    settings = RankingSettings()
    only = {setting: getattr(settings, setting)}

    assert np.abs(getattr(scored(state, statistics, VECTORS, **only), part)).max() > 0.005


@pytest.mark.parametrize(("share", "times"), [(0.9, 1.0), (0.1, 1 + 3 * (log(10) / 2 - 0.5))])
def test_genres_count_more_for_a_taste_that_few_have(share: float, times: float) -> None:
    statistics = replace(STATISTICS, genre_shares=np.array([share, 0.9, 0.9]))

    found = scored(user(likes=[0]), statistics, genre_weight=0.5, distinct_taste_weight=3.0)

    assert_allclose(found.genre, [0.5 * times, 0.0], atol=1e-6)


TWO_TASTES = item_statistics(
    [0.1] * 12,
    genres=genre_table(
        *[("Drama",)] * 4, *[("War",)] * 4, ("Comedy",), *[(str(each),) for each in range(3)]
    ),
)
LIKES = [0, 1, 2, 4, 5, 6]


def test_who_has_a_distinct_taste_gets_less_of_what_has_none_of_its_genres() -> None:
    shares = np.array([0.08, 0.08, 0.2, 0.2, 0.2, 0.2])
    statistics = replace(TWO_TASTES, genre_shares=shares)

    found = scored(user(likes=LIKES), statistics, candidates=rows(3, 7, 8))

    assert_allclose(found.genre, [0, 0, -certainty(statistics) * log(7)])
    assert found.genre[2] < 0


def certainty(statistics: ItemStatistics) -> float:
    farness = distinctness(rows(*LIKES), statistics.genres, statistics.genre_shares)
    assert 1.0 < farness < 1.5
    return 2 * (farness - 1)


@pytest.mark.parametrize(
    ("likes", "share"), [(LIKES, 0.3), (LIKES[:3], 0.01)], ids=["ordinary taste", "a few likes"]
)
def test_others_may_like_everything(likes: list[int], share: float) -> None:
    statistics = replace(TWO_TASTES, genre_shares=np.full(6, share))

    found = scored(user(likes=likes), statistics, candidates=rows(3, 8))

    assert_array_equal(found.genre, [0, 0])


def test_of_a_group_each_item_has_all_scores_of_the_member_who_likes_it_least() -> None:
    one = Scores(CANDIDATES, *np.array([[1, 2], [3, 4], [5, 6], [9, 12]], np.float64))
    other = Scores(CANDIDATES, *np.array([[7, 7], [0, 0], [0, 1], [7, 13]], np.float64))

    found = least([one, other])

    assert_array_equal(found.rows, CANDIDATES)
    parts = (found.genre, found.similar, found.personal, found.total)
    assert_array_equal(parts, [[7, 2], [0, 4], [0, 6], [7, 12]])

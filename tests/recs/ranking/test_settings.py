"""What the chosen figures must hold, whatever the laboratory finds."""

from recs.ranking.settings import RankingSettings

SETTINGS = RankingSettings()


def test_lists_explore_and_those_of_newcomers_no_less() -> None:
    assert 1 <= SETTINGS.exploration_slots <= SETTINGS.exploration_slots_for_newcomers
    assert SETTINGS.exploration_slots_for_newcomers < SETTINGS.list_length / 2


def test_an_item_that_was_not_tried_is_explored() -> None:
    assert SETTINGS.explored_after >= 1


def test_items_never_shown_are_hoped_to_be_as_good_as_the_others() -> None:
    assert SETTINGS.optimism >= 1.0
    assert min(SETTINGS.prior_exposure, SETTINGS.prior_opinions) > 0


def test_a_dislike_says_something_and_less_than_a_like() -> None:
    assert 0 < SETTINGS.dislike_weight < 1


def test_every_source_of_candidates_is_used() -> None:
    assert min(
        SETTINGS.popular_candidates,
        SETTINGS.genre_candidates,
        SETTINGS.genres_considered,
        SETTINGS.recent_interactions,
        SETTINGS.nearest_candidates,
        SETTINGS.fresh_candidates,
        SETTINGS.new_candidates,
    ) > 0  # fmt: skip


def test_priors_are_beliefs_and_no_divisions_by_zero() -> None:
    assert min(
        SETTINGS.prior_neighbourhood,
        SETTINGS.prior_position_interactions,
        SETTINGS.prior_model_likes,
    ) > 0  # fmt: skip


def test_rates_and_weights_that_are_bounds_leave_room_for_evidence() -> None:
    assert 0 < SETTINGS.min_response_rate < 1
    assert 0 < SETTINGS.max_interaction_rate < 1


def test_lists_are_varied() -> None:
    assert SETTINGS.overlap_weight > 0
    assert SETTINGS.shortlist > SETTINGS.list_length

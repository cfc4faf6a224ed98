"""Which items are neighbours, and how near."""

from math import log

import numpy as np
import pytest

from recs.ranking import similarity_index
from recs.ranking.settings import RankingSettings
from tests.recs.ranking.crowds import N_ITEMS, Crowd
from tests.recs.ranking.windows import of


def test_items_liked_by_the_same_users_are_neighbours() -> None:
    crowd = Crowd()
    crowd.comes(likes=[0, 1])
    crowd.comes(likes=[0, 1, 2])

    found = crowd.refresh()

    assert of(found.liked, 0) == pytest.approx({1: log(3), 2: log(2)})
    assert of(found.liked, 2) == pytest.approx({0: log(2), 1: log(2)})


def test_a_dislike_makes_neighbours_by_interactions_only() -> None:
    crowd = Crowd()
    crowd.comes(likes=[0], dislikes=[1])

    found = crowd.refresh()

    assert of(found.liked, 0) == {}
    assert of(found.interacted, 0) == pytest.approx({1: log(2)})


def test_likes_are_expected_at_the_rate_of_likes_and_interactions_at_theirs() -> None:
    crowd = Crowd()
    crowd.comes(likes=[0, 1], shown=[1])

    found = crowd.refresh(rate=0.2, quality=0.5)

    assert of(found.liked, 0) == pytest.approx({1: log(2 / 1.2)})
    assert of(found.interacted, 0) == pytest.approx({1: log(2 / 1.4)})


def test_no_item_is_expected_to_be_watched_by_everybody() -> None:
    crowd = Crowd(RankingSettings(max_interaction_rate=0.6))
    crowd.comes(likes=[0, 1], shown=[1])

    assert of(crowd.refresh(rate=0.8, quality=0.5).interacted, 0) == pytest.approx(
        {1: log(2 / 1.6)}
    )


def test_an_impression_weighs_as_much_as_its_user_responds() -> None:
    crowd = Crowd()
    crowd.comes(likes=[0, 1], shown=[1], response_rate=0.3)
    crowd.comes(likes=[0, 1], shown=[1], response_rate=2.0)

    assert of(crowd.refresh(rate=0.5).liked, 0) == pytest.approx({1: log(3 / (1 + 0.5 * 2.3))})


def test_an_impression_on_who_never_responds_weighs_a_little() -> None:
    crowd = Crowd(RankingSettings(min_response_rate=0.1))
    crowd.comes(likes=[0, 1], shown=[1], response_rate=0.001)

    assert of(crowd.refresh(rate=0.5).liked, 0) == pytest.approx({1: log(2 / 1.05)})


def test_who_found_items_by_themselves_was_exposed_to_all_of_them() -> None:
    crowd = Crowd()
    crowd.comes(likes=[0, 1], organic=2)
    crowd.comes(likes=[0, 1], organic=4, shown=[1], response_rate=0.7)

    # 2 * 0.1 for the first; of the second, who was shown item 1, their response rate counts.
    found = crowd.refresh(rate=0.5, organic=0.1).liked

    assert of(found, 0)[1] == pytest.approx(log(3 / (1 + 0.5 * (0.2 + 0.7))))


def test_a_stronger_prior_pulls_towards_chance() -> None:
    crowd = Crowd(RankingSettings(prior_together=3.0))
    crowd.comes(likes=[0, 1], shown=[1])

    assert of(crowd.refresh(rate=0.5).liked, 0) == pytest.approx({1: log(4 / 3.5)})


def test_a_user_who_thinks_otherwise_is_taken_out_of_those_who_like() -> None:
    crowd = Crowd()
    user = crowd.comes(likes=[0, 1])
    crowd.refresh()

    crowd.says(user, 1, -1)
    crowd.index.touch([user])

    found = crowd.refresh()
    assert of(found.liked, 0) == of(found.liked, 1) == {}
    assert of(found.interacted, 0) == pytest.approx({1: log(2)})


def test_what_was_undone_makes_no_neighbours() -> None:
    crowd = Crowd()
    user = crowd.comes(likes=[0, 1])
    crowd.refresh()

    crowd.says(user, 1, 0)
    crowd.index.touch([user])

    found = crowd.refresh()
    assert of(found.liked, 1) == of(found.interacted, 1) == {}
    assert of(found.liked, 0) == of(found.interacted, 0) == {}


def test_a_user_who_was_released_makes_no_neighbours() -> None:
    crowd = Crowd()
    user = crowd.comes(likes=[0, 1])
    crowd.refresh()
    crowd.says(user, 0, 0)
    crowd.says(user, 1, 0)
    crowd.index.release(user)

    assert not crowd.index._users
    found = crowd.refresh()

    assert of(found.liked, 0) == of(found.liked, 1) == {}


def test_new_items_have_no_neighbours() -> None:
    crowd = Crowd()
    crowd.comes(likes=[0, 1])
    crowd.refresh()

    crowd.index.grow_to(N_ITEMS + 3)
    crowd.comes(likes=[0])

    found = crowd.index.refresh(np.full(N_ITEMS + 3, 0.5), np.ones(N_ITEMS + 3))
    assert len(found.liked.lists) == N_ITEMS + 3
    assert of(found.liked, N_ITEMS + 2) == {}


def test_neighbours_are_those_of_the_newest_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similarity_index, "FANS_AT_MOST", 2)
    crowd = Crowd()
    crowd.comes(likes=[0, 1])
    crowd.comes(likes=[0, 2])
    crowd.comes(likes=[0, 3])
    monkeypatch.setattr(similarity_index, "EVENTS_A_REFRESH", 1)

    found = crowd.refresh()

    assert of(found.liked, 0) == pytest.approx({2: log(2), 3: log(2)})

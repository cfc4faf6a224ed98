from array import array
from collections.abc import Sequence
from itertools import pairwise
from math import log

import numpy as np
import pytest

from recs.ranking import similarity_index
from recs.ranking.settings import RankingSettings
from recs.ranking.similarity import Similarity
from recs.ranking.similarity_index import SimilarityIndex, neighbours_kept
from recs.ranking.user_events import UserEvents
from tests.recs.ranking.tables import neighbours
from tests.recs.ranking.windows import of

N_ITEMS = 6


class Crowd:
    """An index, and users who tell it what they do."""

    def __init__(self, settings: RankingSettings | None = None) -> None:
        self.index = SimilarityIndex(settings or RankingSettings())
        self.index.grow_to(N_ITEMS)
        self.users: list[UserEvents] = []

    def comes(
        self,
        likes: Sequence[int] = (),
        dislikes: Sequence[int] = (),
        shown: Sequence[int] = (),
        response_rate: float = 1.0,
        organic: int = 0,
    ) -> UserEvents:
        user = UserEvents(len(self.users))
        self.users.append(user)
        user.shown, user.response_rate, user.organic = array("i", shown), response_rate, organic
        for row in likes:
            self.says(user, row, +1)
        for row in dislikes:
            self.says(user, row, -1)
        return user

    def says(self, user: UserEvents, row: int, sign: int) -> None:
        """Let a user change their sign of an item, as the window does."""
        if row not in user.rows:
            user.rows.append(row)
            user.signs.append(0)
        place = user.rows.index(row)
        before, user.signs[place] = user.signs[place], sign
        self.index.interacted(user, row, before, sign)

    def refresh(self, rate: float = 0.5, quality: float = 1.0, organic: float = 0.0) -> Similarity:
        return self.index.refresh(np.full(N_ITEMS, rate), np.full(N_ITEMS, quality), organic)


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


def test_only_so_many_neighbours_are_kept() -> None:
    crowd = Crowd(RankingSettings(neighbours=2))
    crowd.comes(likes=[0, 1, 2, 3])
    crowd.comes(likes=[0, 3], dislikes=[2])
    crowd.comes(likes=[0, 3])

    found = crowd.refresh()

    assert len(of(found.liked, 0)) == 2
    assert list(of(found.interacted, 0)) == [3, 2]


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


def test_the_other_items_of_a_user_wait_until_the_user_is_touched() -> None:
    crowd = Crowd()
    user = crowd.comes(likes=[0])
    crowd.refresh()

    crowd.says(user, 1, +1)
    before = of(crowd.refresh().liked, 0)
    crowd.index.touch([user])

    assert before == {}
    assert of(crowd.refresh().liked, 0) == pytest.approx({1: log(2)})


def test_refreshes_one_by_one_find_what_one_finds() -> None:
    step_by_step, at_once = Crowd(), Crowd()
    for likes in ([0, 1, 2], [1, 2], [0, 2, 3], [5, 1]):
        at_once.comes(likes)
        step_by_step.index.touch([step_by_step.comes(likes)])
        step_by_step.refresh()

    one, other = step_by_step.refresh(), at_once.refresh()

    for row in range(N_ITEMS):
        assert of(one.liked, row) == pytest.approx(of(other.liked, row))


def test_where_nothing_happened_the_neighbours_stay_the_same_object() -> None:
    crowd = Crowd()
    crowd.comes(likes=[0, 1])
    found = crowd.refresh()

    assert crowd.refresh() is found
    assert crowd.index.n_waiting == 0


def test_a_refresh_does_a_bounded_part_of_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similarity_index, "EVENTS_A_REFRESH", 4)
    crowd = Crowd()
    crowd.comes(likes=[0, 1], shown=[5])  # three events for each of two items
    crowd.comes(likes=[2, 3], shown=[5])

    waiting = [crowd.index.n_waiting]
    for _ in range(3):
        found = crowd.refresh()
        waiting.append(crowd.index.n_waiting)

    assert waiting == [4, 2, 0, 0]
    assert of(found.liked, 0)[1] == pytest.approx(log(2))
    assert of(found.liked, 3)[2] == pytest.approx(log(2))


def test_items_whose_own_users_changed_come_before_those_beside_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crowd = Crowd()
    user = crowd.comes(likes=[0, 1])
    crowd.refresh()
    monkeypatch.setattr(similarity_index, "EVENTS_A_REFRESH", 1)

    crowd.index.touch([user])
    crowd.says(user, 2, +1)

    assert of(crowd.refresh().liked, 2) == pytest.approx({0: log(2), 1: log(2)})
    assert crowd.index.n_waiting == 2


def test_an_item_of_many_users_waits_until_it_has_grown_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(similarity_index, "GROWN_ENOUGH", 0.5)
    crowd = Crowd()
    for _ in range(4):
        crowd.comes(likes=[0])
    crowd.refresh()
    monkeypatch.setattr(similarity_index, "EVENTS_A_REFRESH", 1)

    crowd.comes(likes=[0, 1])  # item 0 has grown by one of five, item 1 by one of one

    assert of(crowd.refresh().liked, 1) == pytest.approx({0: log(2)})
    assert of(crowd.refresh().liked, 0) == pytest.approx({1: log(2)})


@pytest.mark.parametrize("growth", [1, 2])
def test_growth_is_counted_since_an_items_last_turn(
    monkeypatch: pytest.MonkeyPatch, growth: int
) -> None:
    monkeypatch.setattr(similarity_index, "GROWN_ENOUGH", 0.3)
    crowd = Crowd()
    for _ in range(4):
        crowd.comes(likes=[0])
    crowd.refresh()
    monkeypatch.setattr(similarity_index, "EVENTS_A_REFRESH", 1)
    crowd.index.touch([crowd.comes(dislikes=[5])])
    crowd.refresh()
    crowd.index.touch([crowd.users[-1]])

    for _ in range(growth):
        crowd.comes(likes=[0])

    crowd.refresh()
    is_first = crowd.index.n_waiting == 1 and 5 in crowd.index._waiting
    assert is_first == (growth == 2)  # two of six are a third, one of five is a fifth


@pytest.mark.parametrize("sign", [+1, -1])
def test_a_change_of_mind_counts_as_growth(monkeypatch: pytest.MonkeyPatch, sign: int) -> None:
    crowd = Crowd()
    for _ in range(3):
        crowd.says(crowd.comes(), 0, sign)
    other = crowd.comes(likes=[1])
    crowd.refresh()
    monkeypatch.setattr(similarity_index, "EVENTS_A_REFRESH", 1)

    crowd.index.touch([other])
    crowd.says(crowd.users[0], 0, -sign)
    crowd.refresh()

    assert list(crowd.index._waiting) == [1]


def test_an_item_that_has_grown_by_just_enough_does_not_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(similarity_index, "GROWN_ENOUGH", 0.5)
    crowd = Crowd()
    crowd.comes(likes=[0])
    other = crowd.comes(likes=[1])
    crowd.refresh()
    monkeypatch.setattr(similarity_index, "EVENTS_A_REFRESH", 1)

    crowd.index.touch([other])
    crowd.comes(likes=[0])  # by one of two
    crowd.refresh()

    assert list(crowd.index._waiting) == [1]


def test_neighbours_are_those_of_the_newest_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similarity_index, "FANS_AT_MOST", 2)
    crowd = Crowd()
    crowd.comes(likes=[0, 1])
    crowd.comes(likes=[0, 2])
    crowd.comes(likes=[0, 3])
    monkeypatch.setattr(similarity_index, "EVENTS_A_REFRESH", 1)

    found = crowd.refresh()

    assert of(found.liked, 0) == pytest.approx({2: log(2), 3: log(2)})


def test_work_is_counted_over_the_users_that_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similarity_index, "FANS_AT_MOST", 1)
    monkeypatch.setattr(similarity_index, "EVENTS_A_REFRESH", 3)
    crowd = Crowd()
    for _ in range(9):
        crowd.comes(likes=[0])
    crowd.comes(likes=[1])
    crowd.comes(likes=[2])
    crowd.comes(likes=[3])

    crowd.refresh()

    assert crowd.index.n_waiting == 1


def test_an_index_goes_on_from_the_neighbours_of_another_until_it_is_an_items_turn() -> None:
    crowd = Crowd()
    crowd.index.seed(
        Similarity(
            neighbours(N_ITEMS, {0: {5: 0.7}, 4: {5: 0.9}}), neighbours(N_ITEMS, {3: {2: 0.8}})
        )
    )
    seeded = crowd.refresh()
    crowd.comes(likes=[0, 1])

    found = crowd.refresh()

    assert of(seeded.liked, 0) == pytest.approx({5: 0.7})
    assert of(found.liked, 0) == pytest.approx({1: log(2)})
    assert of(found.liked, 4) == pytest.approx({5: 0.9})
    assert of(found.interacted, 3) == pytest.approx({2: 0.8})


def test_rows_stay_whole_numbers_when_an_index_goes_on_from_another() -> None:
    crowd = Crowd()
    crowd.index.seed(
        Similarity(neighbours(N_ITEMS, {2: {4: 0.1}, 3: {5: 0.2}}), neighbours(N_ITEMS, {}))
    )
    crowd.comes(likes=[0, 1])

    found = crowd.refresh().liked

    assert of(found, 2) == pytest.approx({4: 0.1})
    assert np.issubdtype(found.lists.values.dtype, np.integer)
    assert len(found.weights) == len(found.lists.values)


def test_a_user_who_is_restored_makes_neighbours_as_before() -> None:
    crowd, restored = Crowd(), Crowd()
    user = crowd.comes(likes=[0, 1], dislikes=[2], shown=[1, 3], response_rate=0.5)
    crowd.says(user, 4, +1)
    crowd.says(user, 4, 0)
    restored.index.restore(user)

    found, again = crowd.refresh(), restored.refresh()

    for row in range(N_ITEMS):
        assert of(again.liked, row) == of(found.liked, row)
        assert of(again.interacted, row) == of(found.interacted, row)


def test_many_neighbours_are_packed_once_enough_has_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(similarity_index, "PACKED_AT_ONCE", 1)
    monkeypatch.setattr(similarity_index, "REFRESHES_UNPACKED", 3)
    crowd = Crowd()
    for _ in range(9):
        crowd.comes(likes=[0, 1, 2, 3, 4])
    found = [crowd.refresh()]
    for _ in range(5):
        crowd.comes(likes=[5])  # little work
        found.append(crowd.refresh())
    crowd.index.touch(crowd.users)  # much work
    found += [crowd.refresh(), crowd.refresh()]

    packed = [after is not before for before, after in pairwise(found)]
    assert packed == [False, False, False, True, False, False, True]


def test_little_work_of_several_refreshes_adds_up_to_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(similarity_index, "PACKED_AT_ONCE", 1)
    monkeypatch.setattr(similarity_index, "REFRESHES_UNPACKED", 99)
    crowd = Crowd()
    crowd.comes(likes=[0, 1, 2])
    found = [crowd.refresh()]  # 3 items have 2 neighbours each, in both tables: 12
    for _ in range(7):
        crowd.comes(likes=[5])  # an event of each who likes item 5: 1, 3, 6, 10, 15 in all
        found.append(crowd.refresh())

    packed = [after is not before for before, after in pairwise(found)]
    assert packed == [False] * 5 + [True, False]


def test_few_neighbours_are_packed_at_once() -> None:
    crowd = Crowd()
    for others in ([1], [1, 2], [2]):
        crowd.comes(likes=[0, *others])
        crowd.index.touch(crowd.users)
        found = crowd.refresh()

        assert set(of(found.liked, 0)) >= set(others)


def test_new_items_have_no_neighbours() -> None:
    crowd = Crowd()
    crowd.comes(likes=[0, 1])
    crowd.refresh()

    crowd.index.grow_to(N_ITEMS + 3)
    crowd.comes(likes=[0])

    found = crowd.index.refresh(np.full(N_ITEMS + 3, 0.5), np.ones(N_ITEMS + 3))
    assert len(found.liked.lists) == N_ITEMS + 3
    assert of(found.liked, N_ITEMS + 2) == {}


def test_many_neighbours_are_packed_when_as_much_work_was_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(similarity_index, "PACKED_AT_ONCE", 0)
    monkeypatch.setattr(similarity_index, "REFRESHES_UNPACKED", 9)
    crowd = Crowd()
    crowd.comes(likes=[0, 1])
    before = crowd.refresh()
    user = crowd.comes(likes=[2, 3, 4])  # nine events of work; sixteen neighbours then

    found = []
    for _ in range(3):
        found.append(crowd.refresh())
        crowd.index.touch([user])

    assert of(before.liked, 0) == pytest.approx({1: log(2)})
    assert found[0] is found[1] is before
    assert of(found[2].liked, 2) == pytest.approx({3: log(2), 4: log(2)})


def test_many_neighbours_are_packed_after_so_many_refreshes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(similarity_index, "REFRESHES_UNPACKED", 3)
    crowd = Crowd()
    for _ in range(2):
        crowd.comes(likes=[0, 1, 2, 3, 4, 5])
    before = crowd.refresh()
    monkeypatch.setattr(similarity_index, "PACKED_AT_ONCE", 0)
    crowd.says(crowd.users[0], 0, 0)  # little work beside sixty neighbours

    found, waiting = [], []
    for _ in range(5):
        found.append(crowd.refresh())
        waiting.append(crowd.index.n_waiting)

    assert found[:3] == [before] * 3
    assert of(found[3].liked, 0) == pytest.approx({row: log(2) for row in range(1, 6)})
    assert found[4] is found[3]
    assert waiting == [1, 1, 1, 0, 0]  # until then the worker must go on


@pytest.mark.parametrize(
    ("n_items", "kept"), [(0, 400), (10_000, 400), (20_000, 200), (40_000, 100), (10**6, 100)]
)
def test_in_large_catalogues_fewer_neighbours_are_kept(n_items: int, kept: int) -> None:
    assert neighbours_kept(n_items, 400) == kept


def test_no_more_neighbours_are_kept_than_wanted() -> None:
    assert neighbours_kept(10**6, 7) == neighbours_kept(10, 7) == 7


def test_neighbours_of_another_index_are_narrowed_to_the_best() -> None:
    crowd = Crowd(RankingSettings(neighbours=2))
    crowd.index.seed(
        Similarity(neighbours(N_ITEMS, {0: {1: 0.5, 2: 0.25, 3: -1.0}}), neighbours(N_ITEMS, {}))
    )
    crowd.comes(likes=[4, 5])

    found = crowd.refresh().liked

    assert of(found, 0) == {1: 0.5, 2: 0.25}
    assert (found.lists.values.dtype, found.weights.dtype) == (np.int32, np.float32)


def test_an_index_keeps_fewer_neighbours_as_the_catalogue_grows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(similarity_index, "PAIRS_AT_MOST", 6)
    monkeypatch.setattr(similarity_index, "NEIGHBOURS_AT_LEAST", 1)
    index = SimilarityIndex(RankingSettings())
    index.grow_to(3)
    user = UserEvents(0)
    for row in range(3):
        user.rows.append(row)
        user.signs.append(+1)
        index.interacted(user, row, 0, +1)
    flat = (np.full(6, 0.5), np.ones(6))

    before = index.refresh(flat[0][:3], flat[1][:3])
    index.grow_to(6)
    index.touch([user])
    after = index.refresh(*flat)

    assert [len(of(before.liked, row)) for row in range(3)] == [2, 2, 2]
    assert [len(of(after.liked, row)) for row in range(6)] == [1, 1, 1, 0, 0, 0]

"""A refresh does a part of the work: whose turn it is, and who waits."""

from math import log

import pytest

from recs.ranking import similarity_index
from tests.recs.ranking.crowds import N_ITEMS, Crowd
from tests.recs.ranking.windows import of


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


def test_only_the_newest_events_of_a_user_tell_what_goes_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(similarity_index, "EVENTS_OF_A_USER", 2)
    long, short = Crowd(), Crowd()
    long.comes(likes=[4, 5, 0, 1], shown=[2, 3, 5, 1], organic=2, response_rate=2.0)
    short.comes(likes=[0, 1], shown=[5, 1], organic=1, response_rate=2.0)

    one, other = (each.refresh(organic=0.1) for each in (long, short))

    assert of(other.liked, 0)
    for row in range(N_ITEMS):
        assert of(one.liked, row) == of(other.liked, row)
        assert of(one.interacted, row) == of(other.interacted, row)


def test_a_user_with_a_long_history_delays_the_others_by_its_newest_events_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(similarity_index, "EVENTS_A_REFRESH", 4)
    monkeypatch.setattr(similarity_index, "EVENTS_OF_A_USER", 1)
    crowd = Crowd()
    user = crowd.comes(likes=[0, 1, 2, 3], shown=[0, 1, 2, 3])

    crowd.refresh()
    assert crowd.index.n_waiting == 2  # each costs two, not eight
    crowd.refresh()
    crowd.index.touch([user])

    assert crowd.index.n_waiting == 1

"""How many neighbours an index keeps, and when it packs them."""

from itertools import pairwise
from math import log

import numpy as np
import pytest

from recs.ranking import similarity_index
from recs.ranking.settings import RankingSettings
from recs.ranking.similarity_index import SimilarityIndex, neighbours_kept
from recs.ranking.user_events import UserEvents
from tests.recs.ranking.crowds import Crowd
from tests.recs.ranking.windows import of


def test_only_so_many_neighbours_are_kept() -> None:
    crowd = Crowd(RankingSettings(neighbours=2))
    crowd.comes(likes=[0, 1, 2, 3])
    crowd.comes(likes=[0, 3], dislikes=[2])
    crowd.comes(likes=[0, 3])

    found = crowd.refresh()

    assert len(of(found.liked, 0)) == 2
    assert list(of(found.interacted, 0)) == [3, 2]


@pytest.mark.parametrize(
    ("n_items", "kept"), [(0, 400), (10_000, 400), (20_000, 200), (40_000, 100), (10**6, 100)]
)
def test_in_large_catalogues_fewer_neighbours_are_kept(n_items: int, kept: int) -> None:
    assert neighbours_kept(n_items, 400) == kept


def test_no_more_neighbours_are_kept_than_wanted() -> None:
    assert neighbours_kept(10**6, 7) == neighbours_kept(10, 7) == 7


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


def test_few_neighbours_are_packed_at_once() -> None:
    crowd = Crowd()
    for others in ([1], [1, 2], [2]):
        crowd.comes(likes=[0, *others])
        crowd.index.touch(crowd.users)
        found = crowd.refresh()

        assert set(of(found.liked, 0)) >= set(others)


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

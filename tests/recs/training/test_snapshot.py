from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from recs.interactions import WATCHED
from recs.ranking.ragged import Ragged
from recs.ranking.settings import RankingSettings
from recs.ranking.window import Window
from recs.stores.arrays_file import map_arrays, write_arrays
from recs.training import snapshot
from recs.training.dataset import Dataset
from recs.types import Json, UserId
from tests.recs.ranking.tables import genre_table

ANNA, BORIS = UserId("Анна"), UserId("Boris")
GENRES = genre_table(("Drama",), ("Drama", "War"), (), ("War",))
POSITION: Json = {"offsets": {"interactions-a-1.csv": 17}, "totals": {"interactions": 4}}


@pytest.fixture
def window() -> Window:
    window = Window(RankingSettings())
    window.set_items(np.array([True, True, True]), GENRES)
    window.record_impressions(BORIS, [2, 0])
    window.record_interaction(ANNA, 0, +1, 5.0)
    window.record_interaction(BORIS, 2, -1, 4.0)
    window.refresh()
    window.set_items(np.array([True, True, True, True]), GENRES)
    window.record_interaction(ANNA, 1, +1, 3.0)
    window.record_interaction(ANNA, 2, +1, 1.0)
    window.record_interaction(ANNA, 2, 0, 2.0)
    window.record_impressions(BORIS, [1])
    return window


def saved(window: Window, folder: Path) -> tuple[snapshot.Arrays, Json]:
    """Return what is read from the file of a snapshot."""
    arrays, meta = snapshot.to_arrays(window, GENRES, 4, POSITION)
    write_arrays(folder / "window.arrays", arrays, meta)
    return map_arrays(folder / "window.arrays")


def test_a_fit_learns_from_the_facts_that_count_the_oldest_first(
    window: Window, tmp_path: Path
) -> None:
    data = Dataset.from_arrays(*saved(window, tmp_path))

    facts = zip(data.fact_users.tolist(), data.fact_rows.tolist(), data.fact_signs, strict=True)
    assert [(data.users[user], row, sign) for user, row, sign in facts] == [
        (ANNA, 1, +1), (BORIS, 2, -1), (ANNA, 0, +1),
    ]  # fmt: skip


def test_a_fit_learns_the_genres_of_all_items(window: Window, tmp_path: Path) -> None:
    data = Dataset.from_arrays(*saved(window, tmp_path))

    genres = Ragged(data.genre_starts, data.genre_columns)
    assert [[data.genre_names[column] for column in genres[row]] for row in range(4)] == [
        ["Drama"], ["Drama", "War"], [], ["War"],
    ]  # fmt: skip
    assert data.interactions == 4


def test_facts_are_as_narrow_as_a_dataset_promises(window: Window, tmp_path: Path) -> None:
    data = Dataset.from_arrays(*saved(window, tmp_path))

    kinds = [data.fact_users.dtype, data.fact_rows.dtype, data.fact_signs.dtype]
    assert kinds == [np.int32, np.int32, np.int8]
    assert [data.genre_starts.dtype, data.genre_columns.dtype] == [np.int32, np.int32]


def test_a_worker_goes_on_with_what_another_had(window: Window, tmp_path: Path) -> None:
    other = Window(RankingSettings())

    position = snapshot.restore(other, *saved(window, tmp_path))

    assert position == POSITION
    assert (len(other), other.n_users) == (len(window), window.n_users) == (7, 2)
    for (user, events), (before, expected) in zip(other.users(), window.users(), strict=True):
        assert user == before
        for name in ("rows", "signs", "times", "shown", "counted", "response_rate"):
            assert getattr(events, name) == getattr(expected, name), name


def test_what_happens_afterwards_counts_as_if_nothing_had_been_between(
    window: Window, tmp_path: Path
) -> None:
    window.refresh()
    other = Window(RankingSettings())
    snapshot.restore(other, *saved(window, tmp_path))
    other.refresh()

    for each in (window, other):
        each.record_interaction(ANNA, 0, -1, 4.0)  # late
        each.record_interaction(ANNA, 1, -1, 9.0)
        each.record_impressions(ANNA, [0, 3])
        each.record_impressions(BORIS, [0, 3])
        each.set_items(np.ones(4, np.bool_), GENRES)

    found, expected = other.refresh(), window.refresh()
    for name in found.counts.PER_ITEM:
        assert_allclose(getattr(found.counts, name), getattr(expected.counts, name), err_msg=name)
    assert_array_equal(other.ever_shown(), window.ever_shown())


def test_which_items_are_new_survives(window: Window, tmp_path: Path) -> None:
    other = Window(RankingSettings())
    snapshot.restore(other, *saved(window, tmp_path))

    other.set_items(np.ones(5, np.bool_), GENRES)

    assert other.refresh().candidates.new.tolist() == [3, 4]


def test_who_was_away_longest_still_leaves_first(window: Window, tmp_path: Path) -> None:
    other = Window(RankingSettings(), capacity=1)
    snapshot.restore(other, *saved(window, tmp_path))

    other.refresh()

    assert [user for user, _ in other.users()] == [BORIS]


def test_newcomers_of_a_restored_window_are_nobody_else(window: Window, tmp_path: Path) -> None:
    other = Window(RankingSettings())
    snapshot.restore(other, *saved(window, tmp_path))

    other.record_impressions(UserId("Clara"), [0])

    assert sorted(events.index for _, events in other.users()) == [0, 1, 2]


def test_a_restored_window_does_not_change_its_file(window: Window, tmp_path: Path) -> None:
    arrays, meta = saved(window, tmp_path)
    other = Window(RankingSettings())
    snapshot.restore(other, arrays, meta)
    before = arrays["ever_shown"].copy()

    other.record_impressions(ANNA, [3])
    other.refresh()

    assert_array_equal(arrays["ever_shown"], before)


def test_an_empty_window_survives(tmp_path: Path) -> None:
    other = Window(RankingSettings())

    position = snapshot.restore(other, *saved(Window(RankingSettings()), tmp_path))

    assert position == POSITION
    assert len(other) == len(other.refresh()) == 0


def test_users_who_did_only_one_kind_of_thing_survive(tmp_path: Path) -> None:
    window, other = Window(RankingSettings()), Window(RankingSettings())
    window.record_impressions(ANNA, [1])
    window.record_interaction(BORIS, 0, +1, 1.0)

    snapshot.restore(other, *saved(window, tmp_path))

    counts = other.refresh().counts
    assert_array_equal([counts.likes, counts.impressions], [[1, 0], [0, 1]])


def test_a_file_that_lacks_something_leaves_the_window_empty(
    window: Window, tmp_path: Path
) -> None:
    arrays, meta = saved(window, tmp_path)
    other = Window(RankingSettings())
    del arrays["ever_shown"]

    with pytest.raises(KeyError):
        snapshot.restore(other, arrays, meta)

    assert len(other) == other.n_users == 0


def test_ease_learns_likes_of_items_that_the_statistics_have(tmp_path: Path) -> None:
    """They may be older than the snapshot: items 2 and 3 came since."""
    window = Window(RankingSettings())
    window.set_items(np.ones(2, np.bool_), GENRES)
    window.record_interaction(BORIS, 0, WATCHED, 1.0)
    window.record_interaction(ANNA, 1, +1, 2.0)
    window.record_interaction(BORIS, 1, +1, 3.0)
    window.record_interaction(ANNA, 0, -1, 4.0)
    statistics = window.refresh()
    window.record_impressions(ANNA, [1])
    window.record_impressions(BORIS, [3])
    window.record_interaction(ANNA, 2, +1, 5.0)

    arrays, meta = saved(window, tmp_path)
    likes, rates = snapshot.for_ease(arrays, statistics, watched_weight=0.75)

    users = Dataset.from_arrays(arrays, meta).users
    assert [users[user] for user in likes.users.tolist()] == [BORIS, ANNA, BORIS]
    assert likes.rows.tolist() == [0, 1, 1]
    assert likes.organic.tolist() == [True, False, True]
    assert likes.weights.tolist() == [0.75, 1.0, 1.0]
    assert_array_equal(rates.rates, statistics.rates)
    assert_allclose(rates.without_one / rates.rates, [2 / 3, 2 / 3])


def test_an_item_that_came_since_the_statistics_was_shown_as_no_other(tmp_path: Path) -> None:
    """Row 2 of Anna, where the statistics have two rows, is not row 0 of Boris."""
    window = Window(RankingSettings())
    window.set_items(np.ones(2, np.bool_), GENRES)
    window.record_impressions(ANNA, [0])
    window.record_interaction(BORIS, 0, +1, 1.0)
    statistics = window.refresh()
    window.record_impressions(ANNA, [2])
    window.record_impressions(BORIS, [])

    likes, _ = snapshot.for_ease(saved(window, tmp_path)[0], statistics, watched_weight=0.75)

    assert likes.organic.tolist() == [True]

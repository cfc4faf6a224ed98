from math import log

import numpy as np
import pytest
from numpy.testing import assert_allclose

from recs.history import History, Viewer
from recs.lifts import Lifts
from recs.ranking_settings import RankingSettings
from recs.types import ItemId, UserId

SETTINGS = RankingSettings(neighbours=2)


@pytest.fixture
def history() -> History:
    history = History()
    for item in "abcdef":
        history.row_of(ItemId(item))
    return history


def comes(history: History, name: str, likes: list[int], dislikes: list[int] = ()) -> Viewer:
    """Let a viewer react to what he found by himself, so that nothing was to be expected."""
    viewer = history.viewer_of(UserId(name))
    for row in likes:
        history.record_interaction(viewer, row, +1)
    for row in dislikes:
        history.record_interaction(viewer, row, -1)
    return viewer


def lifts_of(history: History, *viewers: Viewer) -> Lifts:
    lifts = Lifts(SETTINGS)
    lifts.grow_to(len(history))
    lifts.update(history, viewers)
    return lifts


def pairs(neighbours: tuple[np.ndarray, np.ndarray]) -> dict[int, float]:
    rows, lifts = (each[0].tolist() for each in neighbours)
    return {row: lift for row, lift in zip(rows, lifts, strict=True) if lift > 0}


def test_titles_liked_by_the_same_viewers_are_neighbours(history: History):
    viewers = [comes(history, "u", [0, 1]), comes(history, "v", [0, 1, 2])]

    found = pairs(lifts_of(history, *viewers).liked.of(np.array([0])))

    assert found == pytest.approx({1: log(3), 2: log(2)})


def test_a_dislike_makes_watched_neighbours_only(history: History):
    lifts = lifts_of(history, comes(history, "u", [0], dislikes=[1]))

    assert pairs(lifts.liked.of(np.array([0]))) == {}
    assert pairs(lifts.watched.of(np.array([0]))) == pytest.approx({1: log(2)})


def test_a_title_that_everybody_is_shown_and_likes_is_nobodys_neighbour(history: History):
    viewers = []
    for name in "uvwxyz":
        viewer = history.viewer_of(UserId(name))
        history.record_impressions(viewer, [0, 1], np.array([0.9, 0.9]))
        viewers.append(comes(history, name, [0, 1]))

    found = pairs(lifts_of(history, *viewers).liked.of(np.array([0])))

    assert found.get(1, 0.0) < log(7 / 4)


def test_only_the_strongest_neighbours_are_kept(history: History):
    viewers = [comes(history, str(n), [0, *range(1, n)]) for n in range(2, 6)]

    found = pairs(lifts_of(history, *viewers).liked.of(np.array([0])))

    assert list(found) == [1, 2]


def test_a_later_pass_corrects_the_titles_of_whoever_did_something(history: History):
    viewer = comes(history, "u", [0, 1])
    lifts = lifts_of(history, viewer)

    history.record_interaction(viewer, 1, -1)
    lifts.update(history, [viewer])

    assert pairs(lifts.liked.of(np.array([0]))) == {}


def test_passes_one_by_one_find_what_one_pass_finds(history: History):
    step_by_step = Lifts(SETTINGS)
    step_by_step.grow_to(len(history))
    viewers = []
    for name, likes in (("u", [0, 1, 2]), ("v", [1, 2]), ("w", [0, 2, 3])):
        viewers.append(comes(history, name, likes))
        step_by_step.update(history, viewers[-1:])

    at_once = lifts_of(history, *viewers)

    for row in range(len(history)):
        one = pairs(step_by_step.liked.of(np.array([row])))
        assert one == pytest.approx(pairs(at_once.liked.of(np.array([row]))))


def test_a_viewer_without_interactions_changes_nothing(history: History):
    viewer = history.viewer_of(UserId("u"))
    history.record_impressions(viewer, [0, 1], np.array([0.5, 0.5]))

    lifts = lifts_of(history, viewer)

    assert_allclose(lifts.liked.of(np.arange(6))[1], 0)

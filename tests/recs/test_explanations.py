import numpy as np
import pytest

from recs.explanations import because_of, drawn_to, source_of
from recs.genres import GenreTable
from recs.lifts import Neighbours


@pytest.mark.parametrize(
    ("explored", "shown", "similar", "personal", "genre", "source"),
    [
        (True, 9, 1.0, 1.0, 1.0, "explore"),
        (False, 0, 1.0, 1.0, 1.0, "fresh"),
        (False, 9, 0.3, 0.2, 0.1, "similar"),
        (False, 9, 0.1, 0.3, 0.2, "personal"),
        (False, 9, 0.1, 0.2, 0.3, "genre"),
        (False, 9, 0.0, 0.01, -0.5, "popular"),
    ],
)
def test_the_strongest_reason_is_named(
    explored: bool, shown: int, similar: float, personal: float, genre: float, source: str
):
    assert source_of(explored, shown, similar, personal, genre) == source


def test_liked_titles_speak_for_their_neighbours_the_strongest_first():
    neighbours = Neighbours(width=2)
    neighbours.grow_to(5)
    places, rows = np.array([0, 1, 1]), np.array([4, 4, 3])
    neighbours.keep_best(np.array([0, 1]), places, rows, np.array([0.5, 0.9, 0.2]))

    because = because_of(np.array([4, 2, 3]), np.array([0, 1]), neighbours)

    assert because == [[1, 0], [], [1]]


def test_whoever_likes_nothing_gets_no_such_reason():
    because = because_of(np.array([4, 2]), np.zeros(0, np.int64), Neighbours(width=2))

    assert because == [[], []]


def test_genres_are_named_that_he_is_drawn_to():
    genres = GenreTable()
    genres.set(0, ["Drama", "War"])
    genres.set(1, ["War"])
    taste = genres.taste(np.array([0, 1]), np.array([+1, -1]), dislike_weight=1.0)

    assert drawn_to(np.array([0, 1]), taste, genres) == [("Drama",), ()]

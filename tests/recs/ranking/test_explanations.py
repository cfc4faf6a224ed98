import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recs.ranking import explanations
from recs.ranking.explanations import because_of, preferred, sources_of
from recs.ranking.genres import GenreTable
from recs.ranking.ragged import Ragged
from recs.ranking.slates import SOURCES
from tests.recs.ranking.tables import genre_table, neighbours, rows

NEIGHBOURS = neighbours(5, {0: {4: 0.5, 1: 0.7}, 1: {4: 0.9, 3: 0.2}})
GENRES = genre_table(("Drama", "War"), ("War",), (), ("Comedy", "Drama"))


@pytest.mark.parametrize(
    ("tries", "similar", "personal", "genre", "source"),
    [
        (0, 1.0, 1.0, 1.0, "fresh"),
        (1, 0.3, 0.2, 0.1, "similar"),
        (9, 0.1, 0.3, 0.2, "personal"),
        (9, 0.1, 0.2, 0.3, "genre"),
        (9, 0.0, 0.04, -0.5, "popular"),
        (9, 0.0, 0.06, -0.5, "personal"),
        (9, -0.3, -0.2, -0.1, "popular"),
    ],
)
def test_the_strongest_reason_is_named(
    tries: int, similar: float, personal: float, genre: float, source: str
) -> None:
    parts = (np.array([part]) for part in (similar, personal, genre))

    (number,) = sources_of(rows(tries), *parts)

    assert SOURCES[number] == source


def test_each_item_has_its_own_reason() -> None:
    nothing = np.zeros(3)
    found = sources_of(rows(1, 0, 1), np.array([1.0, 0, 0]), nothing, np.array([0, 0, 1.0]))

    assert [SOURCES[number] for number in found] == ["similar", "fresh", "genre"]


def test_liked_items_speak_for_their_neighbours_the_strongest_first() -> None:
    assert because_of(rows(4, 2, 3), rows(0, 1), NEIGHBOURS) == [[1, 0], [], [1]]


def test_liked_items_are_named_by_their_rows_whatever_their_order() -> None:
    assert because_of(rows(4), rows(1, 0), NEIGHBOURS) == [[1, 0]]


def test_no_more_than_three_speak_for_an_item() -> None:
    many = neighbours(5, {row: {4: 1.0 + row} for row in range(4)})

    assert because_of(rows(4), rows(0, 1, 2, 3), many) == [[3, 2, 1]]


@given(
    st.dictionaries(
        st.integers(0, 6),
        st.dictionaries(st.integers(0, 6), st.sampled_from([-0.5, 0.0, 0.5, 1.5])),
    ),
    st.lists(st.integers(0, 8), unique=True),
    st.lists(st.integers(0, 8), unique=True),
)
def test_many_liked_items_are_searched_a_few_at_a_time(
    near: dict[int, dict[int, float]], liked: list[int], wanted: list[int]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(explanations, "LIKED_AT_ONCE", 2)
        found = because_of(rows(*wanted), rows(*liked), neighbours(7, near))

    plainly = []
    for row in wanted:
        weights = {each: near.get(each, {}).get(row, 0.0) for each in liked}
        speaking = [each for each in liked if weights[each] > 0]
        plainly.append(sorted(speaking, key=lambda each: (-weights[each], each))[:3])
    assert found == plainly


@pytest.mark.parametrize(("weight", "found"), [(-0.1, []), (0.0, []), (0.01, [0])])
def test_only_what_speaks_for_an_item_is_named(weight: float, found: list[int]) -> None:
    assert because_of(rows(1), rows(0), neighbours(2, {0: {1: weight}})) == [found]


def test_who_likes_nothing_gets_no_such_reason() -> None:
    assert because_of(rows(4, 2), rows(), NEIGHBOURS) == [[], []]


def test_those_genres_of_an_item_are_named_that_a_user_likes() -> None:
    preferences = np.array([1.0, -0.5, 0.0])

    assert preferred(rows(0, 1, 2, 3), preferences, GENRES) == [["Drama"], [], [], ["Drama"]]


def test_a_trait_is_no_genre_that_could_be_named() -> None:
    table = GenreTable(Ragged.of([[0, 1]]), ["Drama"], ["kind\nseries"])

    assert preferred(rows(0), np.ones(2), table) == [["Drama"]]

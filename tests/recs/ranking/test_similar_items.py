import numpy as np
import pytest

from recs.ranking import similar_items as module
from recs.ranking.item_vectors import ItemVectors
from recs.ranking.settings import RankingSettings
from recs.ranking.similar_items import SimilarItems, similar_items
from tests.recs.ranking.tables import counts, genre_table, item_statistics, rows

GENRES = [("horror", "sci-fi"), ("horror", "sci-fi"), ("horror",), ("drama",), ("drama",), ()]
HORROR, SCI_FI, DRAMA = 0, 1, 2
SETTINGS = RankingSettings(prior_model_likes=1.0)


def similar(
    row: int = 0,
    columns: tuple[int, ...] = (HORROR, SCI_FI),
    years: tuple[int, ...] = (0,) * 6,
    without: tuple[int, ...] = (),
    vectors: ItemVectors | None = None,
    k: int = 10,
    rates: tuple[float, ...] = (0.1,) * 6,
    likes: int = 0,
    **how: dict,
) -> SimilarItems:
    statistics = item_statistics(
        rates, genres=genre_table(*GENRES), items=counts(likes=[likes] * 6), **how
    )
    allowed = np.ones(6, np.bool_)
    allowed[list(without)] = False
    return similar_items(
        row, rows(*columns), np.array(years, np.int16), allowed, statistics, vectors, SETTINGS, k
    )


def test_an_item_that_nobody_met_goes_with_those_of_its_genres() -> None:
    found = similar()

    assert found.rows.tolist() == [1, 2]
    assert found.scores.tolist() == pytest.approx([0.5, 0.25])
    assert found.reasons(0) == ["genres"]


def test_among_items_of_the_same_genres_years_decide() -> None:
    found = similar(3, (DRAMA,), years=(1980, 1980, 1980, 1980, 1990, 1980))

    assert found.rows.tolist() == [4]
    assert found.scores[0] == pytest.approx(0.5 + 0.2 * np.exp(-1))
    assert found.reasons(0) == ["genres", "year"]


def test_an_item_of_another_genre_is_not_similar_for_its_year() -> None:
    assert similar(5, (), years=(1980,) * 6).rows.tolist() == []


def test_items_that_the_same_users_like_or_watch_come_whatever_their_genres() -> None:
    found = similar(liked={0: {3: 2.0, 4: -1.0}}, interacted={0: {5: 3.0}})

    assert found.rows.tolist() == [5, 3, 1, 2]
    assert [found.reasons(place)[0] for place in range(3)] == [
        "watched_together", "liked_together", "genres",
    ]  # fmt: skip
    assert similar(liked={0: {3: 0.5}}).rows.tolist() == [1, 2, 3]


def test_the_model_is_trusted_the_more_people_like_the_item() -> None:
    vectors = ItemVectors(np.eye(6, 2, dtype=np.float32)[[0, 1, 1, 0, 1, 1]])

    assert similar(vectors=vectors).rows.tolist() == [1, 2]
    found = similar(vectors=vectors, likes=1)
    assert dict(zip(found.rows.tolist(), found.scores, strict=True))[3] == pytest.approx(0.2)
    assert found.reasons(found.rows.tolist().index(3)) == ["model"]


def test_among_items_that_are_alike_the_popular_one_comes_first() -> None:
    assert similar(2, (HORROR,), rates=(0.1, 0.2, 0.1, 0.1, 0.1, 0.1)).rows.tolist() == [1, 0]
    assert similar(2, (HORROR,), rates=(0.2, 0.1, 0.1, 0.1, 0.1, 0.1)).rows.tolist() == [0, 1]


def test_only_allowed_items_come_and_as_many_as_asked_for() -> None:
    assert similar(without=(1,)).rows.tolist() == [2]
    assert similar(k=1).rows.tolist() == [1]


def test_items_that_came_after_the_training_are_similar_by_the_rest() -> None:
    vectors = ItemVectors(np.ones((1, 2), np.float32))

    assert similar(vectors=vectors, likes=1).rows.tolist() == [1, 2]
    assert similar(2, (HORROR,), vectors=vectors, likes=1).rows.tolist() == [0, 1]


def test_of_many_items_the_most_similar_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NEAREST", 2)

    assert similar().rows.tolist() == [1]  # the other is the item itself
    assert similar(without=(1,)).rows.tolist() == [2]

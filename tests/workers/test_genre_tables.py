"""The table of genres follows the catalogue, and is made anew only when genres were told."""

from pathlib import Path

import pytest

from recs.ranking.genres import GenreTable
from recs.stores.catalogue import Catalogue
from recs.types import ItemId
from workers.genre_tables import CatalogueGenres


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    catalogue = Catalogue(tmp_path)
    catalogue.add([(ItemId("a"), ["War", "Drama"]), (ItemId("b"), []), (ItemId("c"), ["Drama"])])
    return catalogue


def genres_of(table: GenreTable) -> list[list[str]]:
    return [[table.names[column] for column in row] for row in table.of_items]


def test_a_table_has_the_genres_of_all_items(catalogue: Catalogue) -> None:
    table = CatalogueGenres(catalogue).table()

    assert genres_of(table) == [["War", "Drama"], [], ["Drama"]]


def test_items_without_genres_only_make_it_longer(catalogue: Catalogue) -> None:
    genres = CatalogueGenres(catalogue)
    before = genres.table()
    catalogue.rows_of([ItemId("x"), ItemId("y")])

    after = genres.table()

    assert genres_of(after) == [["War", "Drama"], [], ["Drama"], [], []]
    assert after.of_items.values is before.of_items.values
    assert genres.table() is after


@pytest.mark.parametrize("told", [["Noir"], []])
def test_genres_that_change_are_in_the_next_one(catalogue: Catalogue, told: list[str]) -> None:
    genres = CatalogueGenres(catalogue)
    genres.table()
    catalogue.rows_of([ItemId("x")])
    catalogue.add([(ItemId("a"), told)])

    assert genres_of(genres.table()) == [told, [], ["Drama"], []]


def test_an_empty_catalogue_has_an_empty_table(tmp_path: Path) -> None:
    genres = CatalogueGenres(Catalogue(tmp_path))

    assert len(genres.table().of_items) == 0

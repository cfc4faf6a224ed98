"""The table of genres and traits follows the catalogue, and is made anew only when they change."""

from pathlib import Path

import pytest

from recs.ranking.genres import GenreTable
from recs.stores.catalogue import Catalogue
from recs.types import ItemId
from tests.recs.stores.catalogues import add_to
from workers.genre_tables import CatalogueGenres


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    catalogue = Catalogue(tmp_path)
    add_to(
        catalogue, [(ItemId("a"), ["War", "Drama"]), (ItemId("b"), []), (ItemId("c"), ["Drama"])]
    )
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
    add_to(catalogue, [(ItemId("a"), told)])

    assert genres_of(genres.table()) == [told, [], ["Drama"], []]


def test_an_empty_catalogue_has_an_empty_table(tmp_path: Path) -> None:
    genres = CatalogueGenres(Catalogue(tmp_path))

    assert len(genres.table().of_items) == 0


def told(catalogue: Catalogue, *items: tuple[str, list[str]]) -> GenreTable:
    """Return the table of items with a kind and countries each."""
    catalogue.change(
        (ItemId(f"i{n}"), {"kind": kind, "countries": countries})
        for n, (kind, countries) in enumerate(items)
    )
    return CatalogueGenres(catalogue).table()


def traits_of(table: GenreTable) -> list[list[str]]:
    first = len(table.names)
    return [
        [table.traits[column - first] for column in row if column >= first]
        for row in table.of_items
    ]


def test_what_a_third_has_is_a_trait_and_what_more_have_is_none(tmp_path: Path) -> None:
    items = [("Series", ["USSR"])] * 10 + [("film", ["USSR"])] + [("film", ["USA"])] * 19

    table = told(Catalogue(tmp_path), *items)

    assert traits_of(table) == [["kind\nseries"]] * 10 + [[]] * 20


def test_what_fewer_have_than_fill_a_list_is_no_trait(tmp_path: Path) -> None:
    table = told(Catalogue(tmp_path), *[("", ["Italy", "Japan"])] * 9, *[("", ["Japan"])] * 30)

    assert not table.traits


def test_traits_stand_after_the_genres(catalogue: Catalogue) -> None:
    table = told(catalogue, *[("book", ["Chad"])] * 10, *[("film", [])] * 20)

    assert (table.names, len(table)) == (["War", "Drama"], 4)
    assert set(table.traits) == {"kind\nbook", "country\nchad"}
    assert [len(each) for each in table.of_items][:4] == [2, 0, 1, 2]


def test_a_kind_that_changes_is_in_the_next_table(catalogue: Catalogue) -> None:
    items = [("series", list[str]())] * 10 + [("film", list[str]())] * 30
    told(catalogue, *items)
    tables = CatalogueGenres(catalogue)
    before = tables.table()
    catalogue.change([(ItemId("i3"), {"kind": "film"})])
    catalogue.change([(ItemId("i11"), {"kind": "series"})])
    catalogue.change([(ItemId("i12"), {"kind": "series"})])

    assert sum(map(len, traits_of(before))) == 10
    assert sum(map(len, traits_of(tables.table()))) == 11
    catalogue.change([(ItemId("i3"), {"title": "Of no matter"})])
    assert tables.table() is tables.table()

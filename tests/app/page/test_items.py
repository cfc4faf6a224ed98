from collections import Counter
from pathlib import Path

import pytest

from app.page.items import Item, Person, movielens_item, read_items
from app.page.posters import LOOKS

MOVIES = """movieId,title,genres
1,Toy Story (1995),Adventure|Animation
2,"Matrix, The (1999)",Action|Sci-Fi
3,"City of Lost Children, The (Cité des enfants perdus, La) (1995)",Drama
4,Babylon 5,(no genres listed)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "movies.csv").write_text(MOVIES, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("title", "name", "year"),
    [
        ("Toy Story (1995)", "Toy Story", 1995),
        ("Matrix, The (1999)", "The Matrix", 1999),
        ("Amants, Les (1958)", "Les Amants", 1958),
        ("Avventura, L' (1960)", "L'Avventura", 1960),
        ("Brothers, The (Les frères) (2001)", "The Brothers (Les frères)", 2001),
        ("Good, the Bad and the Ugly, The (1966)", "The Good, the Bad and the Ugly", 1966),
        ("Babylon 5", "Babylon 5", None),
        ("Fawlty Towers (1975-1979)", "Fawlty Towers", 1975),
        ("2001 (1968) ", "2001", 1968),
    ],
)
def test_a_movielens_item_is_taken_apart(title: str, name: str, year: int | None) -> None:
    item = movielens_item("7", title, "Drama")

    assert (item.name, item.year) == (name, year)


def test_a_movielens_folder_needs_no_links_and_no_posters(folder: Path) -> None:
    items = read_items(str(folder))

    assert [item.imdb_id for item in items.values()] == ["", "", "", ""]


@pytest.mark.parametrize("header", ["movieId,imdbId,tmdbId\n", ""])
def test_links_are_read_with_and_without_their_header(folder: Path, header: str) -> None:
    (folder / "links.csv").write_text(f"{header}2,0133093,603\n")

    assert read_items(str(folder))["2"].imdb_id == "0133093"


def test_a_poster_file_belongs_to_the_item_of_its_name(folder: Path) -> None:
    (folder / "posters").mkdir()
    (folder / "posters" / "2.jpg").write_bytes(b"")

    assert read_items(str(folder))["2"].poster == folder / "posters" / "2.jpg"


def test_a_film_of_ours_has_its_russian_name_in_a_movielens_folder(folder: Path) -> None:
    assert read_items(str(folder))["2"].named("ru") == "Матрица"


def test_an_item_without_genres_has_none(folder: Path) -> None:
    assert read_items(str(folder))["4"].genres == ()


class TestOurOwnItems:
    items = tuple(read_items("").values())

    def test_there_are_many_films_and_series(self) -> None:
        kinds = Counter(item.kind for item in self.items)

        assert kinds["film"] >= 200
        assert kinds["series"] >= 80

    def test_each_has_a_russian_and_an_english_name(self) -> None:
        assert [item for item in self.items if not (item.name and item.name_ru)] == []

    def test_none_is_there_twice(self) -> None:
        def twice(of: list[object]) -> list[object]:
            return [each for each, count in Counter(of).items() if count > 1]

        assert twice([(item.name.casefold(), item.year) for item in self.items]) == []
        assert twice([(item.name_ru.casefold(), item.year) for item in self.items]) == []

    def test_their_genres_are_movielens_genres(self) -> None:
        used = {genre for item in self.items for genre in item.genres}

        assert used <= LOOKS.keys()
        assert all(item.genres for item in self.items)

    def test_their_years_are_those_of_cinema(self) -> None:
        assert all(1895 <= (item.year or 0) <= 2025 for item in self.items)


def test_an_item_without_a_russian_name_keeps_its_own() -> None:
    assert Item("1", "Up").named("ru") == "Up"


def test_our_own_titles_have_countries_and_people() -> None:
    items = read_items("").values()

    assert all(item.countries and item.people for item in items)
    assert all(person.name and person.name_ru for item in items for person in item.people)


def test_what_our_own_list_knows_of_a_film_of_movielens_is_told(folder: Path) -> None:
    items = read_items(str(folder))

    assert (items["2"].name_ru, items["2"].countries) == ("Матрица", ("USA",))
    assert Person("Keanu Reeves", "Киану Ривз") in items["2"].people
    assert (items["4"].countries, items["4"].people) == ((), ())


def test_people_that_a_catalogue_tells_keep_the_names_that_are_known() -> None:
    known = Item("a", "Alien", people=(Person("Ridley Scott", "Ридли Скотт"),))

    told = Item.told({"item_id": "a", "people": ["Ridley Scott", "Ian Holm"]}, known)

    assert told.people == (Person("Ridley Scott", "Ридли Скотт"), Person("Ian Holm"))
    assert [each.named("ru") for each in told.people] == ["Ридли Скотт", "Ian Holm"]
    assert Item.told({"item_id": "a"}, known).people == known.people

"""Of two spellings of a genre the first one counts; and how many there may be."""

from pathlib import Path

import pytest

from recs.errors import TooManyGenres
from recs.stores.catalogue import Catalogue
from recs.types import ItemId
from tests.recs.stores.catalogues import add_to, contents, file_of, read


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ([["Drama"], ["War"]], ("War",)),
        ([["Drama"], []], ()),
        ([["Drama"], ["(no genres listed)"]], ()),
        ([["Drama"], None], ("Drama",)),
        ([["Drama"], [], None], ()),
        ([None, ["War"]], ("War",)),
        ([["War", "", "War", "Drama"]], ("War", "Drama")),
        ([["War"], [" WAR "]], ("War",)),
        ([[28], ["28"]], ("28",)),
    ],
)
def test_new_genres_replace_the_old_ones_none_keeps_them(
    catalogue: Catalogue, tmp_path: Path, told: list, kept: tuple[str, ...]
) -> None:
    for genres in told:
        add_to(catalogue, [(ItemId("a"), genres)])

    assert catalogue.genres == read(tmp_path).genres == [kept]


def test_of_an_item_twice_in_one_call_the_last_genres_count(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    add_to(catalogue, [(ItemId("a"), ["Drama"]), (ItemId("b"), None), (ItemId("a"), ["War"])])
    add_to(catalogue, [(ItemId("b"), ["War"]), (ItemId("b"), None)])
    add_to(catalogue, [(ItemId("c"), ["War"]), (ItemId("c"), [])])

    assert contents(read(tmp_path)) == {
        "a": (0, 1, ("War",)),
        "b": (1, 1, ("War",)),
        "c": (2, 1, ()),
    }


def test_a_genre_is_spelled_as_it_was_first_by_whoever_reads_it(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    add_to(catalogue, [(ItemId("a"), ["Sci-Fi"]), (ItemId("b"), ["sci-fi ", "War"])])
    other = read(tmp_path)
    add_to(other, [(ItemId("c"), ["SCI-FI", "war"])])
    catalogue.refresh()

    assert catalogue.genres == other.genres == read(tmp_path).genres
    assert catalogue.genres == [("Sci-Fi",), ("Sci-Fi", "War"), ("Sci-Fi", "War")]
    assert (catalogue.find_genre("sci-FI"), catalogue.find_genre("Horror")) == ("Sci-Fi", None)


def test_another_spelling_of_the_same_genres_is_no_change(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    add_to(catalogue, [(ItemId("a"), ["Drama"])])
    size = file_of(tmp_path).stat().st_size
    add_to(catalogue, [(ItemId("a"), ["DRAMA", "drama"])])

    assert file_of(tmp_path).stat().st_size == size


def test_spellings_in_an_older_file_are_made_one(tmp_path: Path) -> None:
    file_of(tmp_path).write_text(
        '{"id": "a", "genres": ["Drama", "drama ", "(no genres listed)"]}\n'
        '{"id": "b", "genres": ["DRAMA"]}\n'
    )

    assert read(tmp_path).genres == [("Drama",), ("Drama",)]


def test_a_damaged_line_names_no_genre(tmp_path: Path) -> None:
    file_of(tmp_path).write_text(
        '{"id": "a", "row": -1, "genres": ["DRAMA"]}\n{"id": "a", "genres": ["Drama"]}\n'
    )

    assert read(tmp_path).genres == [("Drama",)]


def many_genres(count: int, prefix: str = "g") -> list:
    """Return items of 50 genres each, so many distinct ones in all."""
    names = [f"{prefix}{n}" for n in range(count)]
    return [(ItemId(f"{prefix}{n}"), names[n : n + 50]) for n in range(0, count, 50)]


@pytest.fixture
def a_thousand_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recs.stores.catalogue.GENRES_MOST", 1_000)


@pytest.mark.usefixtures("a_thousand_at_most")
def test_a_catalogue_has_so_many_distinct_genres_at_most(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    add_to(catalogue, many_genres(1_000))
    size = file_of(tmp_path).stat().st_size

    with pytest.raises(TooManyGenres, match="1,001"):
        add_to(catalogue, [(ItemId("good"), ["g1"]), (ItemId("bad"), ["one more"])])
    refused = file_of(tmp_path).stat().st_size
    add_to(catalogue, [(ItemId("good"), ["G1"]), (ItemId("plain"), [])])

    assert refused == size
    assert {"good", "plain"} < read(tmp_path).rows.keys()
    assert "bad" not in read(tmp_path).rows


@pytest.mark.usefixtures("a_thousand_at_most")
def test_another_process_counts_the_genres_of_the_first(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    other = Catalogue(tmp_path)
    add_to(catalogue, many_genres(600))

    with pytest.raises(TooManyGenres):
        add_to(other, many_genres(401, "h"))


@pytest.mark.usefixtures("a_thousand_at_most")
def test_genres_that_no_item_has_any_more_make_room(catalogue: Catalogue) -> None:
    wrong = many_genres(1_000)
    add_to(catalogue, wrong)
    add_to(catalogue, [(item, ["Drama"]) for item, _ in wrong])
    add_to(catalogue, many_genres(999, "h"))

    with pytest.raises(TooManyGenres):
        add_to(catalogue, [(ItemId("x"), ["one more"])])

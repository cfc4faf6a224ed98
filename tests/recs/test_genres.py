import pytest

from recs.genres import GenreNames, genres_of, key_of


@pytest.mark.parametrize(
    ("names", "genres"),
    [
        (["Drama", "War"], ("Drama", "War")),
        (
            [" Drama", "War\n", "\ufeffComedy", "Film \t Noir"],
            ("Drama", "War", "Comedy", "Film Noir"),
        ),
        (["Drama", "War", "drama ", "DRAMA"], ("Drama", "War")),
        (["Straße", "STRASSE", "Cine\u0301ma", "cinéma"], ("Straße", "Cine\u0301ma")),
        (
            ["Drama", " \u200bDrama", "Drama\u200b ", "\u200b", "Film \ufeff Noir"],
            ("Drama", "Film Noir"),
        ),
        ([28, "28", 0], ("28", "0")),
        ([], ()),
        (("Sci-Fi",), ("Sci-Fi",)),
    ],
)
def test_names_are_tidied_and_each_genre_comes_once_as_first_written(
    names: list, genres: tuple[str, ...]
) -> None:
    assert genres_of(names) == genres


@pytest.mark.parametrize(
    "none",
    [
        *("(no genres listed)", "(No Genres Listed)", " (no genres listed) ", "no genres listed"),
        *("\\N", "", " ", "\n", "N/A", "n/a", "NA", "None", "null", "NaN", "-", "Unknown", None),
    ],
)
def test_what_data_sets_write_for_no_genre_is_none(none: str | None) -> None:
    assert genres_of([none]) == ()
    assert genres_of(["Drama", none, "War"]) == ("Drama", "War")


@pytest.mark.parametrize("wrong", ["Drama", b"Drama", [True], [1.5], [["Drama"]], [{}], 7])
def test_what_is_no_list_of_names_is_refused(wrong: object) -> None:
    with pytest.raises(TypeError):
        genres_of(wrong)  # type: ignore[arg-type]


def test_later_spellings_mean_the_genre_as_it_was_first_written() -> None:
    names = GenreNames()

    assert names.keep(("Sci-Fi", "drama")) == ("Sci-Fi", "drama")
    assert names.keep(("SCI-FI", "War")) == ("Sci-Fi", "War")
    assert (names.find(" DRAMA "), names.find("Horror"), len(names)) == ("drama", None, 3)


def test_asking_how_a_genre_was_written_keeps_nothing() -> None:
    names = GenreNames()

    assert names.first_written(("Drama",)) == ("Drama",)
    assert (len(names), names.find("drama")) == (0, None)


def test_a_word_that_only_begins_like_none_is_a_genre() -> None:
    assert genres_of(["Unknown Pleasures", "Nonetheless", "Nature"]) != ()
    assert key_of("N/A") != key_of("Nature")

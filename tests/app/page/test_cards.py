import pytest

from app.page.entries import Entry
from app.page.language import read_words
from app.page.reasons import why

WORDS = read_words()
SOURCES = ("personal", "similar", "genre", "popular", "fresh", "explore")


def said(language: str = "en", **reason: object) -> str:
    return why(Entry.read({"item_id": "x", **reason}), str.upper, WORDS[language])


def test_liked_titles_are_named() -> None:
    assert "Because you liked “A” and “B”" in said(source="similar", because=["a", "b"])


def test_in_russian_too() -> None:
    assert "Потому что вам понравилось: «A» и «B»." in said(
        "ru", source="similar", because=["a", "b"]
    )


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("because", [[], ["a"]])
def test_every_source_has_words(source: str, language: str, because: list[str]) -> None:
    sentence = said(language, source=source, because=because)

    assert sentence
    assert any(quoted in sentence for quoted in ("“A”", "«A»")) == bool(because)


def test_no_more_than_three_titles_are_named() -> None:
    assert "D" not in said(source="personal", because=["a", "b", "c", "d"])


def test_genres_are_named_in_the_language() -> None:
    assert "Ваши любимые жанры: Фантастика." in said("ru", source="genre", genres=["Sci-Fi"])


@pytest.mark.parametrize("reason", [{}, {"source": "tarot", "because": ["a"]}])
def test_without_a_reason_that_is_understood_nothing_is_said(reason: dict[str, object]) -> None:
    assert said(**reason) == ""

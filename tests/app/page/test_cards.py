import pytest

from app.page.cards import why
from app.page.client import Entry
from app.page.messages import read_translations

MESSAGES = read_translations()
SOURCES = ("personal", "similar", "genre", "popular", "fresh", "explore")


def reason(language: str = "en", **fields: object) -> str:
    return why(Entry.read({"item_id": "x", **fields}), str.upper, MESSAGES[language])


def test_liked_titles_are_named() -> None:
    assert "Because you liked “A” and “B”" in reason(source="similar", because=["a", "b"])


def test_in_russian_too() -> None:
    assert "Потому что вам понравилось: «A» и «B»." in reason(
        "ru", source="similar", because=["a", "b"]
    )


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("because", [[], ["a"]])
def test_every_source_has_a_text(source: str, language: str, because: list[str]) -> None:
    sentence = reason(language, source=source, because=because)

    assert sentence
    assert any(quoted in sentence for quoted in ("“A”", "«A»")) == bool(because)


def test_no_more_than_three_titles_are_named() -> None:
    assert "D" not in reason(source="personal", because=["a", "b", "c", "d"])


def test_genres_are_named_in_the_language() -> None:
    assert "Ваши любимые жанры: Фантастика." in reason("ru", source="genre", genres=["Sci-Fi"])


@pytest.mark.parametrize("fields", [{}, {"source": "tarot", "because": ["a"]}])
def test_a_source_that_is_not_known_is_not_explained(fields: dict[str, object]) -> None:
    assert reason(**fields) == ""

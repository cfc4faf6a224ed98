import pytest

from app.page.items import Item, Search

CATALOGUE = [
    Item("star", "A Star Is Born", name_ru="Звезда родилась"),
    Item("wars", "Star Wars", name_ru="Звёздные войны"),
    Item("trek", "Star Trek", name_ru="Звёздный путь"),
    Item("up", "Up", name_ru="Вверх"),
    Item("superb", "Superb"),
    Item("wall-e", "WALL·E", name_ru="ВАЛЛ·И"),
]


@pytest.fixture
def search() -> Search:
    return Search(CATALOGUE)


def found(search: Search, query: str) -> list[str]:
    return [item.item_id for item in search.find(query, most=3)]


@pytest.mark.parametrize("query", ["звездные войны", "ЗВЁЗДНЫЕ ВОЙНЫ", "  звёздные   войны "])
def test_case_spaces_and_yo_do_not_matter(search: Search, query: str) -> None:
    assert found(search, query) == ["wars"]


def test_both_languages_find_the_same_item(search: Search) -> None:
    assert found(search, "star wars") == found(search, "звёздные войны")


def test_punctuation_does_not_matter(search: Search) -> None:
    assert found(search, "wall e") == ["wall-e"]


def test_the_name_itself_comes_before_names_that_contain_it(search: Search) -> None:
    assert found(search, "up") == ["up", "superb"]


def test_a_beginning_comes_before_a_word_in_the_middle(search: Search) -> None:
    assert found(search, "star") == ["wars", "trek", "star"]


def test_no_more_are_found_than_asked_for(search: Search) -> None:
    assert len(search.find("s", most=2)) == 2


@pytest.mark.parametrize("query", ["", "   ", "?!"])
def test_a_query_without_letters_finds_nothing(search: Search, query: str) -> None:
    assert found(search, query) == []

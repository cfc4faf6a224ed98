import re
from pathlib import Path

import pytest

from app.page.items import Item, Person, movielens_item, read_items
from app.page.search import Search

ROW = re.compile(r"^\| `(?P<query>[^`]+)` \| [^|]+ \| (?P<found>[^|]+) \|$", re.MULTILINE)
TABLE = ROW.findall((Path(__file__).parents[3] / "docs/search.md").read_text())
OWN = Search(read_items("").values())

CATALOGUE = [
    Item("star", "A Star Is Born", name_ru="Звезда родилась"),
    Item("wars", "Star Wars", name_ru="Звёздные войны"),
    Item("trek", "Star Trek", name_ru="Звёздный путь"),
    Item("up", "Up", name_ru="Вверх"),
    Item("superb", "Superb"),
    Item("wall-e", "WALL·E", name_ru="ВАЛЛ·И"),
]
MOVIELENS = [
    movielens_item(str(n), title, "Drama")
    for n, title in enumerate(
        [
            "Evil Dead II (Dead by Dawn) (1987)",
            "Evil Dead, The (1981)",
            "Rocky III (1982)",
            "Rocky (1976)",
            "Rocky II (1979)",
            "Napoleon Dynamite (2004)",
            "Léon: The Professional (a.k.a. The Professional) (Léon) (1994)",
            "City of Lost Children, The (Cité des enfants perdus, La) (1995)",
            "X-Men: The Last Stand (2006)",
            "X-Men (2000)",
            "2001: A Space Odyssey (1968)",
            "Children of Men (2006)",
            "Forrest Gump (1994)",
            "Jurassic Park III (2001)",
            "Star Wars: Episode V - The Empire Strikes Back (1980)",
            "Star Wars: Episode IV - A New Hope (1977)",
            "Sixth Sense, The (1999)",
            "Game of Thrones (2011)",
            "101 Dalmatians (1996)",
            "Star Wars: Episode I - The Phantom Menace (1999)",
            "Rocky V (1990)",
        ]
    )
]


@pytest.fixture(scope="module")
def search() -> Search:
    return Search(CATALOGUE)


@pytest.fixture(scope="module")
def filed() -> Search:
    return Search(MOVIELENS)


def found(search: Search, query: str) -> list[str]:
    return [item.item_id for item in search.find(query, most=3)]


def test_the_table_of_the_documentation_is_read() -> None:
    assert len(TABLE) >= 30


@pytest.mark.parametrize(("query", "name"), TABLE)
def test_a_query_finds_what_the_documentation_says(query: str, name: str) -> None:
    first = next(iter(OWN.find(query, most=1)), None)

    assert (first.name_ru if first else "–") == name


@pytest.mark.parametrize("item", read_items("").values(), ids=lambda item: item.item_id)
def test_every_name_finds_its_own_item_first(item: Item) -> None:
    for name in (item.name, item.name_ru):
        assert OWN.find(name, most=1)[0].name == item.name
        assert OWN.find(f"{name} {item.year}", most=1) == [item]


@pytest.mark.parametrize(
    ("query", "years"),
    [
        ("Evil Dead", [1981, 1987]),
        ("rocky", [1976, 1979, 1982]),
        ("rocky two", [1979]),
        ("rocky 3", [1982]),
        ("Leon", [1994]),
        ("professional", [1994]),
        ("cite des enfants perdus", [1995]),
        ("x men", [2000, 2006]),
        ("xmen", [2000, 2006]),
        ("2001", [1968, 2001]),
        ("space odyssey 1968", [1968]),
        ("star wars", [1977, 1980, 1999]),
        ("sixth sense, the (1999)", [1999]),
        ("6ixth sens", [1999]),
        ("forest gump", [1994]),
        ("форрест гамп", [1994]),
        ("got", [2011]),
        ("star wars 5", [1980]),
        ("rocky 5", [1990]),
        ("star wars episode 1", [1999]),
        ("101 dalmations", [1996]),
        ("пфьу ща ерк", [2011]),
    ],
)
def test_names_as_movielens_files_them(filed: Search, query: str, years: list[int]) -> None:
    assert [item.year for item in filed.find(query, most=3)] == years


@pytest.mark.parametrize("query", ["звездные войны", "ЗВЁЗДНЫЕ ВОЙНЫ", "  звёздные   войны "])
def test_case_spaces_and_yo_do_not_matter(search: Search, query: str) -> None:
    assert found(search, query) == ["wars"]


def test_a_word_inside_another_is_no_match(search: Search) -> None:
    assert found(search, "up") == ["up"]


def test_a_beginning_comes_before_a_word_in_the_middle(search: Search) -> None:
    assert found(search, "star") == ["wars", "trek", "star"]


@pytest.mark.parametrize("first", ["Fear Street", "Red Riding", "Night Train", "Old Road", "Sea"])
def test_a_name_with_a_year_in_it_comes_before_a_part_of_that_year(first: str) -> None:
    search = Search([Item("part", f"{first}: 1978", year=1994), Item("whole", f"{first}: 1994")])

    assert found(search, f"{first} 1994") == ["whole", "part"]


def test_people_are_found_after_names() -> None:
    search = Search(
        [
            Item("a", "Alien", people=(Person("Ridley Scott", "Ридли Скотт"),)),
            Item("b", "Scott of Arctic"),
        ]
    )

    assert found(search, "scott") == ["b", "a"]
    assert found(search, "ридли скотт") == ["a"]


@pytest.mark.parametrize(
    ("query", "name"),
    [("Гайдай Миронов", "The Diamond Arm"), ("тоторо Миядзаки", "My Neighbor Totoro")],
)
def test_words_may_be_of_several_names_of_a_title(query: str, name: str) -> None:
    assert [item.name for item in OWN.find(query, most=3)] == [name]


def test_no_more_are_found_than_asked_for(search: Search) -> None:
    assert len(search.find("s", most=2)) == 2


@pytest.mark.parametrize("query", ["", "   ", "?!", "~", "\x00"])
def test_a_query_without_letters_finds_nothing(search: Search, query: str) -> None:
    assert found(search, query) == []


@pytest.mark.parametrize("query", ["sssss", "яяяяяя", "ZZZZ"])
def test_one_letter_many_times_finds_nothing(query: str) -> None:
    assert OWN.find(query, most=3) == []


@pytest.mark.parametrize("query", ["18th angel", "the 19th century", "1abc"])
def test_a_word_that_begins_like_a_year_is_a_word(query: str) -> None:
    search = Search([Item("angel", "The 18th Angel"), Item("other", "19th")])

    assert len(found(search, query)) == (query != "1abc")


@pytest.mark.parametrize("query", ["w" * 5000, "star " * 5000, "%", "🙂", "a\u0301" * 300, "(((("])
def test_no_query_is_too_strange(search: Search, query: str) -> None:
    found(search, query)


def test_without_items_nothing_is_found() -> None:
    assert found(Search([]), "star") == []

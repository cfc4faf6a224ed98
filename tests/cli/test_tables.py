"""Any table with named columns: columns guessed or told, its text, its cells."""

import gzip
import json
from pathlib import Path

import pytest

from cli.formats.records import Unreadable
from cli.formats.values import year_of
from recs.types import ItemId
from tests.cli.files import FILE_TIME, MOVIES, RATINGS, T, facts, prepared, source_of, write


@pytest.mark.parametrize(
    "header",
    [
        "user_id,item_id,rating,timestamp",
        "User ID;Movie;Stars;Date",
        "viewer\tfilm\tscore\tcreated_at",
        "\ufeffuserId|movieId|rating|time",
        "\n  \nuser;item;rating;time",
        "user::item::rating::time",
    ],
)
def test_columns_are_guessed(tmp_path: Path, header: str) -> None:
    separator = next(each for each in (*",;\t|", "::") if each in header)
    rows = [
        header,
        *(separator.join(row) for row in [("u", "a", "5", "1e9"), ("u", "b", "1", "1e9")]),
    ]

    found = prepared(write(tmp_path, {"mine.csv": "\n".join(rows)}) / "mine.csv")

    assert facts(found) == [("u", "a", "like", T), ("u", "b", "dislike", T)]


def test_columns_are_told(tmp_path: Path) -> None:
    text = "k1,k2,k3,k4,k5,k6\nann,x1,9,2001-09-09,Heat,Crime;Drama\n"

    found = prepared(
        write(tmp_path, {"mine.csv": text}) / "mine.csv",
        user="k1", item="k2", rating="k3", time="k4", title="k5", genres="k6",
    )  # fmt: skip

    assert facts(found) == [("ann", "x1", "like", 999_993_600.0)]
    assert found.titles == {"x1": {"title": "Heat", "genres": ["Crime", "Drama"]}}


def test_columns_that_are_read_and_others_are_told(tmp_path: Path) -> None:
    text = "viewer,film,thumbs_up,title,\nann,x1,true,Heat,\n"
    folder = write(tmp_path / "tables", {"mine.csv": text, "items.csv": "id,genre\nx1,War\n"})

    assert source_of(folder).columns == (
        "items.csv: item from id, genres from genre",
        "mine.csv: user from viewer, item from film, title; not read: thumbs_up",
    )


def test_a_column_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    path = write(tmp_path, {"mine.csv": "a,b\n1,2\n"}) / "mine.csv"

    with pytest.raises(Unreadable, match=r"no column 'c'; there are a, b"):
        source_of(path, item="c")


@pytest.mark.parametrize("name", ["user", "rating"])
def test_a_column_that_is_read_may_come_only_once(tmp_path: Path, name: str) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(f"user,item,rating,{name},note,note\na,b,5,1,,\n")

    with pytest.raises(Unreadable, match=f"'{name}' more than once"):
        prepared(path)


def test_a_table_that_says_nowhere_who_is_asked_for_the_user(tmp_path: Path) -> None:
    path = write(tmp_path, {"mine.csv": "title,rating\nHeat,5\n"}) / "mine.csv"

    with pytest.raises(Unreadable, match="--as"):
        source_of(path)
    assert facts(prepared(path, "ann")) == [("ann", "Heat", "like", FILE_TIME)]


def test_a_column_of_actions_and_lines_of_json(tmp_path: Path) -> None:
    lines = [
        {"user_id": "u", "item_id": "a", "action": "like", "timestamp": 1e9},
        {"user_id": "u", "item_id": 5, "action": "VIEW", "timestamp": 1e12},
        {"user_id": "u", "item_id": "c", "action": "purchase", "timestamp": 1e9},
        ["no object"],
    ]
    text = "".join(json.dumps(each) + "\n" for each in lines)

    found = prepared(write(tmp_path, {"mine.jsonl": text}) / "mine.jsonl")

    assert facts(found) == [("u", "a", "like", T), ("u", "5", "watched", T)]
    assert [each.line[1] for each in found.refused] == [3, 4]


YES_AND_NO = [
    ("true", "false"),
    ("True", "False"),
    ("1", "0"),
    ("1.0", "0.0"),
    ("t", "f"),
    ("да", "НЕТ"),
]


@pytest.mark.parametrize(("yes", "no"), YES_AND_NO)
@pytest.mark.parametrize("header", ["liked", "Like", "is_liked"])
def test_a_column_that_says_whether_it_was_liked(
    tmp_path: Path, header: str, yes: str, no: str
) -> None:
    text = f"user,item,{header}\nu,a,{yes}\nu,b,{no}\nu,c,\nu,d,perhaps\n"
    found = prepared(write(tmp_path, {"mine.csv": text}) / "mine.csv")

    assert [fact[1:3] for fact in facts(found)] == [
        ("a", "like"),
        ("b", "dislike"),
        ("c", "watched"),
    ]
    assert [each.line[1] for each in found.refused] == [5]


def test_of_a_title_that_was_rated_and_not_liked_the_rating_counts(tmp_path: Path) -> None:
    text = "user,item,rating,liked\nu,a,5,false\nu,b,1,false\nu,c,,false\nu,d,3,true\n"
    found = prepared(write(tmp_path, {"mine.csv": text}) / "mine.csv")

    assert [fact[1:3] for fact in facts(found)] == [
        ("a", "like"),
        ("b", "dislike"),
        ("c", "dislike"),
        ("d", "like"),
    ]


def test_lines_of_json_say_yes_and_no(tmp_path: Path) -> None:
    rows = [{"user": "u", "item": "a", "liked": True}, {"user": "u", "item": "b", "liked": False}]
    path = write(tmp_path, {"mine.jsonl": "\n".join(map(json.dumps, rows))}) / "mine.jsonl"

    assert [fact[1:3] for fact in facts(prepared(path))] == [("a", "like"), ("b", "dislike")]


@pytest.mark.parametrize("columns", [{}, {"item": "item_id"}], ids=["guessed", "told"])
@pytest.mark.parametrize("indent", [None, 1], ids=["one line", "many lines"])
def test_a_list_of_json_that_is_nobodys_is_called_so(
    tmp_path: Path, indent: int | None, columns: dict[str, str]
) -> None:
    text = json.dumps([{"user_id": 1, "item_id": 2}, {"user_id": 2, "item_id": 2}], indent=indent)
    path = write(tmp_path, {"mine.json": text}) / "mine.json"

    with pytest.raises(Unreadable, match=r"^mine\.json is one JSON list"):
        source_of(path, **columns)


OTHER_FOLDERS = {
    "other names": (
        "movie_id,user_id,rating,timestamp\n1,anna,5,1700000000\n2,anna,1,1700000001\n",
        "id,title,year,genres\n1,Alien,1979,Horror|Sci-Fi\n2,Heat,1995,Crime\n",
    ),
    "titles by other names": (
        "userId,movieId,rating,timestamp\nanna,1,5,1700000000\nanna,2,1,1700000001\n",
        "id,title,year,genres\n1,Alien,1979,Horror|Sci-Fi\n2,Heat,1995,Crime\n",
    ),
    "another order": (
        "userId,rating,movieId,timestamp\nanna,5,1,1700000000\nanna,1,2,1700000001\n",
        "title,genres,movieId\nAlien (1979),Horror|Sci-Fi,1\nHeat (1995),Crime,2\n",
    ),
    "without times": (
        "userId,movieId,rating\nanna,1,5\nanna,2,1\n",
        "movieId,title,genres\n1,Alien (1979),Horror|Sci-Fi\n2,Heat (1995),Crime\n",
    ),
    "more columns": (
        "userId,movieId,rating,timestamp,comment\nanna,1,5,1700000000,\nanna,2,1,1700000001,no\n",
        "movieId,title,genres,language\n1,Alien (1979),Horror|Sci-Fi,en\n2,Heat (1995),Crime,en\n",
    ),
}


@pytest.mark.parametrize("name", OTHER_FOLDERS)
def test_a_folder_with_the_names_of_movielens_is_read_by_the_names_of_its_columns(
    tmp_path: Path, name: str
) -> None:
    ratings, movies = OTHER_FOLDERS[name]
    found = prepared(write(tmp_path, {"ratings.csv": ratings, "movies.csv": movies}))

    assert [(user, item, action) for user, item, action, _ in facts(found)] == [
        ("anna", "1", "like"),
        ("anna", "2", "dislike"),
    ]
    assert found.refused == []
    assert {item: told["title"] for item, told in found.titles.items()} == {
        "1": "Alien",
        "2": "Heat",
    }
    assert found.titles[ItemId("1")]["genres"] == ["Horror", "Sci-Fi"]


TITLES_OF_OTHERS = {
    "movies_metadata.csv": "id,genres,original_title,overview\n1,Horror,Alien,\n",
    "title.basics.tsv": "tconst\ttitleType\tprimaryTitle\n1\tmovie\tAlien\n",
    "movie_ids.jsonl": '{"id": 1, "original_title": "Alien"}\n',
}


@pytest.mark.parametrize("name", TITLES_OF_OTHERS)
def test_titles_of_tmdb_and_imdb_tell_no_scale_of_the_ratings_beside_them(
    tmp_path: Path, name: str
) -> None:
    ratings = "user,item,rating\nann,1,5\nbob,1,1\n"
    found = prepared(write(tmp_path, {name: TITLES_OF_OTHERS[name], "VOTES.CSV": ratings}))

    assert [fact[:3] for fact in facts(found)] == [("ann", "1", "like"), ("bob", "1", "dislike")]
    assert found.titles[ItemId("1")]["title"] == "Alien"


def test_a_table_of_a_folder_that_is_not_understood_is_told(tmp_path: Path) -> None:
    files = {"movies.csv": MOVIES, "ratings.csv": "7,1,4.0,1000000000\n", "README.txt": "hello"}
    found = prepared(write(tmp_path, files | {"empty.csv": ""}))

    assert [str(each) for each in found.refused] == [
        "ratings.csv:1: no column of an item, so nothing of the file is read: 7, 1, 4.0, 1000000000"
    ]
    assert len(found.titles) == 3


@pytest.mark.parametrize("others", [{}, {"more.csv": "title\nCube (1997)\n"}])
def test_titles_without_ids_are_looked_for_in_the_catalogue_also_from_a_folder(
    tmp_path: Path, others: dict[str, str]
) -> None:
    files: dict[str, str | bytes] = {"mine.csv": "user,title,rating\nann,Heat (1995),5\n", **others}
    folder = write(tmp_path / "tables", files)

    assert source_of(folder / "mine.csv").by_name
    assert source_of(folder).by_name


def test_a_table_in_windows_1251(tmp_path: Path) -> None:
    text = "user;item;rating;title\nанна;a;5;Ёлки\nboris;b;2;Брат\n"
    folder = write(tmp_path, {"mine.csv": text.encode("cp1251")})

    found = prepared(folder / "mine.csv")

    assert found.titles["a"]["title"] == "Ёлки"
    assert found.users == {"анна", "boris"}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_unicode_text_of_excel(tmp_path: Path, encoding: str) -> None:
    text = "\ufeff" * (encoding == "utf-16-be") + "user\titem\trating\nанна\ti1\t5\n"
    found = prepared(write(tmp_path, {"mine.txt": text.encode(encoding)}) / "mine.txt")

    assert [(user, item, action) for user, item, action, _ in facts(found)] == [
        ("анна", "i1", "like")
    ]


@pytest.mark.parametrize(
    ("first", "separator"), [("sep=;", ";"), ("SEP=,", ","), ('"sep=\t"', "\t")]
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_first_line_that_tells_excel_the_separator_is_no_header(
    tmp_path: Path, first: str, separator: str, encoding: str
) -> None:
    rows = [
        ("user", "item", "rating", "title"),
        ("ann", "a", "5", "A|B|C|D"),
        ("bob", "a", "x", ""),
    ]
    text = "".join(f"{line}\r\n" for line in [first, *map(separator.join, rows)])
    found = prepared(write(tmp_path, {"mine.csv": text.encode(encoding)}) / "mine.csv")

    assert [fact[:3] for fact in facts(found)] == [("ann", "a", "like")]
    assert [str(each) for each in found.refused] == ["mine.csv:4: 'x' is not a number"]


@pytest.mark.parametrize("name", ["MINE.JSONL", "MINE.CSV", "MINE.TXT"])
def test_endings_of_names_may_be_capitals(tmp_path: Path, name: str) -> None:
    row = {"user": "u", "item": "a", "rating": "5"}
    text = json.dumps(row) if "JSON" in name else f"{','.join(row)}\n{','.join(row.values())}\n"
    folder = write(tmp_path / "tables", {name: text})

    for path in (folder, folder / name):
        assert [fact[:3] for fact in facts(prepared(path))] == [("u", "a", "like")]


def test_what_is_packed_is_unpacked_whatever_its_name_is(tmp_path: Path) -> None:
    packed = gzip.compress(RATINGS.encode())
    found = prepared(write(tmp_path, {"mine.csv": packed}) / "mine.csv")

    assert len(facts(found)) == 4


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("1995", 1995), ("1995-12-15", 1995), ("1995.0", 1995), ("999", 999), ("1", 1),
        ("0000", None), ("0", None), ("19795", None), ("12/25/1995", None), ("soon", None),
    ],
)  # fmt: skip
def test_a_year_is_read(text: str, year: int | None) -> None:
    assert year_of(text) == year

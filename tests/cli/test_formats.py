"""Every format that import knows, by a small file of it."""

import gzip
import json
from pathlib import Path

import pytest

from cli.formats.records import Unreadable
from cli.formats.values import year_of
from cli.preparing import Wishes
from recs.types import ItemId
from tests.cli.files import (
    FILE_TIME,
    MOVIES,
    RATINGS,
    as_json,
    facts,
    prepared,
    source_of,
    write,
    zipped,
)

T = 1_000_000_000.0
MOVIELENS_FACTS = [
    ("7", "1", "like", T),
    ("7", "2", "watched", T + 1),
    ("8", "1", "dislike", T + 2),
    ("8", "3", "like", T + 3),
]
TOY_STORY = {
    "title": "Toy Story", "year": 1995, "kind": "film", "genres": ["Adventure", "Animation"]
}  # fmt: skip


def test_movielens_as_csv(tmp_path: Path) -> None:
    found = prepared(write(tmp_path, {"movies.csv": MOVIES, "ratings.csv": RATINGS}))

    assert facts(found) == MOVIELENS_FACTS
    assert found.titles["1"] == TOY_STORY
    assert found.titles["2"]["title"] == "The Matrix"
    assert found.titles["3"]["title"] == "Odd Film"
    assert found.refused == []


def test_movielens_as_it_is_downloaded_in_a_zip_with_a_folder(tmp_path: Path) -> None:
    folder = write(tmp_path / "ml-small", {"movies.csv": MOVIES, "ratings.csv": RATINGS})

    assert facts(prepared(zipped(folder, tmp_path / "ml.zip"))) == MOVIELENS_FACTS


def test_movielens_1m_with_two_colons_in_latin_1(tmp_path: Path) -> None:
    ratings = "".join(
        line.replace(",", "::") + "\n" for line in RATINGS.replace("3.5", "3").splitlines()[1:]
    )
    movies = "1::Toy Story (1995)::Adventure|Animation\n2::Misérables, Les (1995)::Drama|Musical\n"
    files = {"ratings.dat": ratings, "movies.dat": movies.encode("latin-1"), "users.dat": "1::F\n"}

    found = prepared(write(tmp_path, files))

    assert facts(found) == MOVIELENS_FACTS
    assert found.titles["1"] == TOY_STORY
    assert found.titles["2"]["title"] == "Les Misérables"


def test_movielens_100k_in_latin_1(tmp_path: Path) -> None:
    ratings = "".join(
        line.replace(",", "\t") + "\n" for line in RATINGS.replace("3.5", "3").splitlines()[1:]
    )
    flags = ["0"] * 19
    items = [
        ["1", "Toy Story (1995)", "01-Jan-1995", "", "http://x", *_flags(2, 3)],
        ["2", "Cité des enfants perdus, La (1995)", "", "", "", *flags],
    ]
    lines = "".join("|".join(each) + "\n" for each in items)

    found = prepared(write(tmp_path, {"u.data": ratings, "u.item": lines.encode("latin-1")}))

    assert facts(found) == MOVIELENS_FACTS
    assert found.titles["1"] == TOY_STORY
    assert found.titles["2"]["title"] == "La Cité des enfants perdus"


def test_a_table_in_windows_1251(tmp_path: Path) -> None:
    text = "user;item;rating;title\nанна;a;5;Ёлки\nboris;b;2;Брат\n"
    folder = write(tmp_path, {"mine.csv": text.encode("cp1251")})

    found = prepared(folder / "mine.csv")

    assert found.titles["a"]["title"] == "Ёлки"
    assert found.users == {"анна", "boris"}


def _flags(*places: int) -> list[str]:
    return ["1" if place in places else "0" for place in range(19)]


@pytest.mark.parametrize("name", ["title.basics.tsv", "title.basics.tsv.gz"])
def test_imdb_title_basics(tmp_path: Path, name: str) -> None:
    columns = "tconst titleType primaryTitle originalTitle isAdult startYear endYear"
    rows = [
        [*columns.split(), "runtimeMinutes", "genres"],
        ["tt1", "movie", 'The "Odd" One', "x", "0", "1995", "\\N", "90", "Drama,War"],
        ["tt2", "tvEpisode", "Pilot", "x", "0", "1996", "\\N", "40", "Drama"],
        ["tt3", "tvSeries", "Long", "x", "0", "\\N", "\\N", "\\N", "\\N"],
        ["tt4", "movie"],
    ]
    text = "".join("\t".join(row) + "\n" for row in rows)

    found = prepared(write(tmp_path, {name: text}) / name)

    assert found.titles == {
        "tt1": {
            "title": 'The "Odd" One', "year": 1995, "kind": "film", "genres": ["Drama", "War"],
            "link": "https://www.imdb.com/title/tt1/",
        },
        "tt3": {"title": "Long", "kind": "series", "link": "https://www.imdb.com/title/tt3/"},
    }  # fmt: skip
    assert found.interactions == []
    assert [each.line[1] for each in found.refused] == [5]


def test_ratings_that_somebody_exports_from_imdb(tmp_path: Path) -> None:
    text = (
        "Const,Your Rating,Date Rated,Title,Title Type,Year,Genres\n"
        'tt1,9,2001-09-09,"One, Two",Movie,1995,"Drama, War"\n'
        "tt2,5,2001-09-10,Three,TV Series,1996,Comedy\n"
    )

    found = prepared(write(tmp_path, {"ratings.csv": text}) / "ratings.csv", "ann")

    assert [fact[:3] for fact in facts(found)] == [
        ("ann", "tt1", "like"), ("ann", "tt2", "dislike")
    ]  # fmt: skip
    assert found.titles["tt1"]["genres"] == ["Drama", "War"]
    assert found.titles["tt2"]["kind"] == "series"


def test_tmdb_as_on_kaggle_with_genres_in_pythons_spelling(tmp_path: Path) -> None:
    text = (
        "adult,genres,id,original_title,overview,release_date,title,vote_average\n"
        "False,\"[{'id': 16, 'name': 'Animation'}, {'id': 35, 'name': 'Comedy'}]\",862,Toy Story,"
        '"Led by Woody,\nthe toys live.",1995-10-30,Toy Story,7.7\n'
        'False,"[{""id"": 18, ""name"": ""Drama""}]",863,Deux,,,Two,5\n'
        "- Written by,x,1997-08-20,a,b,c,d,e\n"
    )

    found = prepared(write(tmp_path, {"movies_metadata.csv": text}) / "movies_metadata.csv")

    assert found.titles["862"] == {
        "title": "Toy Story", "year": 1995, "kind": "film", "genres": ["Animation", "Comedy"],
        "description": "Led by Woody,\nthe toys live.",
        "link": "https://www.themoviedb.org/movie/862",
    }  # fmt: skip
    assert found.titles["863"]["genres"] == ["Drama"]
    assert [each.line[1] for each in found.refused] == [5]


def test_tmdb_daily_export(tmp_path: Path) -> None:
    lines = [
        {"adult": False, "id": 3924, "original_title": "Blondie", "popularity": 2.4},
        {"adult": True, "id": 1, "original_title": "X"},
        {"adult": False, "id": 7, "original_name": "Show"},
        {"adult": False, "id": 8, "original_title": "Y", "genres": 5},
    ]
    text = "".join(json.dumps(each) + "\n" for each in lines) + "no json\n"

    found = prepared(write(tmp_path, {"movie_ids.json.gz": text}) / "movie_ids.json.gz")

    assert {item: told["title"] for item, told in found.titles.items()} == {
        "3924": "Blondie", "7": "Show"
    }  # fmt: skip
    assert [each.line[1] for each in found.refused] == [4, 5]


LETTERBOXD = {
    "profile.csv": "Date Joined,Username\n2020-01-01,ann\n",
    "watched.csv": "Date,Name,Year,Letterboxd URI\n"
    "2020-01-01,Heat,1995,https://boxd.it/1\n2020-01-02,Cure,1997,https://boxd.it/2\n"
    "2020-01-03,Solaris,1972,https://boxd.it/3\n",
    "ratings.csv": "Date,Name,Year,Letterboxd URI,Rating\n"
    "2020-01-01,Heat,1995,https://boxd.it/1,4.5\n2020-01-02,Cure,1997,https://boxd.it/2,1.5\n",
    "likes/films.csv": "Date,Name,Year,Letterboxd URI\n2020-01-05,Solaris,1972,https://boxd.it/3\n",
    "watchlist.csv": "Date,Name,Year,Letterboxd URI\n2020-01-05,Never Seen,2001,https://boxd.it/4\n",
}


def test_a_letterboxd_export(tmp_path: Path) -> None:
    found = prepared(
        zipped(write(tmp_path / "letterboxd-ann", LETTERBOXD), tmp_path / "export.zip")
    )

    assert {fact[:3] for fact in facts(found)} == {
        ("ann", "Heat (1995)", "like"),
        ("ann", "Cure (1997)", "dislike"),
        ("ann", "Solaris (1972)", "like"),
    }
    assert found.titles["Heat (1995)"]["link"] == "https://boxd.it/1"
    assert "Never Seen (2001)" not in found.titles


def test_what_was_watched_and_not_rated_is_watched(tmp_path: Path) -> None:
    write(tmp_path, LETTERBOXD)

    found = prepared(tmp_path / "watched.csv", "ann")

    assert {fact[2] for fact in facts(found)} == {"watched"}
    assert facts(found)[0][3] == 1_577_836_800.0


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("watched.csv", LETTERBOXD["watched.csv"]),
        ("ratings.csv", "Const,Your Rating,Title\ntt1,9,One\n"),
        ("ratings.json", '[{"rating": 9, "movie": {"title": "One", "year": 1995, "ids": {}}}]'),
    ],
)
def test_an_export_of_somebody_unknown_asks_whose_it_is(
    tmp_path: Path, name: str, text: str
) -> None:
    with pytest.raises(Unreadable, match="whose opinions these are: name the user with --as"):
        prepared(write(tmp_path, {name: text}) / name)


def movie(title: str, year: int, slug: str, imdb: str | None = None) -> dict[str, object]:
    return {"title": title, "year": year, "ids": {"trakt": 1, "slug": slug, "imdb": imdb}}


def test_a_trakt_export(tmp_path: Path) -> None:
    heat, cure = movie("Heat", 1995, "heat-1995", "tt0113277"), movie("Cure", 1997, "cure-1997")
    files = {
        "user-profile.json": json.dumps({"username": "ann"}),
        "watched/watched-movies.json": as_json(
            [
                {"plays": 1, "last_watched_at": "2014-10-11T17:00:54.000Z", "movie": heat},
                {"plays": 1, "last_watched_at": "2014-10-12T17:00:54.000Z", "movie": cure},
            ]
        ),
        "ratings/ratings-movies.json": as_json(
            [{"rated_at": "2014-09-01T09:10:11.000Z", "rating": 9, "movie": heat}]
        ),
        "ratings/ratings-episodes.json": as_json(
            [
                {
                    "rated_at": "2014-09-01T09:10:11.000Z", "rating": 2, "episode": {"season": 1},
                    "show": movie("Dark", 2017, "dark"),
                }
            ]
        ),
        "lists/watchlist.json": as_json([{"movie": movie("Unseen", 2001, "unseen")}]),
        "watched/broken.json": as_json(
            [{"movie": heat}, {"movie": {"title": "No ids"}},
             {"movie": {"title": "Empty ids", "ids": {"trakt": None, "slug": None}}}]
        ),
    }  # fmt: skip

    found = prepared(write(tmp_path, files))

    assert {fact[:3] for fact in facts(found)} == {
        ("ann", "tt0113277", "like"),
        ("ann", "trakt:cure-1997", "watched"),
        ("ann", "trakt:dark", "watched"),
    }
    assert found.titles["trakt:dark"]["title"] == "Dark"
    assert [str(each)[:13] for each in found.refused] == ["broken.json:2", "broken.json:3"]


@pytest.mark.parametrize(
    "header",
    [
        "user_id,item_id,rating,timestamp",
        "User ID;Movie;Stars;Date",
        "viewer\tfilm\tscore\tcreated_at",
        "\ufeffuserId|movieId|rating|time",
    ],
)
def test_columns_are_guessed(tmp_path: Path, header: str) -> None:
    separator = next(each for each in ",;\t|" if each in header)
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


def test_a_column_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    path = write(tmp_path, {"mine.csv": "a,b\n1,2\n"}) / "mine.csv"

    with pytest.raises(Unreadable, match=r"no column 'c'; there are a, b"):
        source_of(path, item="c")


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


@pytest.mark.parametrize(
    "files",
    [{}, {"readme.md": "hello"}, {"picture.csv": bytes(range(256)) * 9}, {"empty.csv": ""}],
    ids=str,
)
def test_what_is_none_of_these_is_refused_with_what_would_be(
    tmp_path: Path, files: dict[str, str | bytes]
) -> None:
    write(tmp_path, files)

    with pytest.raises(Unreadable, match="none of these: MovieLens"):
        source_of(tmp_path)


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


def test_a_table_of_a_folder_that_is_not_understood_is_told(tmp_path: Path) -> None:
    files = {"movies.csv": MOVIES, "ratings.csv": "7,1,4.0,1000000000\n", "README.txt": "hello"}
    found = prepared(write(tmp_path, files | {"empty.csv": ""}))

    assert [str(each) for each in found.refused] == [
        "ratings.csv:1: no column of an item, so nothing of the file is read: 7, 1, 4.0, 1000000000"
    ]
    assert len(found.titles) == 3


def test_ratings_of_another_scale_than_that_of_their_format_are_asked_about(tmp_path: Path) -> None:
    files = {"ratings.dat": "1::11::10::1381620027\n1::12::7::1381620028\n2::11::4::1381620029\n"}
    folder = write(tmp_path, files)

    with pytest.raises(Unreadable, match=r"2 of 3 ratings .* highest is 10: .* --scale 10$"):
        prepared(folder)
    assert [action for _, _, action, _ in facts(prepared(folder, wishes=Wishes(10)))] == [
        "like",
        "watched",
        "dislike",
    ]


def test_one_rating_beyond_the_scale_is_refused_by_itself(tmp_path: Path) -> None:
    rows = "".join(f"1::{n}::4::1381620027\n" for n in range(199))
    found = prepared(write(tmp_path, {"ratings.dat": rows + "1::999::44::1381620027\n"}))

    assert len(found.interactions) == 199
    assert [each.reason for each in found.refused] == ["a rating of 44 on a scale to 5"]


def test_a_rating_below_nothing_is_no_dislike(tmp_path: Path) -> None:
    ratings = "userId,movieId,rating,timestamp\n7,1,-1,1000000000\n7,2,0,1000000001\n"
    found = prepared(write(tmp_path, {"ratings.csv": ratings, "movies.csv": MOVIES}))

    assert facts(found) == [("7", "2", "dislike", 1000000001.0)]
    assert [str(each) for each in found.refused] == [
        "ratings.csv:2: a rating of -1, which is below 0"
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_unicode_text_of_excel(tmp_path: Path, encoding: str) -> None:
    text = "\ufeff" * (encoding == "utf-16-be") + "user\titem\trating\nанна\ti1\t5\n"
    found = prepared(write(tmp_path, {"mine.txt": text.encode(encoding)}) / "mine.txt")

    assert [(user, item, action) for user, item, action, _ in facts(found)] == [
        ("анна", "i1", "like")
    ]


def test_what_is_packed_is_unpacked_whatever_its_name_is(tmp_path: Path) -> None:
    packed = gzip.compress(RATINGS.encode())
    found = prepared(write(tmp_path, {"mine.csv": packed}) / "mine.csv")

    assert len(facts(found)) == 4


@pytest.mark.parametrize("columns", [{}, {"item": "item_id"}], ids=["guessed", "told"])
@pytest.mark.parametrize("indent", [None, 1], ids=["one line", "many lines"])
def test_a_list_of_json_that_is_nobodys_is_called_so(
    tmp_path: Path, indent: int | None, columns: dict[str, str]
) -> None:
    text = json.dumps([{"user_id": 1, "item_id": 2}, {"user_id": 2, "item_id": 2}], indent=indent)
    path = write(tmp_path, {"mine.json": text}) / "mine.json"

    with pytest.raises(Unreadable, match=r"^mine\.json is one JSON list"):
        source_of(path, **columns)


@pytest.mark.parametrize("name", ["user", "rating"])
def test_a_column_that_is_read_may_come_only_once(tmp_path: Path, name: str) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(f"user,item,rating,{name},note,note\na,b,5,1,,\n")

    with pytest.raises(Unreadable, match=f"'{name}' more than once"):
        prepared(path)


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("1995", 1995), ("1995-12-15", 1995), ("1995.0", 1995), ("999", 999), ("1", 1),
        ("0000", None), ("0", None), ("19795", None), ("12/25/1995", None), ("soon", None),
    ],
)  # fmt: skip
def test_a_year_is_read(text: str, year: int | None) -> None:
    assert year_of(text) == year


def test_what_is_neither_a_file_nor_a_folder_is_called_so(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="neither a file nor a folder"):
        prepared(Path("/dev/null"))

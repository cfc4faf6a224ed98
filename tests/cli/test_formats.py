"""Every format that import knows by name, by a small file of it."""

import json
from pathlib import Path

import pytest

from cli.formats.records import Unreadable
from tests.cli.files import MOVIES, RATINGS, T, as_json, facts, prepared, source_of, write, zipped

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
    movies = (
        "1::Toy Story (1995)::Adventure|Animation\n2::Misérables, Les (1995)::Drama|Musical\n"
        '3::"Great Performances" Cats (1998)::Musical\n'
    )
    files = {"ratings.dat": ratings, "movies.dat": movies.encode("latin-1"), "users.dat": "1::F\n"}

    found = prepared(write(tmp_path, files))

    assert facts(found) == MOVIELENS_FACTS
    assert found.titles["1"] == TOY_STORY
    assert found.titles["2"]["title"] == "Les Misérables"
    assert found.titles["3"]["title"] == '"Great Performances" Cats'


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


def _flags(*places: int) -> list[str]:
    return ["1" if place in places else "0" for place in range(19)]


@pytest.mark.parametrize("name", ["title.basics.tsv", "title.basics.tsv.gz"])
def test_imdb_title_basics(tmp_path: Path, name: str) -> None:
    columns = "tconst titleType primaryTitle originalTitle isAdult startYear endYear"
    rows = [
        [*columns.split(), "runtimeMinutes", "genres"],
        ["tt1", "movie", 'The "Odd" One', "x", "0", "1995", "\\N", "90", "Drama,War"],
        ["tt2", "tvEpisode", "Pilot", "x", "0", "1996", "\\N", "40", "Drama"],
        ["tt3", "tvSeries", '"Long"', "x", "0", "\\N", "\\N", "\\N", "\\N"],
        ["tt4", "movie"],
    ]
    text = "".join("\t".join(row) + "\n" for row in rows)

    found = prepared(write(tmp_path, {name: text}) / name)

    assert found.titles == {
        "tt1": {
            "title": 'The "Odd" One', "year": 1995, "kind": "film", "genres": ["Drama", "War"],
            "link": "https://www.imdb.com/title/tt1/",
        },
        "tt3": {"title": '"Long"', "kind": "series", "link": "https://www.imdb.com/title/tt3/"},
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


@pytest.mark.parametrize("kind", ["TV Episode", "tvEpisode", "Video Game", "Podcast Series"])
def test_episodes_and_games_of_an_export_of_imdb_are_left_out(tmp_path: Path, kind: str) -> None:
    text = (
        "Const,Your Rating,Date Rated,Title,Title Type\n"
        f"tt1,10,2001-09-09,Pilot,{kind}\n"
        "tt2,9,2001-09-10,Long,tvMiniSeries\n"
        "tt3,9,2001-09-10,Short,TV Special\n"
    )

    found = prepared(write(tmp_path, {"ratings.csv": text}) / "ratings.csv", "ann")

    assert {item: told["kind"] for item, told in found.titles.items()} == {
        "tt2": "series",
        "tt3": "film",
    }
    assert [fact[1] for fact in facts(found)] == ["tt2", "tt3"]
    assert found.refused == []


def test_titles_of_a_list_of_imdb_that_are_not_rated_are_not_watched(tmp_path: Path) -> None:
    text = "Position,Const,Title,Title Type,Your Rating,Date Rated\n1,tt1,One,Movie,,\n"

    found = prepared(write(tmp_path, {"list.csv": text}) / "list.csv", "ann")

    assert list(found.titles) == ["tt1"]
    assert facts(found) == []


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


@pytest.mark.parametrize("name", ["movie_ids.json.gz", "movie_ids.ndjson"])
def test_tmdb_daily_export(tmp_path: Path, name: str) -> None:
    lines = [
        {"adult": False, "id": 3924, "original_title": "Blondie", "popularity": 2.4},
        {"adult": True, "id": 1, "original_title": "X"},
        {"adult": False, "id": 7, "original_name": "Show"},
        {"adult": False, "id": 8, "original_title": "Y", "genres": 5},
    ]
    text = "".join(json.dumps(each) + "\n" for each in lines) + "no json\n"

    found = prepared(write(tmp_path, {name: text}) / name)

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


def test_what_is_neither_a_file_nor_a_folder_is_called_so(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="neither a file nor a folder"):
        prepared(Path("/dev/null"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "watchlist.csv",
            "Date,Name,Year,Letterboxd URI\n2021-01-01,Heat,1995,https://boxd.it/1\n",
        ),
        (
            "later.json",
            '[{"listed_at": "2021-01-01", "movie": {"title": "Heat", "ids": {"imdb": "tt1"}}}]',
        ),
    ],
)
def test_a_list_of_titles_to_see_is_not_taken_for_watched(
    tmp_path: Path, name: str, text: str
) -> None:
    with pytest.raises(Unreadable, match=f"{name} is a list of titles to see"):
        source_of(write(tmp_path, {name: text}) / name, "ann")

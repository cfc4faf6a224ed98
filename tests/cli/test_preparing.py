import json
from pathlib import Path

import pytest

from cli.formats.records import Unreadable
from cli.preparing import Wishes
from recs.types import Json
from tests.cli.files import MOVIES, NOW, facts, prepared, write


def table(folder: Path, *rows: str) -> Path:
    text = "\n".join(["user,item,rating,time", *rows])
    return write(folder, {"mine.csv": text}) / "mine.csv"


def actions(path: Path, **wishes: float) -> list[str]:
    return [fact[2] for fact in facts(prepared(path, wishes=Wishes(**wishes)))]


@pytest.mark.parametrize(
    ("best", "ratings", "expected"),
    [
        (5, (4, 3.5, 3, 2.5), ["like", "watched", "watched", "dislike"]),
        (10, (8, 7, 6, 5), ["like", "watched", "watched", "dislike"]),
        (1, (1, 0), ["like", "dislike"]),
        (100, (80, 60, 59), ["like", "watched", "dislike"]),
    ],
)
def test_a_rating_is_a_like_by_its_scale(
    tmp_path: Path, best: float, ratings: tuple[float, ...], expected: list[str]
) -> None:
    rows = [f"u,{place},{rating},{place}" for place, rating in enumerate(ratings)]

    assert actions(table(tmp_path, *rows, f"v,x,{best},99")) == [*expected, "like"]


def test_the_threshold_may_be_told(tmp_path: Path) -> None:
    path = table(tmp_path, "u,a,3,1", "u,b,2,2", "u,c,1,3", "u,d,,4")

    assert actions(path, scale=5, like_from=3) == ["like", "dislike", "dislike", "watched"]
    assert actions(path, scale=5, like_from=3, dislike_below=2) == [
        "like", "watched", "dislike", "watched"
    ]  # fmt: skip
    with pytest.raises(Unreadable, match="cannot be a dislike"):
        actions(path, like_from=2, dislike_below=3)


def test_a_threshold_that_no_rating_reaches_is_refused(tmp_path: Path) -> None:
    path = table(tmp_path, "u,a,10,1", "u,b,7,2")

    with pytest.raises(Unreadable, match="best one is 10, and likes begin at 11"):
        actions(path, like_from=11)
    assert actions(path, like_from=11, scale=20) == ["dislike", "dislike"]
    assert actions(table(tmp_path, "u,a,,1"), like_from=11) == ["watched"]


def test_of_one_pair_the_latest_opinion_counts_and_watched_replaces_none(tmp_path: Path) -> None:
    path = table(tmp_path, "u,a,5,2", "u,a,1,1", "u,b,1,1", "u,b,,2", "u,c,,2", "u,c,5,1")

    found = prepared(path)

    assert facts(found) == [
        ("u", "b", "dislike", 1.0), ("u", "c", "like", 1.0), ("u", "a", "like", 2.0)
    ]  # fmt: skip
    assert found.merged == 3


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("u,a,5", "3 cells instead of 4"),
        ("u,a,5,1,2", "5 cells instead of 4"),
        (",a,5,1", "the id of a user must not be empty"),
        ("u,,5,1", "neither an id nor a title"),
        ("u,a,good,1", "'good' is not a number"),
        ("u,a,nan(1),1", "'nan(1)' is not a number"),
        ("u,a,5,soon", "not a time"),
        ("u,a,5,-1", "not a time"),
        (f"u,a,5,{NOW + 200_000:.0f}", "in the future"),
        (f"u,{'é' * 300},5,1", "longer than 512 bytes"),
        ("u,a,6,1", "on a scale to 5"),
        ("u,a,5,1965-05-01", "not a time since 1970"),
    ],
)
def test_a_line_that_cannot_be_taken_is_named_and_the_others_are_taken(
    tmp_path: Path, row: str, reason: str
) -> None:
    found = prepared(table(tmp_path, "v,b,4,1", row, "v,c,5,2"), wishes=Wishes(scale=5))

    assert [fact[1] for fact in facts(found)] == ["b", "c"]
    assert [each.line for each in found.refused] == [("mine.csv", 3)]
    assert reason in found.refused[0].reason


@pytest.mark.parametrize(
    "written",
    [
        "2021-03-05T10:11:00Z", "2021-03-05T12:11:00+02:00", "2021-3-5 10:11",
        "2021/03/05 10:11:00", "05.03.2021 10:11", "5.3.2021 10:11:00", "3/5/2021 10:11",
        "1614939060", "1614939060000",
    ],
)  # fmt: skip
def test_a_time_is_read_as_files_and_spreadsheets_write_it(tmp_path: Path, written: str) -> None:
    assert facts(prepared(table(tmp_path, f"u,a,5,{written}")))[0][3] == 1_614_939_060


def test_eight_digits_are_a_day_and_no_seconds(tmp_path: Path) -> None:
    found = prepared(table(tmp_path, "u,a,5,20210305", "u,b,5,20211305"))

    assert [fact[3] for fact in facts(found)] == [1_614_902_400]
    assert [each.reason for each in found.refused] == ["'20211305' is not a time"]


def test_what_no_answer_can_hold_is_left_out_of_attributes(tmp_path: Path) -> None:
    told = {"title": "Heat\ud83d", "people": ["Al\x00 Pacino"], "description": "two\nlines\x92"}
    lines = [
        {"item": "a", **told, "link": "javascript:alert(1)"},
        {"item": "b", "title": "Cube", "link": "https://example.org/cube"},
    ]
    text = "\n".join(map(json.dumps, lines))

    found = prepared(write(tmp_path, {"mine.jsonl": text}) / "mine.jsonl")

    assert found.titles == {
        "a": {"title": "Heat", "people": ["Al Pacino"], "description": "two\nlines"},
        "b": {"title": "Cube", "link": "https://example.org/cube"},
    }
    assert found.refused == []


def test_an_attribute_of_which_nothing_is_left_is_left_out(tmp_path: Path) -> None:
    told = {"item": "a", "title": "\ud83d", "people": ["\x00", "Al Pacino"], "kind": "film"}

    found = prepared(write(tmp_path, {"mine.jsonl": json.dumps(told)}) / "mine.jsonl")

    assert found.titles == {"a": {"people": ["Al Pacino"], "kind": "film"}}


def test_attributes_of_the_wrong_type_are_named_and_refused(tmp_path: Path) -> None:
    entries = [
        {"id": 1, "original_title": "Heat", "overview": {"en": "Los Angeles"}},
        {"id": 2, "original_title": 1917, "release_date": "2019-12-25"},
    ]
    text = "\n".join(map(json.dumps, entries))

    found = prepared(write(tmp_path, {"movies.json": text}) / "movies.json")

    assert [each.reason for each in found.refused] == ["description of the wrong type"]
    assert [(item, told["title"]) for item, told in found.titles.items()] == [("2", "1917")]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"title": "x" * 1_001}, "title is longer than 1000 characters"),
        ({"genres": ["x" * 513]}, "a genre must not be longer than 512 bytes"),
        ({"genres": ["War", "a\x00b"]}, "a genre must not contain control characters"),
    ],
    ids=["title", "genre", "control character"],
)
def test_what_add_items_refuses_is_refused(tmp_path: Path, told: Json, said: str) -> None:
    lines = [{"item": "a", "title": "Heat", **told}, {"item": "b", "title": "y" * 1_000}]
    text = "\n".join(map(json.dumps, lines))

    found = prepared(write(tmp_path, {"mine.jsonl": text}) / "mine.jsonl")

    assert [each.reason.startswith(said) for each in found.refused] == [True]
    assert list(found.titles) == ["b"]


def test_opinions_without_a_time_are_counted(tmp_path: Path) -> None:
    assert prepared(table(tmp_path, "u,a,5,1", "u,b,5,", "v,a,5,")).undated == 2


def test_a_time_a_little_ahead_is_now(tmp_path: Path) -> None:
    found = prepared(table(tmp_path, f"u,a,5,{NOW + 60:.0f}"))

    assert facts(found)[0][3] == NOW


def test_ratings_beyond_every_scale_need_to_be_told(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="--scale"):
        prepared(table(tmp_path, "u,a,5000,1"))


def test_a_few_ratings_above_the_others_do_not_choose_the_scale(tmp_path: Path) -> None:
    rows = [f"u,{n},{1 + n % 10},{n}" for n in range(300)]
    path = table(tmp_path, *rows, "u,slip,11,300", "u,slip-2,100,301")

    with pytest.raises(Unreadable, match=r"only 2 of 302 ratings .* than 10; .* --scale 10$"):
        prepared(path)
    assert actions(path, scale=10).count("like") == 90
    assert actions(path, scale=100).count("like") == 1


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

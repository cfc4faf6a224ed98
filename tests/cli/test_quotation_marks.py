"""Quotation marks in tables: right ones are taken off, stray ones swallow nothing."""

from pathlib import Path

import pytest

from cli.formats.tables import LINES_A_ROW, cells_of
from recs.types import ItemId
from tests.cli.files import facts, prepared, write

Rows = list[tuple[int, list[str]]]


def read(folder: Path, text: str, name: str = "a.csv") -> Rows:
    return list(cells_of(write(folder, {name: text}) / name))


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('a,b\n"x, y",1\n', [(1, ["a", "b"]), (2, ["x, y", "1"])]),
        ('a,b\n"say ""hi""",1\n', [(1, ["a", "b"]), (2, ['say "hi"', "1"])]),
        (
            'a,b\n"two\nlines",1\nc,2\n',
            [(1, ["a", "b"]), (2, ["two\nlines", "1"]), (4, ["c", "2"])],
        ),
        ('a,b\r\n"two\r\nlines",1\r\n', [(1, ["a", "b"]), (2, ["two\r\nlines", "1"])]),
        ('"a\nb",c\n1,2\n', [(1, ["a\nb", "c"]), (3, ["1", "2"])]),
        ('a,b\n\n"",1\n', [(1, ["a", "b"]), (3, ["", "1"])]),
        ('a,b\rx,1\r"y",2\r', [(1, ["a", "b"]), (2, ["x", "1"]), (3, ["y", "2"])]),
        ('a,b\n"x, y\nz",1\n', [(1, ["a", "b"]), (2, ["x, y\nz", "1"])]),
        ('a,b\nc\n"x\ny",1\n', [(1, ["a", "b"]), (2, ["c"]), (3, ["x\ny", "1"])]),
    ],
    ids=[
        *("separator", "doubled", "lines", "Windows", "header", "empty", "old Mac"),
        *("lines with separators", "lines after a short row"),
    ],
)
def test_right_ones(tmp_path: Path, text: str, rows: Rows) -> None:
    assert read(tmp_path, text) == rows


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('a,b\n"x,1\ny,2\n', [["a", "b"], ['"x', "1"], ["y", "2"]]),
        ('a,b\nx,"1\ny,2\n', [["a", "b"], ["x", '"1'], ["y", "2"]]),
        ('a,b\n"x" film,1\ny,2\n', [["a", "b"], ['"x" film', "1"], ["y", "2"]]),
        ('a,b\n"x,1\ny,"2"\nz,3\n', [["a", "b"], ['"x', "1"], ["y", "2"], ["z", "3"]]),
        ('a,b\n"x,1\n"y,2\n"z",3\n', [["a", "b"], ['"x', "1"], ['"y', "2"], ["z", "3"]]),
        ('a,b\n5" of it,1\ny,2\n', [["a", "b"], ['5" of it', "1"], ["y", "2"]]),
        (
            'a,b,c\n"x,1,2\ny",3\nz,4,5\n',
            [["a", "b", "c"], ['"x', "1", "2"], ['y"', "3"], ["z", "4", "5"]],
        ),
        (
            'a\tb\n"x\t1\ny\t2\n12"\t3\n',
            [["a", "b"], ['"x', "1"], ["y", "2"], ['12"', "3"]],
        ),
    ],
    ids=[
        "first cell",
        "last cell",
        "ends too early",
        "another later",
        "several",
        "inches",
        "ends in a row of other cells",
        "ends in a row of as many cells",
    ],
)
def test_stray_ones_stand_for_themselves(tmp_path: Path, text: str, rows: list[list[str]]) -> None:
    assert [cells for _, cells in read(tmp_path, text)] == rows


def test_one_in_a_long_file_costs_nothing_but_itself(tmp_path: Path) -> None:
    lines = [f"u{n}\ti{n}\ttitle\t5" for n in range(3 * LINES_A_ROW)]
    lines[10] = 'u10\ti10\t"Weird Al\t5'
    text = "\n".join(["user_id\titem_id\ttitle\trating", *lines])

    found = prepared(write(tmp_path, {"q.tsv": text}) / "q.tsv")

    assert len(facts(found)) == 3 * LINES_A_ROW
    assert found.refused == []
    assert found.titles[ItemId("i10")]["title"] == '"Weird Al'


def test_a_row_that_it_damages_is_refused_by_its_own_line(tmp_path: Path) -> None:
    text = 'user_id,item_id,rating,title\nu1,i1,5,"one, two\nu2,i2,5,ok\nu3,i3,5,"ok"\n'

    found = prepared(write(tmp_path, {"q.csv": text}) / "q.csv")

    assert [item for _, item, _, _ in facts(found)] == ["i2", "i3"]
    assert [str(each) for each in found.refused] == ["q.csv:2: 5 cells instead of 4"]


def test_a_cell_of_very_many_lines_is_refused_and_what_follows_is_read(tmp_path: Path) -> None:
    long = '"' + "line\n" * (LINES_A_ROW + 5) + '"'
    text = f"user_id,item_id,rating,title\nu1,i1,5,{long}\nu2,i2,5,ok\n"

    found = prepared(write(tmp_path, {"q.csv": text}) / "q.csv")

    assert "i2" in found.titles

from pathlib import Path

import pytest
from honcho.environ import parse

from launch.dotenv import read_dotenv
from recs.errors import SettingError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".env"


FINE = [
    "A=b",
    "A = b",
    "A='b'",
    'A="b"',
    "A='p#w d\\x'",
    "A=b # a comment",
    "A='b' # a comment",
    "# A comment",
    "",
    "   ",
    "A=",
    "A=''",
    "URL=amqp://kino:secret@rabbit.example:5672/%2F?heartbeat=10",
    "URL=redis://127.0.0.1:6379/0",
    "ORIGINS=http://a.example,http://b.example",
]


@pytest.mark.parametrize("line", FINE)
def test_lines_that_are_read_as_they_look_get_no_warning(path: Path, line: str) -> None:
    path.write_text(line + "\n")

    values, warnings = read_dotenv(path)

    assert warnings == []
    assert values == parse(line)


ODD = {
    "API_TOKEN=hush#hush": "API_TOKEN is cut off at #: put the value into 'single quotes'",
    "API_TOKEN=#hush": "API_TOKEN is not set: put the value into 'single quotes'",
    "API_TOKEN=hu sh": "API_TOKEN is read without spaces: put the value into 'single quotes'",
    "API_TOKEN=hu\\sh": "API_TOKEN is read without \\: put the value into 'single quotes'",
    'API_TOKEN="hu\\\\sh"': "API_TOKEN is read without \\: put the value into 'single quotes'",
    "export API_TOKEN=hush": "API_TOKEN is not set: leave out `export`",
    "API-TOKEN=hush": "API-TOKEN is not set: put the value into 'single quotes'",
    "hush": "it is not read: write NAME=value",
    "API_TOKEN hush": "it is not read: write NAME=value",
    "API_TOKEN='hu\\nsh'": "API_TOKEN is read without \\: put the value into 'single quotes'",
}


@pytest.mark.parametrize(("line", "warning"), ODD.items())
def test_lines_that_are_read_in_another_way_are_warned_of_by_name(
    path: Path, line: str, warning: str
) -> None:
    path.write_text(f"A=b\n{line}\n")

    values, warnings = read_dotenv(path)

    assert warnings == [f"{path}, line 2: {warning}"]
    assert values == parse(f"A=b\n{line}\n")
    assert not any("hush" in each for each in warnings)


def test_a_byte_order_mark_hides_the_first_line_and_is_named(path: Path) -> None:
    path.write_text("\ufeffAPI_TOKEN=hush\nA=b\n", encoding="utf-8")

    values, warnings = read_dotenv(path)

    assert values == {"A": "b"}
    assert "byte order mark" in warnings[0]
    assert "API_TOKEN is not set" in warnings[1]


@pytest.mark.parametrize("line", ["API_TOKEN=it's", "API_TOKEN='hush", "API_TOKEN=\"hush'", "it's"])
def test_a_quote_that_is_not_closed_ends_the_start_and_names_the_line(
    path: Path, line: str
) -> None:
    path.write_text(f"A=b\n\n{line}\n")

    with pytest.raises(SettingError, match="in line 3") as wrong:
        read_dotenv(path)
    assert "hush" not in str(wrong.value)


def test_letters_that_are_no_utf_8_end_the_start_and_name_the_line(path: Path) -> None:
    path.write_bytes("A=b\nB=\u00e9\n".encode("latin-1"))

    with pytest.raises(SettingError, match="UTF-8, in line 2"):
        read_dotenv(path)


def test_a_folder_in_its_place_ends_the_start(path: Path) -> None:
    path.mkdir()

    with pytest.raises(SettingError, match="can be read"):
        read_dotenv(path)


def test_no_file_is_no_variables(path: Path) -> None:
    assert read_dotenv(path) == ({}, [])


def test_the_last_of_two_lines_counts(path: Path) -> None:
    path.write_text("A=1\nA=2\n")

    assert read_dotenv(path) == ({"A": "2"}, [])

"""How a line of the log is written, in both styles."""

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from recs.logs import formatter, set_up

Write = Callable[..., str]


@pytest.fixture(params=["console", "json"])
def style(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def written(style: str, message: str, *args: object, **more: Any) -> str:
    record = logging.getLogger("a.logger").makeRecord(
        "a.logger", logging.WARNING, __file__, 1, message, args, more.pop("exc_info", None)
    )
    for name, value in more.items():
        setattr(record, name, value)
    return formatter(style).format(record)


def raised(error: Exception) -> Any:
    try:
        raise error
    except Exception as caught:
        return type(caught), caught, caught.__traceback__


def test_a_line_tells_when_who_how_bad_and_what() -> None:
    line = written("console", "%d of %s", 3, "four", request_id="r-1", seconds=0.5)
    told = json.loads(written("json", "%d of %s", 3, "four", request_id="r-1", seconds=0.5))

    assert line[19:] == "Z warning  a.logger: 3 of four request_id=r-1 seconds=0.5"
    assert told.pop("timestamp").endswith("Z")
    assert told.pop("process")
    assert told == {
        "event": "3 of four",
        "level": "warning",
        "logger": "a.logger",
        "request_id": "r-1",
        "seconds": 0.5,
    }


def test_what_a_library_tells_beside_its_line_is_left_out(style: str) -> None:
    assert "secret" not in written(style, "a task", data={"args": ["secret"]})


@pytest.mark.parametrize(
    "message",
    [
        "Exception on /recs/secret [GET]",
        "GET http://127.0.0.1:5001/users/secret/interactions",
        "asked for /recs/with spaces and secret",
        "DELETE /interact/secret/a",
        "Error handling request /items/secret?k=1",
    ],
)
def test_an_address_is_cut_off_where_an_id_begins(style: str, message: str) -> None:
    assert "secret" not in written(style, message)
    assert "/…" in written(style, message)


def test_a_traceback_is_in_the_line_and_has_no_ids_in_addresses(style: str) -> None:
    line = written(style, "it failed", exc_info=raised(ValueError("no /recs/secret here")))

    assert "secret" not in line
    assert "ValueError" in line
    assert "test_logs.py" in line
    if style == "json":
        assert "\n" not in line
        json.loads(line)


def test_text_of_any_language_stays_text(style: str) -> None:
    assert "Жанна… 🎬" in written(style, "Жанна… 🎬")


def test_setting_up_twice_writes_each_line_once(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        set_up("console", "warning")
        set_up("json", "warning", about=lambda: {"request_id": "r-2"})
        logging.getLogger("a.logger").warning("once")
        logging.getLogger("a.logger").info("not at all")
        logging.getLogger("httpx").warning("of a library")
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)

    first, second = capsys.readouterr().err.splitlines()
    assert json.loads(first)["request_id"] == "r-2"
    assert json.loads(second)["event"] == "of a library"

"""Answers of all kinds, for a gunicorn that a test starts."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from app.later import MAY_WAIT, Later

Start = Callable[..., Any]

WAITING: list[Callable[[], None]] = []
"""Wakes the requests for /later."""


def answer(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
    """Answer as the path says."""
    text = ("Content-Type", "text/plain")
    match environ["PATH_INFO"]:
        case "/parts":
            start("200 OK", [text, ("Content-Length", "10")])
            return [b"hello", b"", b"world"]
        case "/chunks":
            start("200 OK", [text])
            return [b"hello", b"world"]
        case "/empty":
            start("200 OK", [text, ("Content-Length", "0")])
            return []
        case "/204":
            start("204 No Content", [])
            return []
        case "/file":
            file = Path(__file__).with_name("processes.py")
            start("200 OK", [text, ("Content-Length", str(file.stat().st_size))])
            opened = file.open("rb")
            wrapped: Iterable[bytes] = environ["wsgi.file_wrapper"](opened)
            return wrapped
        case "/error":
            raise ValueError
        case "/late":
            start("200 OK", [text, ("Content-Length", "10")])
            return _late()
        case "/short":
            start("200 OK", [text, ("Content-Length", "3")])
            return [b"hello"]
        case "/later" if environ.get(MAY_WAIT):
            return Later(WAITING.append)
        case "/waiting" | "/wake" as path:
            body = b"%d" % len(WAITING)
            while path == "/wake" and WAITING:
                wake = WAITING.pop()
                wake()
                wake()  # as when two things tell it that it is time
            start("200 OK", [text, ("Content-Length", str(len(body)))])
            return [body]
        case "/echo":
            body = environ["wsgi.input"].read()
            start("200 OK", [text, ("Content-Length", str(len(body)))])
            return [body]
        case _:
            start("200 OK", [text, ("Content-Length", "5"), ("X-Twice", "1"), ("X-Twice", "2")])
            return [b"hello"]


def _late() -> Iterator[bytes]:
    yield b"hello"
    raise ValueError

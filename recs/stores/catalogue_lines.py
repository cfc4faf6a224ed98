"""Encode and decode the lines of catalogue.jsonl."""

import json
from collections.abc import Iterable
from typing import Any, BinaryIO

from recs.types import Json


def encode(lines: Iterable[Json]) -> bytes:
    """Return the lines as bytes of the file."""
    text = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in lines)
    return text.encode(errors="surrogatepass")


def decode(lines: list[bytes]) -> list[Any]:
    """Return the content of each line; None if it is damaged.

    All lines are decoded at once, or one by one if some are damaged.
    """
    try:
        contents = json.loads(b"[" + b",".join(lines) + b"]")
    except ValueError:
        contents = []
    return contents if len(contents) == len(lines) else list(map(decode_one, lines))


def decode_one(line: bytes) -> Any:
    """Return the content of a line; None if it is damaged."""
    try:
        return json.loads(line)
    except ValueError:
        return None


def line_at(file: BinaryIO, offset: int) -> bytes:
    """Return the line that begins at an offset. Raises OSError."""
    file.seek(offset)
    return file.readline()

"""Small files in the formats that people have, made where a test needs them."""

import gzip
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cli.formats.columns import Columns
from cli.formats.find import find
from cli.formats.records import Record, Source
from cli.preparing import Prepared, Wishes, prepare

NOW = 1_800_000_000.0
FILE_TIME = 1_700_000_000.0
MOVIES = """movieId,title,genres
1,Toy Story (1995),Adventure|Animation
2,"Matrix, The (1999)",Action|Sci-Fi
3,Odd Film,(no genres listed)
"""
RATINGS = """userId,movieId,rating,timestamp
7,1,4.0,1000000000
7,2,3.5,1000000001
8,1,2.5,1000000002
8,3,5.0,1000000003
"""
T = 1_000_000_000.0
"""When the first of these ratings was made."""


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    """Write these files, in folders where their names have some."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        packed = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(packed) if path.suffix == ".gz" else packed)
    return folder


def zipped(folder: Path, to: Path) -> Path:
    """Pack a folder."""
    with zipfile.ZipFile(to, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder.parent))
    return to


def as_json(entries: Iterable[Any]) -> str:
    return json.dumps(list(entries))


def source_of(path: Path, who: str = "", **columns: str) -> Source:
    unpacked = path.parent / "unpacked"
    unpacked.mkdir(exist_ok=True)
    return find(path, Columns(**columns), who, unpacked)


def records(path: Path, who: str = "", **columns: str) -> list[Record]:
    return list(source_of(path, who, **columns).read())


def prepared(path: Path, who: str = "", wishes: Wishes | None = None, **columns: str) -> Prepared:
    return prepare(source_of(path, who, **columns), wishes or Wishes(), FILE_TIME, NOW)


def facts(found: Prepared) -> list[tuple[str, str, str, float]]:
    """Return user, item, action, time; the oldest first."""
    return [
        (each.user, each.item, each.action.value, each.timestamp) for each in found.interactions
    ]

"""A backup: the current generation on disk as one .tar.gz, and back.

The order of its files makes it consistent while the service runs. First come models and the window,
which are replaced whole and never changed. Then the log, up to its last whole line: it has all that
the window has counted. Last the catalogue: it knows all rows of both. The other statistics are
published again within seconds, and Redis follows the log.
"""

import csv
import gzip
import json
import os
import shutil
import tarfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from time import time

from recs.stores import folders
from recs.stores.catalogue import FILE as CATALOGUE
from recs.stores.log import Kind, Log
from recs.stores.segments import sync_folder
from recs.types import Generation, Json, UserId

MANIFEST = "kinolenta-backup.json"
VERSION = 1
READ_BYTES = 1 << 20
KEPT = ("models/**/*", "statistics/window.arrays", "statistics/ease*")
Progress = Callable[[int], object]
"""Called with how many bytes more are done."""
DAMAGED = (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError)
"""Errors that a damaged .tar.gz may raise."""


class NoBackup(Exception):
    """A file that cannot be restored. The message says why."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. created: seconds since 1970."""

    generation: Generation
    created: float


def back_up(data_dir: Path, generation: Generation, path: Path, progress: Progress) -> int:
    """Write a backup; return how many files it has.

    It gets its name when it is complete and on disk. Raises OSError.
    """
    folder = folders.of_generation(data_dir, generation)
    draft = path.with_name(f".{path.name}.part")
    manifest: Json = {"version": VERSION, "generation": generation, "created": time()}
    count = 0
    try:
        with (
            draft.open("wb") as file,
            tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as archive,
        ):
            _add_text(archive, MANIFEST, json.dumps(manifest))
            for name, size in _contents(data_dir, folder, generation):
                count += _add(archive, folder / name, f"generation/{name}", size)
                progress(size or 0)
            archive.close()
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        sync_folder(path.parent)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return count


def read_manifest(path: Path) -> Manifest:
    """Read what a backup says of itself. Raises NoBackup, OSError."""
    try:
        with tarfile.open(path) as archive:
            first = archive.next()
            content = archive.extractfile(first) if first and first.name == MANIFEST else None
            told = json.loads(content.read()) if content else {}
            if told.get("version") != VERSION:
                raise NoBackup(f"{path} is not a backup of this service")
            return Manifest(Generation(told["generation"]), told["created"])
    except (*DAMAGED, KeyError) as error:
        raise NoBackup(f"{path} is not a backup of this service, or a damaged one") from error


def restore(
    path: Path,
    data_dir: Path,
    generation: Generation,
    progress: Progress,
    erased_at: Callable[[UserId], float] = lambda user: 0.0,
) -> int:
    """Unpack a backup as a generation, all at once; return how many files it has.

    erased_at: when a user was erased (s). Users erased after the backup are left out. Raises
    NoBackup and OSError; then nothing has changed.
    """
    created = read_manifest(path).created
    generations = folders.generations(data_dir)
    draft = generations / f".restoring-{generation}"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        count = _unpack(path, draft, progress)
        _leave_out(draft, lambda user: erased_at(user) > created)
        os.replace(draft, folders.of_generation(data_dir, generation))
        sync_folder(generations)
    except DAMAGED as error:
        raise NoBackup(f"{path} is damaged or not whole: nothing is restored") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return count


def _leave_out(folder: Path, is_erased: Callable[[UserId], bool]) -> None:
    """Remove users from the log, and if there were any, what was computed with them."""
    is_changed = False
    for kind in Kind:
        for path in folder.glob(f"{kind}-*.csv"):
            header, *lines = path.read_bytes().splitlines(keepends=True) or [b""]
            kept = [line for line in lines if not is_erased(_user_of(line))]
            if len(kept) < len(lines):
                path.write_bytes(b"".join([header, *kept]))
                is_changed = True
    if is_changed:  # both are made again from the log
        for name in ("statistics", "models"):
            shutil.rmtree(folder / name, ignore_errors=True)


def _user_of(line: bytes) -> UserId:
    """Return the user of a line of the log; empty if it is damaged.

    Each line is read alone: a stray quotation mark would swallow the lines that follow.
    """
    try:
        cells = next(csv.reader([line.decode(errors="replace")]))
    except csv.Error:
        cells = []
    return UserId(cells[0] if cells else "")


def _unpack(path: Path, folder: Path, progress: Progress) -> int:
    count = 0
    with tarfile.open(path) as archive:
        for member in archive:
            parts = PurePosixPath(member.name).parts
            if member.name == MANIFEST:
                continue
            if not member.isfile() or parts[0] != "generation" or ".." in parts:
                raise NoBackup(f"{path} holds {member.name!r}, which no backup has")
            target = folder.joinpath(*parts[1:])
            target.parent.mkdir(parents=True, exist_ok=True)
            content = archive.extractfile(member)
            assert content is not None  # it is a file
            with target.open("wb") as file:
                shutil.copyfileobj(content, file)
                file.flush()
                os.fsync(file.fileno())
            progress(member.size)
            count += 1
        assert archive.fileobj is not None  # it is open
        while archive.fileobj.read(READ_BYTES):
            pass  # the checksum at the end is compared
    return count


def _contents(
    data_dir: Path, folder: Path, generation: Generation
) -> Iterator[tuple[str, int | None]]:
    """Yield the files of a generation, and how many bytes of each to save; None: all."""
    for pattern in KEPT:
        for path in sorted(folder.glob(pattern)):
            inside = path.relative_to(folder)
            if path.is_file() and not any(part.startswith(".") for part in inside.parts):
                yield inside.as_posix(), None
    log = Log(data_dir)
    for kind in (Kind.IMPRESSIONS, Kind.INTERACTIONS):
        yield from log.whole_sizes(generation, kind).items()
    for name in ("dead-letters.csv", CATALOGUE):
        path = folder / name
        if path.exists():
            yield name, _whole_lines(path)


def _whole_lines(path: Path) -> int:
    """Return the bytes of a file up to its last whole line."""
    content = path.read_bytes()
    return content.rfind(b"\n") + 1


def _add(archive: tarfile.TarFile, path: Path, name: str, size: int | None) -> int:
    """Add `size` bytes of a file, or all; return 1, or 0 if it is gone."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return 0  # a version that was replaced
    with file:
        found = os.fstat(file.fileno())
        entry = tarfile.TarInfo(name)
        entry.size = found.st_size if size is None else size
        entry.mtime = found.st_mtime
        archive.addfile(entry, file)
    return 1


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    entry = tarfile.TarInfo(name)
    content = text.encode()
    entry.size, entry.mtime = len(content), time()
    archive.addfile(entry, BytesIO(content))

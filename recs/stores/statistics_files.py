"""Arrays that one process publishes for all others, in numbered versions.

DATA_DIR/generations/<generation>/statistics/ holds `<name>-<number>.arrays`, and `<name>.json` with
the newest number; and window.arrays, the snapshot (recs/training/snapshot.py).
"""

import json
import logging
import os
from errno import ENOENT
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from recs.errors import ArraysUnreadable
from recs.stores import folders
from recs.stores.arrays_file import Arrays, map_arrays, remove_drafts, write_arrays
from recs.types import Generation, Json

log = logging.getLogger(__name__)

KEPT = 3
"""How many versions are kept, so that a process that has read a number has time to map its file."""
LOOKS = 10
"""How often the versions are listed: all of them may be replaced before one is mapped."""

Version = tuple[int, dict[str, NDArray[Any]], Json]


class StatisticsFiles:
    """Published arrays of every generation. Each name has one publisher at a time."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._looked: dict[Path, tuple[tuple[int, int], int | None]] = {}

    def publish(
        self,
        generation: Generation,
        name: str,
        number: int,
        arrays: Arrays,
        meta: Json,
        durable: bool = False,
    ) -> None:
        """Publish a new version, and delete the oldest. Raises OSError: nothing changed.

        number: greater than all before. durable: see `write_arrays`; what is computed again within
        a second need not be.
        """
        folder = self._folder(generation)
        path, draft = folder / f"{name}-{number}.arrays", folder / f".{name}.json.{os.getpid()}"
        write_arrays(path, arrays, meta, durable)
        try:
            draft.write_text(json.dumps({"number": number}))
            draft.rename(folder / f"{name}.json")
        except OSError:
            draft.unlink(missing_ok=True)
            path.unlink()
            raise
        self._prune(folder, name)

    def newest_number(self, generation: Generation, name: str) -> int | None:
        """Return the newest number; None before the first. One `stat` while nothing changes.

        Raises OSError.
        """
        path = self._folder(generation) / f"{name}.json"
        try:
            stat = path.stat()
        except FileNotFoundError:
            return None
        seen = (stat.st_mtime_ns, stat.st_ino)
        known = self._looked.get(path)
        if known and known[0] == seen:
            return known[1]
        number: int | None
        try:
            number = int(json.loads(path.read_bytes())["number"])
        except (ValueError, KeyError, TypeError) as error:
            log.error("%s cannot be read: %s", path, error)
            number = max(self._numbers(generation, name), default=None)
        self._looked[path] = (seen, number)
        return number

    def newest(self, generation: Generation, name: str) -> Version | None:
        """Map the newest version: number, arrays (read-only), meta. None before the first.

        If it is damaged or was replaced meanwhile, returns the newest one that can be read. Raises
        OSError.
        """
        if self.newest_number(generation, name) is None:
            return None
        for _ in range(LOOKS):
            numbers, replaced = self._numbers(generation, name), False
            for number in sorted(numbers, reverse=True):
                try:
                    arrays, meta = map_arrays(self._folder(generation) / f"{name}-{number}.arrays")
                except FileNotFoundError:
                    replaced = True
                except ArraysUnreadable as error:
                    log.error("version %d is left out: %s", number, error)
                else:
                    return number, arrays, meta
            if not replaced:
                return None
        raise FileNotFoundError(ENOENT, f"a version of {name} is listed and cannot be found")

    def window(self, generation: Generation) -> Path:
        """Return the file with the snapshot of the window: one version, replaced each time."""
        return self._folder(generation) / "window.arrays"

    def drop(self, generation: Generation) -> None:
        """Delete all versions of a generation that is over."""
        folder = self._folder(generation)
        if folder.is_dir():
            for path in folder.iterdir():
                path.unlink(missing_ok=True)
                self._looked.pop(path, None)

    def _prune(self, folder: Path, name: str) -> None:
        """Delete all but the newest versions, and drafts of killed writers."""
        paths = {_number_of(path): path for path in folder.glob(f"{name}-*.arrays")}
        for number in sorted(paths)[:-KEPT]:
            paths[number].unlink(missing_ok=True)
        remove_drafts(folder)

    def _numbers(self, generation: Generation, name: str) -> list[int]:
        return [_number_of(path) for path in self._folder(generation).glob(f"{name}-*.arrays")]

    def _folder(self, generation: Generation) -> Path:
        return folders.of_generation(self._data_dir, generation) / "statistics"


def _number_of(path: Path) -> int:
    number = path.stem.rpartition("-")[2]
    return int(number) if number.isdecimal() else 0

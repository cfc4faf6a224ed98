"""Arrays that one process publishes for all others, in numbered versions.

DATA_DIR/generations/<generation>/statistics/ holds `<name>-<number>.arrays`; and window.arrays, the
snapshot (recs/training/snapshot.py).
"""

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
"""How many versions are kept, so that a process that has found one has time to map its file."""
LOOKS = 10
"""How often the versions are listed: all of them may be replaced before one is mapped."""

Version = tuple[int, dict[str, NDArray[Any]], Json]


class StatisticsFiles:
    """Published arrays of every generation. Each name has one publisher at a time."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._damaged: set[Path] = set()

    def publish(
        self,
        generation: Generation,
        name: str,
        arrays: Arrays,
        meta: Json,
        durable: bool = False,
    ) -> int:
        """Publish a new version, and delete the oldest; return its number.

        durable: see `write_arrays`; what is computed again within a second need not be. Raises
        OSError: nothing changed.
        """
        folder = self._folder(generation)
        numbers = self._numbers(folder, name)
        number = max(numbers, default=0) + 1
        write_arrays(folder / f"{name}-{number}.arrays", arrays, meta, durable)
        for old in sorted([*numbers, number])[:-KEPT]:
            (folder / f"{name}-{old}.arrays").unlink(missing_ok=True)
        remove_drafts(folder)
        return number

    def newest(self, generation: Generation, name: str, known: int = 0) -> Version | None:
        """Map the newest version that can be read: number, arrays (read-only), meta.

        None if there is none, or if it is the one with the number `known`; that costs one listing
        of the folder. Raises OSError: then another try may succeed.
        """
        folder = self._folder(generation)
        for _ in range(LOOKS):
            replaced = False
            for number in sorted(self._numbers(folder, name), reverse=True):
                path = folder / f"{name}-{number}.arrays"
                if number == known:
                    return None
                if path in self._damaged:
                    continue
                try:
                    return number, *map_arrays(path)
                except FileNotFoundError:
                    replaced = True
                except ArraysUnreadable as error:
                    log.error("version %d is left out: %s", number, error)
                    self._damaged.add(path)
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

    def _numbers(self, folder: Path, name: str) -> list[int]:
        """Return the numbers of the versions that there are, in no order."""
        try:
            parts = [file.removesuffix(".arrays").rpartition("-") for file in os.listdir(folder)]
        except FileNotFoundError:
            return []
        return [int(number) for of, _, number in parts if of == name and number.isdecimal()]

    def _folder(self, generation: Generation) -> Path:
        return folders.of_generation(self._data_dir, generation) / "statistics"

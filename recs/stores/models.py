"""Fitted models on disk: a folder for each version, and a file that names the current one."""

import json
import logging
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from recs.errors import ArraysUnreadable, ModelUnreadable
from recs.stores import folders
from recs.stores.arrays_file import Arrays, map_arrays, remove_drafts, write_arrays
from recs.training.dataset import pack_ids, unpack_ids
from recs.training.embeddings import USER_STEP, unit_vectors
from recs.training.promotion import Promotion
from recs.training.report import Quality, Report
from recs.types import Generation, Json, UserId

if TYPE_CHECKING:
    from recs.training.model import Model

log = logging.getLogger(__name__)

KEPT_MODELS = 3
KEPT_METRICS = 100
"""Metrics of older versions are kept (a kilobyte each), as the history of the model's quality."""
MODEL = "model.arrays"
"""The state from which the next fit continues, including users and Adagrad's sums."""
ITEMS = "items.arrays"
"""The file that rankers map: unit vectors of items."""
METRICS = "metrics.json"


@dataclass(frozen=True, slots=True)
class Version:
    """The content of a version's metrics.json."""

    number: int
    parent: int | None
    """The version from which the fit continued."""
    created: float
    """Seconds since 1970."""
    fingerprint: str
    """Fingerprint of the dataset: while it is the same, a new fit would learn nothing new."""
    promotion: Promotion
    report: Report

    @classmethod
    def from_json(cls, content: Json) -> Self:
        """Read metrics.json."""
        report = content["report"]
        for name in ("quality", "previous_quality"):
            report[name] = report[name] and Quality(**report[name])
        promotion = Promotion(**content["promotion"])
        return cls(**{**content, "promotion": promotion, "report": Report(**report)})


@dataclass(frozen=True, slots=True)
class Choice:
    """Which version is current. A rollback pins it: then only a better one may replace it."""

    number: int
    pinned: bool = False


class Models:
    """The versions under DATA_DIR/generations/<generation>/models/."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir

    def save(
        self,
        generation: Generation,
        model: "Model",
        report: Report,
        promotion: Promotion,
        parent: int | None,
        fingerprint: str,
    ) -> Version:
        """Write a new version, completely or not at all."""
        folder = self._folder(generation)
        # By the folders: one whose metrics cannot be read keeps its number.
        numbers = (int(each.name) for each in folder.glob("[0-9]*") if each.name.isdecimal())
        number = max(numbers, default=0) + 1
        version = Version(number, parent, time(), fingerprint, promotion, report)
        items = {"vectors": unit_vectors(model.item_vectors)}
        draft = folder / f".{uuid4().hex}"
        draft.mkdir(parents=True)
        try:
            write_arrays(draft / MODEL, *model.to_arrays())
            write_arrays(draft / ITEMS, items, {})
            _write_json(draft / METRICS, asdict(version))
            draft.rename(folder / str(number))
        except OSError:
            shutil.rmtree(draft, ignore_errors=True)  # free the space for the log
            raise
        return version

    def load(self, generation: Generation, number: int) -> "Model":
        """Return a version's model, for the next fit. Raises ModelUnreadable, OSError."""
        from recs.training.model import Model  # here: it loads scipy, which rankers do not need

        try:
            return Model.from_arrays(*map_arrays(self._folder(generation) / str(number) / MODEL))
        except (FileNotFoundError, ArraysUnreadable, ValueError, KeyError) as error:
            raise ModelUnreadable(number, error) from error

    def item_vectors(self, generation: Generation, number: int) -> NDArray[np.float32]:
        """Map the unit vectors of a version's items: (n_items, components), by row.

        A vector is zero if the model knows nothing about the item. Items that were added later have
        no row. Raises ModelUnreadable, and OSError: then another try may succeed.
        """
        try:
            arrays, _ = map_arrays(self._folder(generation) / str(number) / ITEMS)
            return arrays["vectors"]
        except (ArraysUnreadable, KeyError) as error:
            raise ModelUnreadable(number, error) from error

    def versions(self, generation: Generation) -> list[Version]:
        """Return all versions whose metrics are kept, oldest first.

        One whose metrics are damaged, or of another version of this code, is left out and logged.
        """
        found = []
        for path in self._folder(generation).glob(f"[0-9]*/{METRICS}"):
            try:
                found.append(Version.from_json(json.loads(path.read_bytes())))
            except (ValueError, TypeError, KeyError) as error:
                log.error("%s is left out: %r", path, error)
        return sorted(found, key=lambda version: version.number)

    def is_kept(self, generation: Generation, number: int) -> bool:
        """Say whether a version's model is still kept, too."""
        return (self._folder(generation) / str(number) / MODEL).exists()

    def current(self, generation: Generation) -> Choice | None:
        """Return the current version; None before the first, or if the file is damaged.

        Raises OSError.
        """
        path = self._folder(generation) / "current.json"
        try:
            return Choice(**json.loads(path.read_bytes()))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError) as error:
            log.error("%s is damaged, so no version is current: %r", path, error)
            return None

    def choose(self, generation: Generation, choice: Choice) -> None:
        """Make a version the current one."""
        draft = self._folder(generation) / "current.json.new"
        _write_json(draft, asdict(choice))
        draft.rename(self._folder(generation) / "current.json")

    def drop(self, generation: Generation) -> None:
        """Delete the models of a generation that is over; keep their metrics."""
        for path in self._folder(generation).glob("*/*.arrays"):
            path.unlink(missing_ok=True)

    def forget(self, generation: Generation, is_gone: Callable[[UserId], bool]) -> int:
        """Remove users from all kept models; return the number of models changed. Raises OSError.

        Their vectors are set to 0 and their ids to "": the next fit leaves them out. Their effect
        on item vectors stays. Drafts that a killed call has left, which name users, are deleted.
        """
        for folder in self._folder(generation).glob("[0-9]*"):
            remove_drafts(folder)
        changed = 0
        for path in self._folder(generation).glob(f"[0-9]*/{MODEL}"):
            try:
                arrays, meta = map_arrays(path)
            except (FileNotFoundError, ArraysUnreadable):
                continue
            users = unpack_ids(arrays["user_ids"])
            gone = [row for row, user in enumerate(users) if user and is_gone(user)]
            if gone:
                write_arrays(path, _without(arrays, users, gone), meta)
                changed += 1
        return changed

    def prune(self, generation: Generation) -> None:
        """Keep the newest three, the newest three that were promoted, and the current one.

        Drafts of killed fits are deleted too, so the caller must be the only one training.
        """
        versions, choice = self.versions(generation), self.current(generation)
        promoted = [each for each in versions if each.promotion.promoted]
        kept = {each.number for each in versions[-KEPT_MODELS:] + promoted[-KEPT_MODELS:]}
        kept |= {choice.number} if choice else set()
        folder = self._folder(generation)
        for age, version in enumerate(reversed(versions)):
            if version.number not in kept:
                for name in (MODEL, ITEMS):
                    (folder / str(version.number) / name).unlink(missing_ok=True)
                if age >= KEPT_METRICS:
                    shutil.rmtree(folder / str(version.number))
        for draft in folder.glob(".*"):
            shutil.rmtree(draft)

    def _folder(self, generation: Generation) -> Path:
        return folders.of_generation(self._data_dir, generation) / "models"


def _without(arrays: Arrays, users: list[UserId], gone: list[int]) -> Arrays:
    """Return a model's arrays without the users in some rows."""
    left: dict[str, NDArray[Any]] = dict(arrays)
    nobody = UserId("")
    names = [nobody if row in gone else user for row, user in enumerate(users)]
    left["user_ids"] = pack_ids(names)
    left["likes"] = arrays["likes"][~np.isin(arrays["likes"] // USER_STEP, gone)]
    for name in arrays:
        if name.startswith("users_"):
            left[name] = np.array(arrays[name])
            left[name][gone] = 0
    return left


def _write_json(path: Path, content: Json) -> None:
    """Write a file and flush it to disk, so that a power cut after renaming cannot empty it."""
    with path.open("w") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())

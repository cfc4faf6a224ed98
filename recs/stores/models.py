"""Trained models on disk: a folder for each version, and which one is current."""

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import time
from typing import Any, Self
from uuid import uuid4
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recs.embeddings import Embeddings
from recs.errors import ModelUnreadable
from recs.evaluation import Quality, Report, Verdict
from recs.factors import Model
from recs.types import Generation, Json

KEPT_MODELS = 3
KEPT_METRICS = 100
"""Of older versions the metrics stay, a kilobyte each: the history of the model's quality."""
EMBEDDINGS = ("items", "genres", "viewers")


@dataclass(frozen=True, slots=True)
class Version:
    """What metrics.json tells of one version."""

    number: int
    parent: int | None
    """The version whose training it went on from."""
    created: float
    """Seconds since 1970."""
    read_bytes: int
    """Of log and catalogue: as long as they have no more, there is nothing new to learn."""
    verdict: Verdict
    report: Report

    @classmethod
    def from_json(cls, content: Json) -> Self:
        """Read metrics.json."""
        report = content["report"]
        for name in ("quality", "previous_quality"):
            report[name] = report[name] and Quality(**report[name])
        return cls(
            **{**content, "verdict": Verdict(**content["verdict"]), "report": Report(**report)}
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """Which version is current. A rollback pins it: only a better one may follow."""

    number: int
    pinned: bool = False


class Models:
    """The versions under DATA_DIR/generations/<generation>/models/."""

    def __init__(self, data_dir: Path) -> None:
        self._generations = data_dir / "generations"

    def save(
        self,
        generation: Generation,
        model: Model,
        report: Report,
        verdict: Verdict,
        parent: int | None,
        read_bytes: int,
    ) -> Version:
        """Write a new version; it appears whole or not at all."""
        folder = self._folder(generation)
        number = max((each.number for each in self.versions(generation)), default=0) + 1
        version = Version(number, parent, time(), read_bytes, verdict, report)
        draft = folder / f".{uuid4().hex}"
        draft.mkdir(parents=True)
        try:
            with (draft / "model.npz").open("wb") as file:
                np.savez(file, allow_pickle=False, **_arrays(model))
                os.fsync(file.fileno())
            _write_json(draft / "metrics.json", asdict(version))
            draft.rename(folder / str(number))
        except OSError:
            shutil.rmtree(draft, ignore_errors=True)  # what is left of the disk is for the log
            raise
        return version

    def load(self, generation: Generation, number: int) -> Model:
        """Return a version's model. Raises ModelUnreadable."""
        path = self._folder(generation) / str(number) / "model.npz"
        try:
            with path.open("rb") as file, np.load(file) as arrays:
                return _model(arrays)
        except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
            raise ModelUnreadable(number, error) from error

    def versions(self, generation: Generation) -> list[Version]:
        """Return all versions of which the metrics are still here, oldest first."""
        paths = self._folder(generation).glob("[0-9]*/metrics.json")
        found = [Version.from_json(json.loads(path.read_text())) for path in paths]
        return sorted(found, key=lambda version: version.number)

    def is_kept(self, generation: Generation, number: int) -> bool:
        """Tell whether a version's model is still here, too."""
        return (self._folder(generation) / str(number) / "model.npz").exists()

    def current(self, generation: Generation) -> Choice | None:
        """Return which version is current; None before the first."""
        try:
            return Choice(**json.loads((self._folder(generation) / "current.json").read_text()))
        except FileNotFoundError:
            return None

    def choose(self, generation: Generation, choice: Choice) -> None:
        """Make a version the current one."""
        draft = self._folder(generation) / "current.json.new"
        _write_json(draft, asdict(choice))
        draft.rename(self._folder(generation) / "current.json")

    def drop(self, generation: Generation) -> None:
        """Delete the models of a generation that is over; what is known of them stays."""
        for path in self._folder(generation).glob("*/model.npz"):
            path.unlink(missing_ok=True)

    def prune(self, generation: Generation) -> None:
        """Keep the newest three, the newest three that were published, and the current one.

        Left-overs of trainings that were killed go too: the caller must be the only one training.
        """
        versions, choice = self.versions(generation), self.current(generation)
        published = [each for each in versions if each.verdict.published]
        kept = {each.number for each in versions[-KEPT_MODELS:] + published[-KEPT_MODELS:]}
        kept |= {choice.number} if choice else set()
        folder = self._folder(generation)
        for age, version in enumerate(reversed(versions)):
            if version.number not in kept:
                (folder / str(version.number) / "model.npz").unlink(missing_ok=True)
                if age >= KEPT_METRICS:
                    shutil.rmtree(folder / str(version.number))
        for draft in folder.glob(".*"):
            shutil.rmtree(draft)

    def _folder(self, generation: Generation) -> Path:
        return self._generations / str(generation) / "models"


def _arrays(model: Model) -> dict[str, NDArray[Any]]:
    arrays = {
        "likes": model.likes,
        "shares": model.genres_of.data,
        "share_columns": model.genres_of.indices,
        "share_starts": model.genres_of.indptr,
    }
    for name in EMBEDDINGS:
        part: Embeddings = getattr(model, name)
        arrays |= {
            f"{name}_ids": _packed(part.ids),
            f"{name}_vectors": part.vectors,
            f"{name}_vector_sums": part.vector_sums,
            f"{name}_biases": part.biases,
            f"{name}_bias_sums": part.bias_sums,
        }
    return arrays


def _model(arrays: Any) -> Model:
    items, genres, viewers = (
        Embeddings(
            _unpacked(arrays[f"{name}_ids"]),
            arrays[f"{name}_vectors"],
            arrays[f"{name}_vector_sums"],
            arrays[f"{name}_biases"],
            arrays[f"{name}_bias_sums"],
        )
        for name in EMBEDDINGS
    )
    shares = (arrays["shares"], arrays["share_columns"], arrays["share_starts"])
    genres_of = sparse.csr_matrix(shares, shape=(len(items), len(genres)))
    return Model(items, genres, viewers, genres_of, arrays["likes"])


def _packed(ids: Sequence[str]) -> NDArray[np.uint8]:
    """Return ids as bytes of JSON: as an array of strings, each would be as long as the longest."""
    return np.frombuffer(json.dumps(ids).encode(), np.uint8)


def _unpacked(packed: NDArray[np.uint8]) -> tuple[str, ...]:
    return tuple(json.loads(packed.tobytes()))


def _write_json(path: Path, content: Json) -> None:
    """Write a file and have it on disk before it is renamed: a power cut may not empty it."""
    with path.open("w") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())

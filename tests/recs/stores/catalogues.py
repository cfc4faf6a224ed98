"""Catalogues as the tests fill and read them."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from recs.stores.catalogue import Catalogue
from recs.types import ItemId


def items(*ids: str, genres: tuple[str, ...] | None = ("Drama",)) -> list:
    return [(ItemId(each), genres) for each in ids]


def add_to(catalogue: Catalogue, items: Iterable[tuple[ItemId, Sequence[str] | None]]) -> None:
    """Add items, or change their genres. None keeps those of a known item."""
    catalogue.change((item, {} if genres is None else {"genres": genres}) for item, genres in items)


def file_of(folder: Path) -> Path:
    return folder / "catalogue.jsonl"


def lines_of(folder: Path) -> list[dict]:
    return [json.loads(line) for line in file_of(folder).read_bytes().splitlines()]


def read(folder: Path) -> Catalogue:
    """Read a catalogue as a process does that has just started."""
    catalogue = Catalogue(folder)
    catalogue.refresh()
    return catalogue


def contents(catalogue: Catalogue) -> dict[str, tuple]:
    return {
        item: (row, catalogue.known[row], catalogue.genres[row])
        for item, row in catalogue.rows.items()
    }

"""Exports all titles and interactions to files that `kinolenta import` reads."""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from cli.formats.records import EXPORTED_INTERACTIONS, EXPORTED_ITEMS
from cli.formats.tmdb import names_in
from recs.attributes import TOLD
from recs.interactions import SIGNED_RATINGS, UNDONE, Action, replaces
from recs.stores import Stores
from recs.stores.log import Kind
from recs.types import Generation, Json

ROWS_A_TURN = 10_000
LONE_RETURN = re.compile(r"\r(?!\n)")
"""csv does not quote it, and readers begin a new line at it."""

Progress = Callable[[int], object]


def export(
    stores: Stores, generation: Generation, folder: Path, form: str, progress: Progress
) -> tuple[int, int]:
    """Write items and interactions into a folder; return how many. form: `csv` or `jsonl`.

    Only the interaction that counts now of each user and item. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    items = _write(folder / f"items.{form}", EXPORTED_ITEMS, items_of(stores, generation), progress)
    facts = facts_of(stores, generation)
    done = _write(folder / f"interactions.{form}", EXPORTED_INTERACTIONS, facts, progress)
    return items, done


def _write(path: Path, columns: tuple[str, ...], rows: Iterable[Json], progress: Progress) -> int:
    """Write rows to a new file. It gets its name when it is complete."""
    draft, count = path.with_suffix(f"{path.suffix}.part"), 0
    with draft.open("w", encoding="utf-8", newline="") as file:
        write = _writer(file, columns) if path.suffix == ".csv" else _lines(file)
        for row in rows:
            write(row)
            count += 1
            progress(1)
    draft.replace(path)
    return count


def _writer(file: IO[str], columns: tuple[str, ...]) -> Callable[[Json], object]:
    table = csv.DictWriter(file, columns, restval="", lineterminator="\n")
    table.writeheader()
    return lambda row: table.writerow({name: _cell_of(value) for name, value in row.items()})


def _cell_of(value: Any) -> Any:
    """Return a value as it stands in a cell."""
    text = _joined(value) if isinstance(value, list) else value
    return LONE_RETURN.sub("\n", text) if isinstance(text, str) else text


def _joined(names: list[str]) -> str:
    """Write names with | between, or as JSON if they would be read as other names."""
    cell = "|".join(names)
    return cell if names_in(cell) == names else json.dumps(names, ensure_ascii=False)


def _lines(file: IO[str]) -> Callable[[Json], object]:
    return lambda row: file.write(json.dumps(row, ensure_ascii=False) + "\n")


def items_of(stores: Stores, generation: Generation) -> Iterator[Json]:
    """Yield the items of the catalogue in its order, with hidden items."""
    catalogue = stores.catalogues.of(generation)
    catalogue.refresh()
    rows = [row for row in range(len(catalogue)) if catalogue.is_added(row)]
    for start in range(0, len(rows), ROWS_A_TURN):
        some = rows[start : start + ROWS_A_TURN]
        for row, about in zip(some, catalogue.about(some), strict=True):
            told = {name: about[name] for name in TOLD if name in about}
            yield {
                "item_id": catalogue.ids[row],
                "genres": list(catalogue.genres[row]),
                **told,
                **({"hidden": True} if row in catalogue.hidden else {}),
            }


def facts_of(stores: Stores, generation: Generation) -> Iterator[Json]:
    """Yield the interaction that counts of each user and item, unless undone; oldest first."""
    facts: dict[tuple[str, str], tuple[int, float, str]] = {}
    for _, rows in stores.log.tail(generation, Kind.INTERACTIONS, {}):
        for user, item, action, text in rows:
            sign, at = SIGNED_RATINGS[Action(action)], float(text)
            known = facts.get((user, item))
            if known is None or replaces(sign, at, known[0], known[1]):
                facts[user, item] = sign, at, action
    kept = [(key, fact) for key, fact in facts.items() if fact[0] != UNDONE]
    for (user, item), (_, at, action) in sorted(kept, key=lambda each: each[1][1]):
        yield {"user_id": user, "item_id": item, "action": action, "timestamp": at}

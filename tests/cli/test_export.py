from pathlib import Path
from typing import Any

import pytest

from cli.exporter import export
from cli.importer import bring_in, generation_for_import
from recs.interactions import Action, Interaction
from recs.stores import Stores
from recs.stores.log import Kind
from recs.types import ItemId, UserId
from tests.cli.files import facts, prepared

TOLD: list[tuple[str, dict[str, Any]]] = [
    (
        'a,b "c"',
        {
            "genres": ["Drama", "War"],
            "title": "One, two",
            "year": 1999,
            "kind": "film",
            "countries": ["UK", "USA"],
            "people": ["Sam, the Cook"],
        },
    ),
    ("d", {"genres": [], "link": "https://x/y", "description": "Long.", "hidden": True}),
    ("e", {}),
    ("f", {"genres": ["Action, Adventure"]}),
    ("g", {"genres": ["[odd]", "War|Peace"]}),
    ("null", {"genres": ["nan"], "title": "None"}),
]
SAID = [
    ("u", 'a,b "c"', "like", 1.25),
    ("u", "d", "dislike", 2.5),
    ("ж", "d", "watched", 3.0),
    ("nan", "null", "like", 3.5),
    ("u", "e", "like", 4.0),
    ("u", "e", "undo", 5.0),
    ("u", "d", "watched", 6.0),
]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_text_of_several_lines_stays_one_cell(
    stores: Stores, tmp_path: Path, line_end: str
) -> None:
    generation = generation_for_import(stores)
    told = {"description": f"one{line_end}two"}
    stores.catalogues.of(generation).change([(ItemId("a"), told)])

    export(stores, generation, tmp_path / "out", "csv", lambda count: None)
    found = prepared(tmp_path / "out")

    assert found.titles[ItemId("a")]["description"].splitlines() == ["one", "two"]
    assert (list(found.titles), found.refused) == (["a"], [])


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_what_is_exported_is_imported_as_it_was(stores: Stores, tmp_path: Path, form: str) -> None:
    generation = generation_for_import(stores)
    stores.catalogues.of(generation).change((ItemId(item), told) for item, told in TOLD)
    said = [Interaction(UserId(u), ItemId(i), Action(a), t).to_row() for u, i, a, t in SAID]
    stores.log.append(generation, Kind.INTERACTIONS, said)

    assert export(stores, generation, tmp_path / "out", form, lambda count: None) == (6, 4)
    found = prepared(tmp_path / "out")
    assert (facts(found), found.refused) == (SAID[:4], [])

    again = stores.generations.begin()
    bring_in(found, stores, again)
    one, other = (stores.catalogues.of(each) for each in (generation, again))
    for item, _ in TOLD:
        before, after = one.rows[ItemId(item)], other.rows[ItemId(item)]
        assert one.about([before]) == other.about([after])
        assert one.genres[before] == other.genres[after]
        assert one.known[before] == other.known[after]

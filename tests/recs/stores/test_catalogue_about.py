"""What is told of items besides their genres."""

import json
from pathlib import Path

import pytest

from recs.stores.catalogue import Catalogue
from recs.types import ItemId
from tests.recs.stores.catalogues import add_to, contents, file_of, items, lines_of, read

ALIEN = {
    "title": "Alien", "year": 1979, "kind": "film", "countries": ["UK", "USA"],
    "people": ["Ridley Scott"], "link": "https://a.example/",
}  # fmt: skip


def about(catalogue: Catalogue, *ids: str) -> list[dict]:
    return catalogue.about([catalogue.rows[ItemId(each)] for each in ids])


def test_what_is_told_of_items_is_read_from_the_disk(catalogue: Catalogue, tmp_path: Path) -> None:
    catalogue.change([(ItemId("a"), ALIEN), (ItemId("b"), {})])

    other = read(tmp_path)

    assert about(other, "b", "a") == about(catalogue, "b", "a") == [{}, ALIEN]
    assert ([*other.years], other.kinds) == ([1979, 0], ["film", ""])
    assert other.countries == [("UK", "USA"), ()]
    assert other.counts()[2] == {"UK": 1, "USA": 1}


def test_of_two_spellings_of_a_country_the_first_counts(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    spellings = [["USA"], ["usa", "UK"], ["U S A", " Uk "], [" Usa"]]
    catalogue.change(
        (ItemId(f"item-{number}"), {"countries": each}) for number, each in enumerate(spellings)
    )

    for each in (catalogue, read(tmp_path)):
        assert each.counts()[2] == {"USA": 3, "UK": 2, "U S A": 1}
        assert each.countries == [("USA",), ("USA", "UK"), ("U S A", "UK"), ("USA",)]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([{"title": "Aliens"}], {**ALIEN, "title": "Aliens"}),
        ([{"year": None}, {"kind": None}, {"countries": [], "people": None}],
         {"title": "Alien", "link": "https://a.example/"}),
        ([{"description": "In space."}, {"genres": ["Horror"]}],
         {**ALIEN, "description": "In space."}),
        ([dict.fromkeys(ALIEN)], {}),
        ([{}], ALIEN),
    ],
)  # fmt: skip
def test_a_change_changes_what_it_names(
    catalogue: Catalogue, tmp_path: Path, changes: list[dict], told: dict
) -> None:
    catalogue.change([(ItemId("a"), ALIEN)])
    for each in changes:
        catalogue.change([(ItemId("a"), each)])

    assert about(catalogue, "a") == about(read(tmp_path), "a") == [told]
    assert read(tmp_path).years[0] == told.get("year", 0)


def test_what_is_told_already_is_not_written_again(catalogue: Catalogue, tmp_path: Path) -> None:
    catalogue.change([(ItemId("a"), {**ALIEN, "hidden": False, "genres": ["Horror"]})])
    catalogue.change([(ItemId("a"), {"year": 1979, "hidden": False})])
    add_to(catalogue, [(ItemId("a"), ["Horror"])])

    assert len(lines_of(tmp_path)) == 1


def test_a_hidden_item_is_not_known_until_it_is_shown_again(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    catalogue.change([(ItemId("a"), {"hidden": True}), (ItemId("b"), {})])
    add_to(catalogue, items("a"))
    assert (list(read(tmp_path).known), read(tmp_path).hidden) == ([0, 1], {0})

    catalogue.change([(ItemId("a"), {"hidden": False})])
    assert (list(read(tmp_path).known), read(tmp_path).hidden) == ([1, 1], set())
    assert list(catalogue.known) == [1, 1]


def test_a_deleted_item_keeps_its_row_and_nothing_else(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    catalogue.change([(ItemId("a"), {**ALIEN, "hidden": True}), (ItemId("b"), {"genres": ["War"]})])
    catalogue.remove([ItemId("a"), ItemId("b"), ItemId("unknown")])
    for each in (catalogue, read(tmp_path)):
        assert contents(each) == {"a": (0, 0, ()), "b": (1, 0, ())}
        assert (about(each, "a"), each.hidden) == ([{}], set())

    add_to(catalogue, items("c", "b"))

    assert contents(read(tmp_path)) == {
        "a": (0, 0, ()), "b": (1, 1, ("Drama",)), "c": (2, 1, ("Drama",)),
    }  # fmt: skip


def test_an_item_that_another_process_added_is_deleted(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    add_to(read(tmp_path), items("a"))

    catalogue.remove([ItemId("a")])

    assert contents(read(tmp_path)) == {"a": (0, 0, ())}


@pytest.mark.parametrize("told", [{"year": "1979"}, {"year": 10_000}, {"title": 7}, 7, ["a"]])
def test_a_line_that_tells_nonsense_of_an_item_is_left_out(
    tmp_path: Path, told: object, caplog: pytest.LogCaptureFixture
) -> None:
    good = {"id": "a", "row": 0, "known": True, "about": ALIEN}
    lines = [good, {"id": "a", "about": told}]
    file_of(tmp_path).write_text("".join(json.dumps(each) + "\n" for each in lines))

    assert about(read(tmp_path), "a") == [ALIEN]
    assert "1 damaged lines" in caplog.text


def test_a_line_that_was_damaged_since_it_was_read_tells_nothing(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    catalogue.change([(ItemId("a"), ALIEN)])
    file_of(tmp_path).write_bytes(b"x" * file_of(tmp_path).stat().st_size)

    assert about(catalogue, "a") == [{}]

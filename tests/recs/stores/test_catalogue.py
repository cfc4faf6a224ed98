from pathlib import Path

import pytest

from recs.stores import catalogue as module
from recs.stores.catalogue import Catalogue, Catalogues
from recs.types import Generation, ItemId, Json
from tests.recs.stores.catalogues import add_to, contents, file_of, items, lines_of, read


def test_items_have_rows_in_the_order_of_their_arrival(catalogue: Catalogue) -> None:
    add_to(catalogue, items("b", "a"))
    add_to(catalogue, items("c", "a"))

    assert catalogue.ids == ["b", "a", "c"]
    assert catalogue.rows == {"b": 0, "a": 1, "c": 2}


def test_another_process_reads_the_same(catalogue: Catalogue, tmp_path: Path) -> None:
    add_to(catalogue, [(ItemId('a,"б'), ("Film-Noir", "Сказка")), (ItemId("c\u2028"), ())])
    catalogue.rows_of([ItemId("met")])

    other = read(tmp_path)

    assert contents(other) == contents(catalogue)
    assert other.ids == catalogue.ids == ['a,"б', "c\u2028", "met"]
    assert other.genres[0] == ("Film-Noir", "Сказка")


def test_an_item_that_was_only_met_is_not_known_until_it_is_added(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    assert catalogue.rows_of([ItemId("x"), ItemId("y"), ItemId("x")]) == [0, 1, 0]
    assert list(read(tmp_path).known) == [0, 0]

    add_to(catalogue, items("y"))

    assert contents(read(tmp_path)) == {"x": (0, 0, ()), "y": (1, 1, ("Drama",))}


def test_beyond_a_number_items_that_nobody_added_get_no_row(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STRANGERS_MOST", 2)
    add_to(catalogue, items("a", "b", "c"))
    catalogue.change([(ItemId("b"), {"hidden": True})])

    met = catalogue.rows_of([ItemId(each) for each in ("a", "x", "y", "z", "b")])

    assert met == [0, 3, 4, None, 1]
    assert len(read(tmp_path)) == 5
    add_to(catalogue, items("z"))
    assert catalogue.rows_of([ItemId("z"), ItemId("other")]) == [5, None]


def test_an_item_that_is_added_after_all_makes_room_for_another(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STRANGERS_MOST", 1)
    assert catalogue.rows_of([ItemId("x"), ItemId("y")]) == [0, None]

    add_to(catalogue, items("x"))

    assert catalogue.rows_of([ItemId("x"), ItemId("y")]) == [0, 1]


def test_items_that_were_deleted_or_hidden_take_no_room_of_those_that_nobody_added(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STRANGERS_MOST", 2)
    assert catalogue.rows_of([ItemId("x")]) == [0]
    add_to(catalogue, items("a", "b", "c"))
    catalogue.remove([ItemId("a"), ItemId("b")])
    catalogue.change([(ItemId("c"), {"hidden": True})])

    for each in (catalogue, read(tmp_path)):
        assert each.rows_of([ItemId("y"), ItemId("z")]) == [4, None]


def test_a_row_is_asked_for_without_giving_one(catalogue: Catalogue) -> None:
    add_to(catalogue, items("a"))

    assert (catalogue.rows.get(ItemId("a")), catalogue.rows.get(ItemId("b"))) == (0, None)
    assert len(catalogue) == 1


def test_only_what_is_new_is_written(catalogue: Catalogue, tmp_path: Path) -> None:
    add_to(catalogue, items("a", "b"))
    before = file_of(tmp_path).stat().st_size
    add_to(catalogue, items("a", "b"))
    add_to(catalogue, items("a", "b", genres=None))
    catalogue.rows_of([ItemId("b")])
    unchanged = file_of(tmp_path).stat().st_size
    add_to(catalogue, [(ItemId("a"), ["War"]), (ItemId("b"), ["Drama"])])

    assert unchanged == before
    assert lines_of(tmp_path)[2:] == [{"id": "a", "genres": ["War"]}]


def test_adding_nothing_leaves_no_file(catalogue: Catalogue, tmp_path: Path) -> None:
    add_to(catalogue, [])
    catalogue.rows_of([])

    assert not file_of(tmp_path).exists()
    assert not catalogue.refresh()


def test_genres_that_another_process_changed_are_changed_back(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    add_to(catalogue, items("a"))
    add_to(read(tmp_path), [(ItemId("a"), ["War"])])
    add_to(catalogue, items("a"))

    assert read(tmp_path).genres == [("Drama",)]


def test_a_refresh_tells_whether_there_was_anything(catalogue: Catalogue, tmp_path: Path) -> None:
    other = Catalogue(tmp_path)
    add_to(other, items("a"))

    assert (catalogue.refresh(), catalogue.refresh()) == (True, False)


def test_keys_that_nobody_knows_are_ignored_and_kept(catalogue: Catalogue, tmp_path: Path) -> None:
    line = '{"id": "a", "year": 1979, "genres": ["War"], "known": true}\n'
    file_of(tmp_path).write_text(line)

    add_to(catalogue, items("b"))

    assert contents(catalogue) == {"a": (0, 1, ("War",)), "b": (1, 1, ("Drama",))}
    assert file_of(tmp_path).read_text().startswith(line)


def test_a_generation_has_one_catalogue_in_a_process(tmp_path: Path) -> None:
    catalogues = Catalogues(tmp_path)
    first = catalogues.of(Generation(1))
    add_to(first, items("a"))

    assert catalogues.of(Generation(1)) is first
    assert catalogues.of(Generation(2)) is not first
    assert (tmp_path / "generations" / "1" / "catalogue.jsonl").exists()


def test_catalogues_of_old_generations_are_forgotten(tmp_path: Path) -> None:
    catalogues = Catalogues(tmp_path)
    first, second = catalogues.of(Generation(1)), catalogues.of(Generation(2))
    for n in (3, 1, 4):
        catalogues.of(Generation(n))

    assert catalogues.of(Generation(1)) is first
    assert catalogues.of(Generation(2)) is not second


def test_what_may_be_recommended_is_counted_by_genre_and_country(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    war: Json = {"genres": ["War"], "countries": ["UK"]}
    drama: Json = {"genres": ["Drama", "War"]}
    told: list[Json] = [
        war,
        drama,
        drama,
        {"genres": ["Gone"]},
        {"genres": ["Hidden"], "hidden": True},
    ]
    assert catalogue.counts() == (0, {}, {})
    catalogue.change((ItemId(f"item-{number}"), each) for number, each in enumerate(told))
    catalogue.remove([ItemId("item-3")])

    for each in (catalogue, read(tmp_path)):
        assert each.counts() == (3, {"War": 3, "Drama": 2}, {"UK": 1})
        assert list(each.counts()[1]) == ["War", "Drama"]


def test_it_is_counted_again_only_after_something_was_said_of_an_item(
    catalogue: Catalogue,
) -> None:
    catalogue.change([(ItemId("a"), {"genres": ["War"]})])
    counted = catalogue.counts()
    catalogue.rows_of([ItemId("met in an interaction")])
    assert catalogue.counts() is counted

    for hidden, n_items in ((True, 0), (False, 1)):
        catalogue.change([(ItemId("a"), {"hidden": hidden})])
        assert catalogue.counts()[0] == n_items

"""Backups: whole while the service writes, and refused when they are damaged."""

import tarfile
from itertools import count
from math import inf
from pathlib import Path

import pytest

from cli.archive import NoBackup, back_up, read_manifest, restore
from recs.stores import Stores
from recs.stores.arrays_file import write_arrays
from recs.stores.log import Kind
from recs.types import Generation, ItemId
from tests.recs.stores.catalogues import add_to


def nothing(size: int) -> None:
    return None


@pytest.fixture
def generation(stores: Stores) -> Generation:
    generation = stores.generations.begin()
    add_to(stores.catalogues.of(generation), [(ItemId("a"), ["Drama"]), (ItemId("b"), None)])
    stores.log.append(generation, Kind.INTERACTIONS, [["u", "a", "like", "1.0"]])
    stores.log.append(generation, Kind.IMPRESSIONS, [["u", "0 1", "1.0"]])
    folder = stores.generations.folder(generation)
    write_arrays(folder / "statistics" / "window.arrays", {}, {})
    write_arrays(folder / "models" / "1" / "model.arrays", {}, {})
    return generation


def rows(stores: Stores, generation: Generation, kind: Kind = Kind.INTERACTIONS) -> list[list[str]]:
    return [row for _, some in stores.log.tail(generation, kind, {}) for row in some]


def test_a_backup_comes_back_as_another_generation(
    stores: Stores, generation: Generation, tmp_path: Path
) -> None:
    data_dir, path = stores.settings.data_dir, tmp_path / "b.tar.gz"
    back_up(data_dir, generation, path, nothing)
    again = stores.generations.next()

    restore(path, data_dir, again, nothing)

    assert stores.generations.on_disk() == again > generation
    assert rows(stores, again) == rows(stores, generation)
    assert rows(stores, again, Kind.IMPRESSIONS) == [["u", "0 1", "1.0"]]
    catalogue = stores.catalogues.of(again)
    catalogue.refresh()
    assert (catalogue.ids, catalogue.genres) == (["a", "b"], [("Drama",), ()])
    folder = stores.generations.folder(again)
    assert (folder / "statistics" / "window.arrays").exists()
    assert (folder / "models" / "1" / "model.arrays").exists()


def test_what_is_written_in_the_middle_is_whole_or_not_in_it(
    stores: Stores, generation: Generation, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """After each file that is saved, an interaction with a new item comes."""
    data_dir, path = stores.settings.data_dir, tmp_path / "b.tar.gz"
    torn = "user_id,item_id,action,timestamp\nu,a,like,1.5\nu,torn"
    (stores.log.folder(generation) / "interactions-1-1.csv").write_text(torn)

    numbers = count()

    def write(size: int) -> None:
        new = ItemId(f"new-{next(numbers)}")
        stores.catalogues.of(generation).rows_of([new])
        stores.log.append(generation, Kind.INTERACTIONS, [["u", new, "like", "2.0"]])

    back_up(data_dir, generation, path, write)
    again = stores.generations.next()
    restore(path, data_dir, again, nothing)

    catalogue = stores.catalogues.of(again)
    catalogue.refresh()
    found = rows(stores, again)
    assert ["u", "a", "like", "1.0"] in found
    assert ["u", "a", "like", "1.5"] in found
    copied = stores.log.folder(again) / "interactions-1-1.csv"
    assert copied.read_text().endswith("1.5\n")
    assert {item for _, item, _, _ in found} <= set(catalogue.ids)
    assert "damaged" not in caplog.text


def test_who_was_erased_after_the_backup_does_not_come_back(
    stores: Stores, generation: Generation, tmp_path: Path
) -> None:
    data_dir, path = stores.settings.data_dir, tmp_path / "b.tar.gz"
    stores.log.append(generation, Kind.INTERACTIONS, [["v", "a", "like", "1.0"]])
    back_up(data_dir, generation, path, nothing)
    created = read_manifest(path).created
    again = stores.generations.next()
    erased = {"u": created + 1, "v": created - 1}

    restore(path, data_dir, again, nothing, lambda user: erased.get(user, 0.0))

    assert rows(stores, again) == [["v", "a", "like", "1.0"]]
    assert rows(stores, again, Kind.IMPRESSIONS) == []
    folder = stores.generations.folder(again)
    assert not (folder / "models").exists()
    assert not (folder / "statistics").exists()


def test_who_is_called_as_the_column_is_erased_without_it(
    stores: Stores, generation: Generation, tmp_path: Path
) -> None:
    data_dir, path = stores.settings.data_dir, tmp_path / "b.tar.gz"
    stores.log.append(generation, Kind.INTERACTIONS, [["user_id", "a", "like", "2.0"]])
    back_up(data_dir, generation, path, nothing)
    again = stores.generations.next()

    restore(path, data_dir, again, nothing, lambda user: inf if user == "user_id" else 0.0)

    assert rows(stores, again) == [["u", "a", "like", "1.0"]]


@pytest.mark.parametrize("damage", ['"torn,a', '"' + "x" * 200_000])
def test_a_damaged_line_takes_no_other_with_it_when_somebody_was_erased(
    stores: Stores, generation: Generation, tmp_path: Path, damage: str
) -> None:
    data_dir, path = stores.settings.data_dir, tmp_path / "b.tar.gz"
    lines = ["user_id,item_id,action,timestamp", damage, "v,a,like,2.0", "w,a,like,3.0"]
    segment = stores.log.folder(generation) / "interactions-1-1.csv"
    segment.write_text("\n".join([*lines, ""]))
    back_up(data_dir, generation, path, nothing)
    again = stores.generations.next()

    restore(path, data_dir, again, nothing, lambda user: inf if user == "v" else 0.0)

    assert ["w", "a", "like", "3.0"] in rows(stores, again)
    assert "v" not in [user for user, *_ in rows(stores, again)]


@pytest.mark.parametrize("damage", ["cut", "bits", "checksum", "text", "other", "outside"])
def test_what_is_no_backup_is_refused_and_nothing_changes(
    stores: Stores, generation: Generation, tmp_path: Path, damage: str
) -> None:
    data_dir, path = stores.settings.data_dir, tmp_path / "b.tar.gz"
    back_up(data_dir, generation, path, nothing)
    content = path.read_bytes()
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "bits":
        middle = len(content) // 2
        path.write_bytes(content[:middle] + b"\xff" * 20 + content[middle + 20 :])
    elif damage == "checksum":
        path.write_bytes(content[:-8] + bytes([content[-8] ^ 1]) + content[-7:])
    elif damage == "text":
        path.write_text("hello")
    else:
        with tarfile.open(path, "w:gz") as archive:
            archive.add(__file__, "other.py" if damage == "other" else "generation/../../evil")

    with pytest.raises(NoBackup):
        restore(path, data_dir, stores.generations.next(), nothing)

    assert stores.generations.all_on_disk() == [generation]
    assert not list((data_dir / "generations").glob(".restoring*"))


def test_a_backup_that_fails_leaves_nothing(
    stores: Stores, generation: Generation, tmp_path: Path
) -> None:
    def fail(size: int) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        back_up(stores.settings.data_dir, generation, tmp_path / "b.tar.gz", fail)

    assert not list(tmp_path.glob("*.tar.gz*")) + list(tmp_path.glob(".b*"))

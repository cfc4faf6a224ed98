import os
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from recs.stores.statistics_files import KEPT, StatisticsFiles
from recs.types import Generation
from tests.recs.stores.faults import files_of_at_most

GENERATION = Generation(7)


@pytest.fixture
def files(tmp_path: Path) -> StatisticsFiles:
    return StatisticsFiles(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "generations" / "7" / "statistics"


def publish(files: StatisticsFiles, *numbers: int, name: str = "statistics") -> None:
    for number in numbers:
        files.publish(GENERATION, name, {"a": np.full(3, number)}, {"number": number})


def newest(files: StatisticsFiles, name: str = "statistics") -> tuple[int, list[int], dict] | None:
    found = files.newest(GENERATION, name)
    return found and (found[0], found[1]["a"].tolist(), found[2])


def test_before_the_first_there_is_none(files: StatisticsFiles) -> None:
    assert newest(files) is None


def test_the_newest_version_is_found_by_every_process(
    files: StatisticsFiles, tmp_path: Path
) -> None:
    other = StatisticsFiles(tmp_path)
    publish(files, 1)
    first = newest(other)
    publish(files, 2)

    assert first == (1, [1, 1, 1], {"number": 1})
    assert newest(other) == (2, [2, 2, 2], {"number": 2})
    assert other.newest(GENERATION, "statistics", known=2) is None


def test_names_have_numbers_of_their_own(files: StatisticsFiles) -> None:
    publish(files, 1, 2, 3)
    publish(files, 1, name="similarity")

    assert newest(files) == (3, [3, 3, 3], {"number": 3})
    assert newest(files, "similarity") == (1, [1, 1, 1], {"number": 1})


def test_a_folder_that_begins_anew_is_read_from_the_start(
    files: StatisticsFiles, folder: Path
) -> None:
    publish(files, 1, 2, 3)
    files.drop(GENERATION)
    publish(files, 1)

    found = files.newest(GENERATION, "statistics", known=3)
    assert found
    assert found[0] == 1


def test_old_versions_go(files: StatisticsFiles, folder: Path) -> None:
    publish(files, 1, name="similarity")
    publish(files, *range(1, 6))

    kept = sorted(path.name for path in folder.glob("*.arrays"))

    assert KEPT == 3
    assert kept == ["similarity-1.arrays", *(f"statistics-{n}.arrays" for n in (3, 4, 5))]


def test_a_damaged_version_is_passed_over(files: StatisticsFiles, folder: Path) -> None:
    publish(files, 1, 2)
    (folder / "statistics-2.arrays").write_bytes(b"")

    assert newest(files) == (1, [1, 1, 1], {"number": 1})


def test_a_damaged_version_is_read_once(files: StatisticsFiles, folder: Path) -> None:
    publish(files, 1, 2)
    (folder / "statistics-2.arrays").write_bytes(b"")

    assert newest(files) == newest(files) == (1, [1, 1, 1], {"number": 1})
    assert files.newest(GENERATION, "statistics", known=1) is None
    publish(files, 3)
    assert newest(files) == (3, [3, 3, 3], {"number": 3})


def test_a_full_disk_leaves_the_version_before(files: StatisticsFiles, folder: Path) -> None:
    publish(files, 1)
    before = sorted(folder.iterdir())

    with files_of_at_most(10), pytest.raises(OSError, match="too large"):
        publish(files, 2)

    assert sorted(folder.iterdir()) == before
    assert newest(files) == (1, [1, 1, 1], {"number": 1})


def test_drafts_of_killed_writers_go_when_they_are_old(
    files: StatisticsFiles, folder: Path
) -> None:
    publish(files, 1)
    old, young = folder / ".statistics-9.arrays.77-1", folder / ".statistics-9.arrays.77-2"
    old.touch()
    young.touch()
    os.utime(old, (1, 1))

    publish(files, 2)

    assert (old.exists(), young.exists()) == (False, True)


@pytest.mark.slow
def test_a_reader_finds_a_version_while_others_come_and_go(
    files: StatisticsFiles, tmp_path: Path
) -> None:
    publish(files, 1)
    writer = Thread(target=publish, args=(files, *range(2, 300)))
    writer.start()
    other, seen = StatisticsFiles(tmp_path), []
    while writer.is_alive():
        found = newest(other)
        assert found
        seen.append(found[0])
    writer.join()

    assert seen == sorted(seen)
    assert newest(other) == (299, [299] * 3, {"number": 299})


def test_a_reader_looks_again_when_all_it_saw_was_replaced(
    files: StatisticsFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(files, *range(1, 6))
    listings, numbers = [[1, 2]], files._numbers
    monkeypatch.setattr(
        files, "_numbers", lambda *args: listings.pop() if listings else numbers(*args)
    )

    assert newest(files) == (5, [5, 5, 5], {"number": 5})


def test_what_a_generation_leaves_is_dropped(files: StatisticsFiles, folder: Path) -> None:
    publish(files, 1, 2)

    files.drop(GENERATION)
    files.drop(Generation(8))

    assert not list(folder.iterdir())
    assert newest(files) is None

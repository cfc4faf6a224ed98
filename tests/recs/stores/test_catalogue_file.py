"""The file of a catalogue: what many processes, killed writers and full disks leave of it."""

import errno
import os
import random
import signal
from collections.abc import Callable
from fcntl import LOCK_EX, flock
from pathlib import Path
from threading import Thread
from time import sleep

import pytest

from recs.stores import catalogue as module
from recs.stores import file_locks
from recs.stores.catalogue import Catalogue
from recs.stores.catalogue_items import HOLE
from recs.types import ItemId
from tests.recs.stores.catalogues import add_to, contents, file_of, items, lines_of, read
from tests.recs.stores.faults import files_of_at_most, frozen, in_other_processes


def test_items_are_on_disk_before_they_are_used(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    sync, write, take = os.fdatasync, module.write_all, Catalogue._take
    monkeypatch.setattr(os, "fdatasync", lambda file: (calls.append("sync"), sync(file))[1])
    monkeypatch.setattr(module, "write_all", lambda *args: (calls.append("write"), write(*args)))
    monkeypatch.setattr(Catalogue, "_take", lambda *args: (calls.append("take"), take(*args)))

    add_to(catalogue, items("a"))
    read(tmp_path)

    assert calls == ["write", "sync", "take", "sync", "take"]


def test_the_name_of_the_file_is_on_disk_too(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    monkeypatch.setattr(module, "sync_folder", synced.append)

    add_to(catalogue, items("a"))
    add_to(catalogue, items("b"))

    assert synced == [tmp_path, tmp_path.parent]


@pytest.mark.parametrize(
    "damage",
    [
        b"\x00\xff\xfe\n",
        b"\n",
        b"null\n",
        b"[]\n",
        b"7\n",
        b'{"id": "\xff"}\n',
        b'{"genres": ["War"]}\n',
        b'{"id": ""}\n',
        b'{"id": 5}\n',
        b'{"id": ["x"]}\n',
        b'{"id": "x", "known": 1}\n',
        b'{"id": "x", "genres": "War"}\n',
        b'{"id": "x", "genres": [5.5]}\n',
        b'{"id": "x", "row": true}\n',
        b'{"id": "x", "row": -1}\n',
        b'{"id": "x", "row": 1.5}\n',
        b'{"id": "x", "row": 0}\n',
        b'{"id": "x", "row": 99999999999}\n',
        b'{"id": "x", "ge\n',
        b'{"id": "x"}, {"id": "y"}\n',
    ],
)
def test_a_damaged_line_is_left_out_and_takes_no_others_with_it(
    catalogue: Catalogue, tmp_path: Path, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    add_to(catalogue, items("a"))
    with file_of(tmp_path).open("ab") as file:
        file.write(damage)

    add_to(catalogue, items("b"))

    assert contents(catalogue) == {"a": (0, 1, ("Drama",)), "b": (1, 1, ("Drama",))}
    assert contents(read(tmp_path)) == contents(catalogue)
    assert "1 damaged lines" in caplog.text


def damage_line(folder: Path, number: int) -> None:
    lines = file_of(folder).read_bytes().splitlines(keepends=True)
    lines[number] = b"\x00" * (len(lines[number]) - 1) + b"\n"
    file_of(folder).write_bytes(b"".join(lines))


def test_a_line_that_is_damaged_later_moves_no_other_item(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    add_to(catalogue, items("a", "b", "c"))
    damage_line(tmp_path, 1)

    other = read(tmp_path)

    assert other.ids == ["a", HOLE, "c"]
    assert other.rows == {"a": 0, "c": 2}
    assert list(other.known) == [1, 0, 1]


def test_a_lost_item_that_is_added_again_has_one_new_row_in_every_process(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    add_to(catalogue, items("a", "b", "c"))
    damage_line(tmp_path, 1)
    other = read(tmp_path)
    add_to(other, items("b"))

    catalogue.refresh()

    assert catalogue.rows == other.rows == read(tmp_path).rows == {"a": 0, "b": 3, "c": 2}
    assert list(catalogue.known) == list(other.known) == [1, 0, 1, 1]


def test_a_torn_last_line_is_not_read_and_cut_off_by_the_next_writer(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    add_to(catalogue, items("a"))
    with file_of(tmp_path).open("ab") as file:
        file.write(b'{"id": "b", "row": 1, "kno')

    other = read(tmp_path)
    seen = list(other.ids)
    add_to(other, items("c"))
    catalogue.refresh()

    assert seen == ["a"]
    assert catalogue.ids == other.ids == read(tmp_path).ids == ["a", "c"]


def test_a_line_that_is_being_written_is_read_once_it_is_whole(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    with file_of(tmp_path).open("ab", buffering=0) as file:
        file.write(b'{"id": "a", "row": 0')
        catalogue.refresh()
        before = list(catalogue.ids)
        file.write(b"}\n")
    catalogue.refresh()

    assert (before, catalogue.ids) == ([], ["a"])


@pytest.mark.slow
def test_many_processes_that_write_at_once_give_each_item_one_row(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def write(seed: int) -> Callable[[], None]:
        def work() -> None:
            chance, catalogue = random.Random(seed), Catalogue(tmp_path)
            for _ in range(40):
                chosen = [ItemId(f"i{chance.randrange(150)}") for _ in range(8)]
                if chance.random() < 0.5:
                    add_to(catalogue, [(each, [f"genre {seed}"]) for each in chosen])
                rows = catalogue.rows_of(chosen)
                assert [catalogue.ids[row] for row in rows] == chosen

        return work

    with in_other_processes(*map(write, range(6))):
        pass

    catalogue = read(tmp_path)
    assert len(catalogue) == len(set(catalogue.ids)) == len(catalogue.rows)
    assert "damaged" not in caplog.text
    assert [line["row"] for line in lines_of(tmp_path) if "row" in line] == list(
        range(len(catalogue))
    )


@pytest.mark.slow
def test_writers_that_are_killed_at_any_moment_leave_a_whole_catalogue(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def write(number: int) -> Callable[[], None]:
        def work() -> None:
            catalogue = Catalogue(tmp_path)
            for n in range(100_000):
                add_to(catalogue, items(*(f"{number}-{n}-{m}" for m in range(50))))

        return work

    chance = random.Random(1)
    witness, seen = Catalogue(tmp_path), {}
    for attempt in range(6):
        with in_other_processes(write(2 * attempt), write(2 * attempt + 1)) as children:
            sleep(0.05 + chance.random() / 10)
            witness.refresh()
            for child in children:
                os.kill(child, signal.SIGKILL)
        seen |= dict(enumerate(witness.ids))
    last = read(tmp_path)
    add_to(last, items("at last"))

    assert len(seen) > 100
    assert all(last.ids[row] == item for row, item in seen.items())
    assert read(tmp_path).ids == last.ids
    assert "damaged" not in caplog.text


@pytest.mark.slow
def test_a_writer_that_is_killed_in_the_middle_of_an_append_frees_the_lock(tmp_path: Path) -> None:
    def stop_in_the_middle() -> None:
        file = os.open(file_of(tmp_path), os.O_CREAT | os.O_RDWR | os.O_APPEND)
        flock(file, LOCK_EX)
        os.write(file, b'{"id": "a", "row": 0}\n{"id": "b"')

    catalogue, waiting = Catalogue(tmp_path), Thread()
    with frozen(stop_in_the_middle):
        waiting = Thread(target=add_to, args=(catalogue, items("c")))
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive()
    waiting.join(5)

    assert catalogue.ids == read(tmp_path).ids == ["a", "c"]


def test_a_process_that_stands_still_with_the_lock_holds_nobody_up_for_ever(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_locks, "LOCK_SECONDS", 0.1)
    file = os.open(file_of(tmp_path), os.O_CREAT | os.O_RDWR)
    flock(file, LOCK_EX)

    with pytest.raises(TimeoutError):
        add_to(catalogue, items("a"))
    os.close(file)
    add_to(catalogue, items("a"))

    assert catalogue.ids == ["a"]


def test_a_full_disk_leaves_whole_lines_only(
    catalogue: Catalogue, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    add_to(catalogue, items("a"))
    size = file_of(tmp_path).stat().st_size

    with files_of_at_most(size + 100), pytest.raises(OSError, match="too large") as full:
        add_to(catalogue, items(*(f"i{n}" for n in range(10))))
    after = file_of(tmp_path).read_bytes()
    add_to(catalogue, items(*(f"i{n}" for n in range(10))))

    assert full.value.errno == errno.EFBIG
    assert size < len(after) <= size + 100
    assert after.endswith(b"\n")
    assert read(tmp_path).ids == catalogue.ids == ["a", *(f"i{n}" for n in range(10))]
    assert "damaged" not in caplog.text


def test_with_a_disk_that_was_full_from_the_start_the_catalogue_begins_later(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    with files_of_at_most(0), pytest.raises(OSError, match="too large"):
        add_to(catalogue, items("a"))
    add_to(catalogue, items("b"))

    assert read(tmp_path).ids == ["b"]


def test_threads_share_one_catalogue(catalogue: Catalogue, tmp_path: Path) -> None:
    threads = [
        Thread(target=catalogue.rows_of, args=([ItemId(f"i{n % 7}"), ItemId(f"j{n}")],))
        for n in range(30)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(catalogue.ids) == sorted(
        {f"i{n % 7}" for n in range(30)} | {f"j{n}" for n in range(30)}
    )
    assert contents(read(tmp_path)) == contents(catalogue)


@pytest.mark.slow
def test_a_hundred_thousand_items_are_added_in_one_call(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    many = [(ItemId(f"{n:036d}"), ["Drama", f"Genre {n % 20}"]) for n in range(100_000)]

    add_to(catalogue, many)

    assert len(read(tmp_path)) == 100_000

import sqlite3
import threading
from pathlib import Path

import pytest

from app.page import memory as module
from app.page.client import Entry
from app.page.memory import BEFORE_KEPT, LISTS_KEPT, Done, Memory, Viewer
from app.page.session import signing_key
from recs.stores import viewers
from recs.types import UserId


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path, b"key")


def entries(*ids: str) -> list[Entry]:
    return [Entry(each) for each in ids]


def ids(viewer: Viewer, key: str = "") -> list[str]:
    return [each.item_id for each in viewer.lists.get(key, [])]


def test_making_one_touches_no_disk(tmp_path: Path) -> None:
    Memory(tmp_path / "nowhere", b"key")

    assert list(tmp_path.iterdir()) == []


def test_what_was_changed_is_read(memory: Memory) -> None:
    memory.change("u", 1, lambda viewer: viewer.watch("a", True))

    assert memory.read("u", 1).watchlist == ["a"]
    assert memory.read("v", 1).watchlist == []


def test_all_that_a_viewer_has_is_read_again(memory: Memory) -> None:
    viewer = Viewer(1, done=Done("a", "like"))
    for each in "abc":
        viewer.put_aside("")
        viewer.keep("", [Entry(each, "popular", ("x",), ("Drama",), 3)])
    viewer.replace("", "c", Entry("d"))

    memory.change("u", 1, lambda each: vars(each).update(vars(viewer)))

    assert memory.read("u", 1) == viewer


def test_a_viewer_of_another_version_is_read() -> None:
    assert Viewer.read('{"generation": 1, "gone": true}') == Viewer(1)


def test_nothing_is_remembered_of_another_generation(memory: Memory) -> None:
    memory.change("u", 1, lambda viewer: viewer.watch("a", True))

    assert memory.read("u", 2) == Viewer(2)


def test_the_file_names_nobody(memory: Memory, tmp_path: Path) -> None:
    memory.change("somebody", 1, lambda viewer: viewer.watch("a", True))

    for file in tmp_path.iterdir():
        assert b"somebody" not in file.read_bytes()


def test_of_two_changes_at_once_none_is_lost(memory: Memory) -> None:
    def slow(viewer: Viewer) -> None:
        if not viewer.watchlist:  # somebody else is faster
            other = threading.Thread(
                target=memory.change, args=("u", 1, lambda each: each.watch("a", True))
            )
            other.start()
            other.join()
        viewer.watch("b", True)

    memory.change("u", 1, slow)

    assert memory.read("u", 1).watchlist == ["b", "a"]


def test_a_change_does_not_restore_who_was_erased_meanwhile(tmp_path: Path) -> None:
    memory = Memory(tmp_path, signing_key(tmp_path))
    memory.change("u", 1, lambda viewer: viewer.watch("old", True))

    def slow(viewer: Viewer) -> None:
        if viewer.watchlist:
            assert viewers.forget(tmp_path, UserId("u")) == 1
        viewer.watch("new", True)

    memory.change("u", 1, slow)

    assert memory.read("u", 1).watchlist == ["new"]


@pytest.mark.parametrize("start", [0, 4_096], ids=["all of it", "a page of it"])
def test_a_damaged_file_is_made_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, start: int
) -> None:
    key = signing_key(tmp_path)
    before, path = Memory(tmp_path, key), tmp_path / viewers.FILE
    for number in range(200):
        before.change(f"u{number}", 1, lambda viewer: viewer.watch("a" * 100, True))
    before._let_go(OSError())
    size = path.stat().st_size
    assert size > 2 * 4_096
    with path.open("r+b") as file:
        file.seek(start)
        file.write(bytes(size - start))

    memory = Memory(tmp_path, key)
    assert viewers.forget(tmp_path, UserId("u1")) == 0
    memory.change("u", 1, lambda viewer: viewer.watch("a", True))

    assert memory.read("u", 1).watchlist == ["a"]
    assert caplog.text.count("is damaged, and made anew") == 1


def test_an_erased_viewer_leaves_nothing_in_the_file(tmp_path: Path) -> None:
    memory = Memory(tmp_path, signing_key(tmp_path))
    for n in range(500):
        memory.change("u", 1, lambda viewer, n=n: viewer.watch(f"title-{n}", True))  # type: ignore[misc]

    viewers.forget(tmp_path, UserId("u"))

    assert [path.name for path in tmp_path.iterdir() if b"title-" in path.read_bytes()] == []


def test_a_file_that_is_still_read_is_not_said_to_be_erased(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewers, "WAIT_SECONDS", 0.05)
    memory = Memory(tmp_path, signing_key(tmp_path))
    memory.change("u", 1, lambda viewer: viewer.watch("a", True))
    with sqlite3.connect(tmp_path / viewers.FILE, isolation_level=None) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM viewers").fetchall()
        with pytest.raises(TimeoutError):
            viewers.forget(tmp_path, UserId("u"))
        reader.execute("COMMIT")

    assert viewers.forget(tmp_path, UserId("u")) == 0
    assert memory.read("u", 1).watchlist == []


def test_where_no_page_has_run_nobody_is_forgotten(tmp_path: Path) -> None:
    assert viewers.forget(tmp_path, UserId("u")) == 0
    assert list(tmp_path.iterdir()) == []


def test_whoever_has_not_come_for_a_month_is_forgotten(
    memory: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory.change("u", 1, lambda viewer: viewer.watch("a", True))
    with sqlite3.connect(tmp_path / module.FILE) as database:
        database.execute("UPDATE viewers SET seen = 0")
    monkeypatch.setattr(module, "random", lambda: 0.0)
    memory.change("v", 1, lambda viewer: viewer.watch("a", True))

    assert memory.read("u", 1).watchlist == []
    assert memory.read("v", 1).watchlist == ["a"]


def test_a_replaced_entry_comes_back_where_it_stood() -> None:
    viewer = Viewer()
    viewer.keep("", entries("a", "b", "c"))
    viewer.replace("", "b", Entry("d"))
    assert ids(viewer) == ["a", "d", "c"]

    viewer.restore("b")
    assert ids(viewer) == ["a", "b", "c"]


def test_an_entry_that_nothing_replaced_comes_back_first() -> None:
    viewer = Viewer()
    viewer.keep("", entries("a", "b"))
    viewer.replace("", "b", None)

    viewer.restore("b")
    assert ids(viewer) == ["b", "a"]


def test_what_was_here_before_comes_back_in_turn() -> None:
    viewer = Viewer()
    for name in "abc":
        viewer.put_aside("")
        viewer.keep("", entries(name))

    turns = []
    for _ in range(4):
        viewer.bring_back("")
        turns.append(ids(viewer))
    assert turns == [["b"], ["a"], ["c"], ["b"]]


def test_only_so_much_is_kept() -> None:
    viewer = Viewer()
    for n in range(2 * LISTS_KEPT):
        viewer.keep(f"genre={n}", entries("a"))
    for n in range(2 * BEFORE_KEPT):
        viewer.put_aside("x")
        viewer.keep("x", entries(str(n)))

    assert len(viewer.lists) == LISTS_KEPT
    assert len(viewer.before["x"]) == BEFORE_KEPT

"""Rows of the log that are erased in place, and who was erased when."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from recs.interactions import Action, Interaction
from recs.stores import erasing, file_locks
from recs.stores.erasing import mentions_of, overwrite, rows_of
from recs.stores.erasures import Erasures
from recs.stores.log import Kind, Log
from recs.types import Generation, ItemId, UserId

GENERATION = Generation(7)
ODD = ["u", "u1", "1", 'a,"b"', "a,b", "#", "##", "é", "a b", "u,", "timestamp", ".*", "user_id"]


def row(user: str, item: str = "i") -> list[str]:
    return Interaction(UserId(user), ItemId(item), Action.LIKE, 1.5).to_row()


def rows(log: Log) -> list[list[str]]:
    return [each for _, some in log.tail(GENERATION, Kind.INTERACTIONS, {}) for each in some]


def segment(log: Log) -> Path:
    (name,) = log.sizes(GENERATION, Kind.INTERACTIONS)
    return log.folder(GENERATION) / name


@pytest.mark.parametrize("user", ODD)
def test_rows_of_one_user_go_and_no_others(
    tmp_path: Path, user: str, caplog: pytest.LogCaptureFixture
) -> None:
    log = Log(tmp_path)
    log.append(GENERATION, Kind.INTERACTIONS, [row(each, user) for each in [*ODD, *ODD]])
    size = segment(log).stat().st_size

    assert overwrite(segment(log), rows_of(UserId(user))) == 2

    assert rows(log) == [row(each, user) for each in [*ODD, *ODD] if each != user]
    assert "damaged" not in caplog.text
    assert segment(log).stat().st_size == size
    assert segment(log).read_bytes().count(b"\n") == 2 * len(ODD) + 1
    assert overwrite(segment(log), rows_of(UserId(user))) == 0


def test_a_process_that_appends_and_one_that_reads_on_notice_nothing(tmp_path: Path) -> None:
    log = Log(tmp_path)
    span = log.append(GENERATION, Kind.INTERACTIONS, [row("u"), row("v")])
    overwrite(segment(log), rows_of(UserId("u")))
    log.append(GENERATION, Kind.INTERACTIONS, [row("u", "new")])

    ((_, after),) = log.tail(GENERATION, Kind.INTERACTIONS, {span.segment: span.after})

    assert after == [row("u", "new")]
    assert rows(log) == [row("v"), row("u", "new")]


@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_an_erasure_that_is_cut_off_anywhere_can_be_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    log, writes = Log(tmp_path), 0
    log.append(GENERATION, Kind.INTERACTIONS, [row("u"), row("v"), row("u", "j")])
    write = os.pwrite

    def some_writes(*args: object) -> int:
        nonlocal writes
        writes += 1
        if writes > after:
            raise OSError("the power is gone")
        return write(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(erasing.os, "pwrite", some_writes)
    with pytest.raises(OSError, match="power"):
        overwrite(segment(log), rows_of(UserId("u")))
    monkeypatch.setattr(erasing.os, "pwrite", write)

    assert [each for each in rows(log) if each[0] == "v"] == [row("v")]
    assert all(each in (row("u"), row("v"), row("u", "j")) for each in rows(log))
    if after >= 2:  # the ids of both rows are there, and nothing of what they did
        assert segment(log).read_bytes().count(b"like") == 1
    overwrite(segment(log), rows_of(UserId("u")))
    assert rows(log) == [row("v")]
    assert b"u," not in segment(log).read_bytes().replace(b"user_id,", b"")


def test_dead_letters_that_name_a_user_go(tmp_path: Path) -> None:
    log = Log(tmp_path)
    gone = [repr(["secret", "i", "love", 1]), repr([7, [["secret", "a", "like", 1]]])]
    kept = [repr(["secret2", "i", "love"]), repr("a secret"), "[b'secretive']"]
    for content in [*gone, *kept, repr("secret,i,love,1").strip("'")]:
        log.set_aside(GENERATION, "queue", "why", content)
    path = log.folder(GENERATION) / "dead-letters.csv"

    assert overwrite(path, mentions_of(UserId("secret"))) == 3

    left = path.read_text().splitlines()
    assert [set(line) == {"#"} for line in left] == [True, True, False, False, False, True]
    assert log.count_dead_letters(GENERATION) == 6


def body(ascii_only: bool) -> Callable[[str], str]:
    """Return what makes the raw body of a message that names a user."""
    return lambda user: json.dumps([[7, [[user, "i", "like", "1.5"]]], {}], ensure_ascii=ascii_only)


LETTERS: dict[str, Callable[[str], object]] = {
    "a row": lambda user: [user, "i", "love", "1.5"],
    "a message": lambda user: [7, [[user, "i", "love", "1.5"]], "more"],
    "a dictionary": lambda user: {"user_id": user},
    "a body": lambda user: ({}, "application/json", body(True)(user)),
    "a body in UTF-8": lambda user: ({}, "application/json", body(False)(user)),
    "a body as bytes": lambda user: ({"a": 1}, "x", body(True)(user).encode()),
    "a body in UTF-8 as bytes": lambda user: ({"a": 1}, "x", body(False)(user).encode()),
    "a body that is cut off": lambda user: ({}, "x", body(True)(user)[:-9]),
    "a header that quotes": lambda user: ({"argsrepr": repr([[user, "i"]])}, "x", b""),
    "of an older version": lambda user: repr([user, "i", "love", "1.5"]),
    "a body of an older version": lambda user: repr(({}, "x", body(True)(user))),
}
NAMES = [
    "anna", "o'brien", 'a"b', "a\\b", "Ünal", "a,b", "1", "\U0001f3ac", "end\\", "a\u200db",
    "\U000e0067", "a\u00a0b", "x\\u00dc", """both ' and " """, "[u]", "a: b",
]  # fmt: skip
ONLY_SEPARATORS = ["'", '"', "\\", '""', ", ", ",", "],[", ": "]


@pytest.mark.parametrize("user", [*NAMES, *ONLY_SEPARATORS])
@pytest.mark.parametrize("kind", LETTERS)
def test_dead_letters_go_however_they_spell_the_user(tmp_path: Path, kind: str, user: str) -> None:
    log = Log(tmp_path)
    others = [f"{user}2"] if user in NAMES else []
    for each in ("somebody else", user, "else", *others):
        log.set_aside(GENERATION, "queue", "why", LETTERS[kind](each))
    path = log.folder(GENERATION) / "dead-letters.csv"

    overwrite(path, mentions_of(UserId(user)))

    erased = [set(line) == {"#"} for line in path.read_text().splitlines()]
    assert erased == [False, True, False, *[False for _ in others]]


@pytest.mark.parametrize("user", ["anna", "a,b", 'a"b', "Ünal"])
def test_a_damaged_line_of_the_log_goes_from_the_dead_letters(tmp_path: Path, user: str) -> None:
    log = Log(tmp_path)
    log.append(GENERATION, Kind.INTERACTIONS, [row(user)])
    line = segment(log).read_text().splitlines()[1]
    log.set_aside(GENERATION, "a segment", "damaged", line.replace("like", "adore"))
    path = log.folder(GENERATION) / "dead-letters.csv"

    assert overwrite(path, mentions_of(UserId(user))) == 1


@pytest.mark.parametrize("kind", LETTERS)
def test_a_dead_letter_of_which_the_end_is_erased_still_names_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    log, write = Log(tmp_path), os.pwrite
    log.set_aside(GENERATION, "queue", "why", LETTERS[kind]("Ünal"))
    path = log.folder(GENERATION) / "dead-letters.csv"

    def fail_at_the_beginning(file: int, content: bytes, offset: int) -> int:
        if offset == 0:
            raise OSError("the power is gone")
        return write(file, content, offset)

    monkeypatch.setattr(erasing.os, "pwrite", fail_at_the_beginning)
    with pytest.raises(OSError, match="power"):
        overwrite(path, mentions_of(UserId("Ünal")))
    monkeypatch.setattr(erasing.os, "pwrite", write)

    assert path.read_text().endswith("#\n")
    assert overwrite(path, mentions_of(UserId("Ünal"))) == 1
    assert set(path.read_text()) == {"#", "\n"}


@pytest.mark.parametrize("size", [1, 2, 7, 30, 31, 32, 33, 64, 1000])
def test_rows_are_found_wherever_a_portion_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(erasing, "PORTION_BYTES", size)
    log = Log(tmp_path)
    log.append(GENERATION, Kind.INTERACTIONS, [row(each) for each in [*ODD, *ODD]])

    assert overwrite(segment(log), rows_of(UserId("é"))) == 2

    assert rows(log) == [row(each) for each in [*ODD, *ODD] if each != "é"]
    assert "damaged" not in caplog.text


def test_erasures_are_known_to_all_processes_and_tell_no_id(tmp_path: Path) -> None:
    one, other = Erasures(tmp_path), Erasures(tmp_path)
    assert (len(one), other.erased_at(UserId("u"))) == (0, 0.0)

    one.add(UserId("u"), 5.0)
    other.add(UserId("v"), 6.0)
    one.add(UserId("u"), 7.0)

    for each in (one, other, Erasures(tmp_path)):
        assert [each.erased_at(UserId(user)) for user in "uvw"] == [7.0, 6.0, 0.0]
        digests, place = each.since(1)
        assert place == len(each) == 3
        assert each.is_one_of(UserId("v"), digests)
        assert not each.is_one_of(UserId("w"), digests)
    assert b"u," not in (tmp_path / "erased.csv").read_bytes()


def test_digests_are_others_in_another_folder(tmp_path: Path) -> None:
    found = []
    for name in "ab":
        each = Erasures(tmp_path / name)
        each.add(UserId("u"), 1.0)
        found.append(each.since(0)[0])

    assert not found[0] & found[1]


@pytest.mark.parametrize("size", [1, 32, 34, 60, -2])
def test_a_torn_row_is_cut_off_before_the_next(tmp_path: Path, size: int) -> None:
    """A full disk takes a part of a row and refuses the rest: of the key, or of an erasure."""
    Erasures(tmp_path).add(UserId("u"), 1.0)
    path = tmp_path / "erased.csv"
    path.write_bytes(path.read_bytes()[:size])

    Erasures(tmp_path).add(UserId("v"), 2.0)

    known = Erasures(tmp_path)
    assert len(known) == 1
    assert known.erased_at(UserId("v")) == 2.0


@pytest.mark.parametrize(
    "damage",
    [b"\xff" * 40, b"", b"no number,", b"torn\rrow"],
    ids=["no text", "nothing", "no time", "two lines for Python"],
)
def test_a_damaged_row_stops_nobody(tmp_path: Path, damage: bytes) -> None:
    Erasures(tmp_path).add(UserId("u"), 1.0)
    with (tmp_path / "erased.csv").open("ab") as file:
        file.write(damage + b"\n")
    known = Erasures(tmp_path)
    known.add(UserId("v"), 2.0)

    assert len(known) == 3
    assert [known.erased_at(UserId(user)) for user in "uvw"] == [1.0, 2.0, 0.0]


@pytest.mark.parametrize("key", [b"", b"no key", b"\xff"])
def test_with_a_damaged_key_later_erasures_are_known(tmp_path: Path, key: bytes) -> None:
    Erasures(tmp_path).add(UserId("u"), 1.0)
    path = tmp_path / "erased.csv"
    path.write_bytes(b"\n".join((key, *path.read_bytes().split(b"\n")[1:])))
    Erasures(tmp_path).add(UserId("v"), 2.0)

    assert [Erasures(tmp_path).erased_at(UserId(user)) for user in "vw"] == [2.0, 0.0]


def test_no_erasure_begins_while_somebody_appends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "not" / "there yet"
    one, other = Erasures(folder), Erasures(folder)
    begun = Thread(target=other.add, args=(UserId("u"), 1.0))
    with one.held_off(), Erasures(folder).held_off():
        begun.start()
        begun.join(0.05)
        assert len(one) == 0
    begun.join()
    assert len(one) == 1

    monkeypatch.setattr(file_locks, "LOCK_SECONDS", 0.05)
    with one.held_off(), pytest.raises(TimeoutError):
        other.add(UserId("u"), 2.0)

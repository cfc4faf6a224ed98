import csv
import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pandas as pd
import pytest

from recs.interactions import ID_BYTES_MOST
from recs.stores.log import Kind, Log
from recs.types import Generation
from tests.recs.stores.faults import files_of_at_most, frozen

GENERATION = Generation(7)
ROWS = [["u1", "i1", "like", "1.000000"], ["u2", "i2", "dislike", "2.500000"]]
ODD = ['a,"b"', "50%/é *:", "like", "3.000000"]


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


def folder_of(tmp_path: Path) -> Path:
    return tmp_path / "generations" / str(GENERATION)


def only_segment(tmp_path: Path) -> Path:
    (segment,) = folder_of(tmp_path).glob("*.csv")
    return segment


def logged(log: Log, generation: Generation = GENERATION) -> list[list[str]]:
    """Return all interactions, as somebody reads them who tails the log from its beginning."""
    return [row for _, rows in log.tail(generation, Kind.INTERACTIONS, {}) for row in rows]


def test_a_segment_is_read_with_one_call_of_pandas(log: Log, tmp_path: Path) -> None:
    log.append(GENERATION, Kind.INTERACTIONS, [*ROWS, ODD])

    frame = pd.read_csv(only_segment(tmp_path))

    assert list(frame.columns) == ["user_id", "item_id", "action", "timestamp"]
    assert frame.values.tolist() == [
        ["u1", "i1", "like", 1.0],
        ["u2", "i2", "dislike", 2.5],
        ['a,"b"', "50%/é *:", "like", 3.0],
    ]


def test_a_span_tells_which_bytes_the_rows_are(log: Log, tmp_path: Path) -> None:
    first = log.append(GENERATION, Kind.INTERACTIONS, ROWS)
    second = log.append(GENERATION, Kind.INTERACTIONS, [ODD])

    content = only_segment(tmp_path).read_bytes()

    assert (first.before, first.after, second.after) == (0, second.before, len(content))
    assert next(csv.reader([content[second.before : second.after].decode()])) == ODD


def test_interactions_are_on_disk_before_append_returns(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    write, sync = os.write, os.fdatasync
    monkeypatch.setattr(os, "write", lambda *args: (calls.append("write"), write(*args))[1])
    monkeypatch.setattr(os, "fdatasync", lambda file: (calls.append("sync"), sync(file))[1])

    log.append(GENERATION, Kind.INTERACTIONS, ROWS)

    assert calls == ["write", "sync"]


def test_the_name_of_a_new_segment_is_on_disk_too(
    log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    sync = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda file: (synced.append(os.readlink(f"/proc/self/fd/{file}")), sync(file))
    )

    log.append(GENERATION, Kind.INTERACTIONS, ROWS)

    assert synced == [str(folder_of(tmp_path)), str(tmp_path / "generations")]


def test_a_full_segment_is_followed_by_another(tmp_path: Path) -> None:
    log = Log(tmp_path, segment_bytes=60)

    names = [log.append(GENERATION, Kind.INTERACTIONS, ROWS[:1]).segment for _ in range(4)]

    assert names[0] == names[1] != names[2] == names[3]
    assert len(logged(log)) == 4


def test_a_late_row_of_an_old_generation_goes_to_the_old_log(log: Log) -> None:
    log.append(Generation(8), Kind.INTERACTIONS, ROWS)
    log.append(GENERATION, Kind.INTERACTIONS, [ODD])
    log.append(Generation(8), Kind.INTERACTIONS, ROWS)

    assert logged(log) == [ODD]
    assert logged(log, Generation(8)) == ROWS * 2


def test_kinds_have_segments_of_their_own(log: Log) -> None:
    log.append(GENERATION, Kind.INTERACTIONS, ROWS)
    log.append(GENERATION, Kind.IMPRESSIONS, [["u", "3 5", "1"]])

    ((_, impressions),) = log.tail(GENERATION, Kind.IMPRESSIONS, {})

    assert impressions == [["u", "3 5", "1"]]
    assert logged(log) == ROWS


def test_a_generation_without_a_log_reads_as_empty(log: Log) -> None:
    assert logged(log) == []
    assert log.sizes(GENERATION) == {}


def test_ids_that_look_like_numbers_or_nothing_stay_text(log: Log) -> None:
    rows = [[each, each, "like", "1"] for each in ("007", "NA", "null", "1e5", "nan", " ", "True")]

    log.append(GENERATION, Kind.INTERACTIONS, rows)

    assert logged(log) == rows


@pytest.mark.parametrize(
    "damage",
    [
        b"\x00\xff\xfe\n",
        b"u,i,like\n",
        b"u,i,like,1,extra\n",
        b"u,i,like,soon\n",
        b"u,i,love,1\n",
        b",i,like,1\n",
        b"u,i,like,-1\n",
        b"u,i,like,inf\n",
        b'"u,i,like,1\n',
        b"\n",
    ],
)
def test_a_damaged_line_is_logged_and_does_not_take_the_others_with_it(
    log: Log, tmp_path: Path, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    log.append(GENERATION, Kind.INTERACTIONS, [ROWS[0]])
    with only_segment(tmp_path).open("ab") as segment:
        segment.write(damage)
        segment.write(b'"a,""b""",50%/\xc3\xa9 *:,like,3.000000\n')

    assert logged(log) == [ROWS[0], ODD]
    assert "1 damaged lines" in caplog.text


@pytest.mark.parametrize("rows", ["", "a", "1,2", "-1", "1  2", "1 2 ", "12345678901", "１", "[1]"])
def test_impressions_of_what_is_no_row_are_left_out(log: Log, rows: str) -> None:
    log.append(GENERATION, Kind.IMPRESSIONS, [["u", "0 17", "1"], ["u", rows, "2"]])

    ((_, impressions),) = log.tail(GENERATION, Kind.IMPRESSIONS, {})

    assert impressions == [["u", "0 17", "1"]]


def test_a_segment_that_cannot_be_read_is_left_out(log: Log, tmp_path: Path) -> None:
    log.append(GENERATION, Kind.INTERACTIONS, ROWS)
    (folder_of(tmp_path) / "interactions-0-0.csv").mkdir()

    assert logged(log) == ROWS


def test_a_tail_goes_on_where_its_offsets_are(log: Log) -> None:
    span = log.append(GENERATION, Kind.INTERACTIONS, ROWS)
    log.append(GENERATION, Kind.INTERACTIONS, [ODD])

    ((then, rows),) = log.tail(GENERATION, Kind.INTERACTIONS, {span.segment: span.after})

    assert rows == [ODD]
    assert not list(log.tail(GENERATION, Kind.INTERACTIONS, {then.segment: then.after}))


def test_a_tail_takes_the_oldest_segment_first(tmp_path: Path) -> None:
    spans = []
    for n in range(3):
        log = Log(tmp_path)
        spans.append(log.append(GENERATION, Kind.INTERACTIONS, [["u", f"i{n}", "like", "1"]]))
    oldest = folder_of(tmp_path) / spans[2].segment
    oldest.rename(oldest.with_name("interactions-99-1.csv"))  # fewer digits are an earlier time

    assert [row[1] for row in logged(Log(tmp_path))] == ["i2", "i0", "i1"]


def test_lines_that_are_all_damaged_are_passed_over_once(log: Log, tmp_path: Path) -> None:
    span = log.append(GENERATION, Kind.INTERACTIONS, ROWS)
    with only_segment(tmp_path).open("ab") as segment:
        segment.write(b"\x00\n")

    ((then, rows),) = log.tail(GENERATION, Kind.INTERACTIONS, {span.segment: span.after})

    assert (rows, then.after) == ([], only_segment(tmp_path).stat().st_size)


def test_a_torn_last_line_is_not_read(log: Log, tmp_path: Path) -> None:
    log.append(GENERATION, Kind.INTERACTIONS, ROWS)
    whole = only_segment(tmp_path).stat().st_size
    with only_segment(tmp_path).open("ab") as segment:
        segment.write(b"u3,i3,li")

    ((span, rows),) = log.tail(GENERATION, Kind.INTERACTIONS, {})

    assert (rows, span.after) == (ROWS, whole)
    assert log.whole_sizes(GENERATION, Kind.INTERACTIONS) == {span.segment: whole}


def test_a_torn_line_of_the_longest_list_is_no_part_of_a_segment(log: Log, tmp_path: Path) -> None:
    span = log.append(GENERATION, Kind.IMPRESSIONS, [["u1", "1", "1.0"]])
    with only_segment(tmp_path).open("ab") as segment:
        segment.write(b'"' + b'""' * ID_BYTES_MOST + b'",' + b"999999999 " * 1_000)

    assert log.whole_sizes(GENERATION, Kind.IMPRESSIONS) == {span.segment: span.after}


def test_a_long_segment_is_read_in_portions_that_meet(log: Log) -> None:
    rows = [[f"user-{n}" * 20, "item", "like", "1.000000"] for n in range(4_000)]
    span = log.append(GENERATION, Kind.INTERACTIONS, rows)

    portions = list(log.tail(GENERATION, Kind.INTERACTIONS, {}))

    assert len(portions) > 1
    assert [part.before for part, _ in portions] == [0, *(part.after for part, _ in portions[:-1])]
    assert [row for _, part in portions for row in part] == rows
    assert portions[-1][0].after == span.after


def test_a_torn_line_is_cut_off_when_its_writer_is_dead_and_not_before(
    log: Log, tmp_path: Path
) -> None:
    writer = Log(tmp_path)

    def tear() -> None:
        writer.append(GENERATION, Kind.INTERACTIONS, ROWS[:1])
        only_segment(tmp_path).open("ab", buffering=0).write(b"u2,i2,li")

    with frozen(tear):
        segment = only_segment(tmp_path)
        while_alive = log.mend(GENERATION, segment.name)
    once_dead = log.mend(GENERATION, segment.name)

    assert (while_alive, once_dead) == (b"", b"u2,i2,li")
    assert segment.read_bytes().endswith(b"u1,i1,like,1.000000\n")
    assert log.mend(GENERATION, segment.name) == b""


def test_a_full_disk_leaves_no_part_of_the_rows_behind(log: Log, tmp_path: Path) -> None:
    log.append(GENERATION, Kind.INTERACTIONS, ROWS)
    segment = only_segment(tmp_path)
    whole = segment.read_bytes()

    with files_of_at_most(len(whole) + 30), pytest.raises(OSError, match="too large") as full:
        log.append(GENERATION, Kind.INTERACTIONS, ROWS * 5)

    assert full.value.errno == errno.EFBIG
    assert segment.read_bytes() == whole


def test_what_a_tail_has_read_of_rows_that_were_taken_back_hides_no_later_ones(
    log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offsets: dict[str, int] = {}

    def tail() -> list[list[str]]:
        found = []
        for span, rows in log.tail(GENERATION, Kind.INTERACTIONS, offsets):
            offsets[span.segment] = span.after
            found += rows
        return found

    def refuse(_: int) -> None:
        tail()
        raise OSError(errno.EIO, "the disk is broken")

    log.append(GENERATION, Kind.INTERACTIONS, ROWS)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", refuse)
        with pytest.raises(OSError, match="broken"):
            log.append(GENERATION, Kind.INTERACTIONS, [ODD] * 3)
    log.append(GENERATION, Kind.INTERACTIONS, [ODD])

    assert tail() == [ODD]
    assert logged(log) == [*ROWS, ODD]


def test_the_log_goes_on_when_the_disk_has_room_again(log: Log) -> None:
    log.append(GENERATION, Kind.INTERACTIONS, ROWS)
    with files_of_at_most(60), pytest.raises(OSError, match="too large"):
        log.append(GENERATION, Kind.INTERACTIONS, ROWS * 5)

    log.append(GENERATION, Kind.INTERACTIONS, [ODD])

    assert logged(log) == [*ROWS, ODD]


def test_a_full_disk_does_not_fill_up_with_empty_segments(log: Log, tmp_path: Path) -> None:
    for _ in range(5):
        with files_of_at_most(0), pytest.raises(OSError, match="too large"):
            log.append(GENERATION, Kind.INTERACTIONS, ROWS)

    assert not list(folder_of(tmp_path).iterdir())

    log.append(GENERATION, Kind.INTERACTIONS, ROWS)

    assert logged(log) == ROWS


def test_a_segment_that_could_not_be_begun_is_begun_later_and_nothing_foreign_is_closed(
    tmp_path: Path,
) -> None:
    log = Log(tmp_path, segment_bytes=1)
    log.append(GENERATION, Kind.INTERACTIONS, ROWS)
    folder = folder_of(tmp_path)
    away = folder.rename(tmp_path / "away")
    folder.write_text("in the way")
    for _ in range(2):
        with pytest.raises(OSError, match=r"exists|directory"):
            log.append(GENERATION, Kind.INTERACTIONS, ROWS)
    with (tmp_path / "innocent").open("w") as innocent:
        with pytest.raises(OSError, match=r"exists|directory"):
            log.append(GENERATION, Kind.INTERACTIONS, ROWS)
        innocent.write("still open")
    folder.unlink()
    away.rename(folder)

    log.append(GENERATION, Kind.INTERACTIONS, ROWS)

    assert len(logged(log)) == 4


def test_sizes_leave_out_segments_that_are_being_written_to(log: Log, tmp_path: Path) -> None:
    span = log.append(GENERATION, Kind.INTERACTIONS, ROWS)

    assert log.sizes(GENERATION, rested_seconds=60) == {}

    os.utime(only_segment(tmp_path), (1, 1))

    assert log.sizes(GENERATION, rested_seconds=60) == {span.segment: span.after}


def test_a_segment_that_its_writer_deletes_meanwhile_has_no_size(
    log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    span = log.append(GENERATION, Kind.INTERACTIONS, ROWS)
    empty = folder_of(tmp_path) / "interactions-1-1.csv"
    empty.touch()
    scan = os.scandir

    def scan_before_it_is_deleted(folder: Path) -> object:
        entries = list(scan(folder))
        empty.unlink(missing_ok=True)
        return iter(entries)

    monkeypatch.setattr(os, "scandir", scan_before_it_is_deleted)

    assert log.sizes(GENERATION) == {span.segment: span.after}


def test_dead_letters_are_counted_and_no_segment(log: Log, tmp_path: Path) -> None:
    before = log.count_dead_letters(GENERATION)
    log.set_aside(GENERATION, "queue", "no interaction", "\x00\ud800,\n")

    with (folder_of(tmp_path) / "dead-letters.csv").open(newline="") as file:
        (where, reason, content, _timestamp) = next(csv.reader(file))

    assert (where, reason, content) == ("queue", "no interaction", repr("\x00\ud800,\n"))
    assert log.sizes(GENERATION) == {}
    assert (before, log.count_dead_letters(GENERATION)) == (0, 1)


def test_dead_letters_that_were_counted_are_not_read_again(
    log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recs.stores.log.CHUNK_BYTES", 100)
    for number in range(20):
        log.set_aside(GENERATION, "queue", "too long", "x" * number)
    path = folder_of(tmp_path) / "dead-letters.csv"
    first = log.count_dead_letters(GENERATION)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.write(b"\n" * size)  # would count, were it read again
    log.set_aside(GENERATION, "queue", "one more", "")

    assert (first, log.count_dead_letters(GENERATION)) == (20, 21)
    assert log.count_dead_letters(Generation(GENERATION + 1)) == 0
    path.write_text("one\n")
    assert log.count_dead_letters(GENERATION) == 1


def test_dead_letters_are_on_disk_before_their_message_is_acknowledged(
    log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(os.fstat(file).st_size))

    log.set_aside(GENERATION, "queue", "no interaction", "a")

    assert synced == [(folder_of(tmp_path) / "dead-letters.csv").stat().st_size]


@pytest.mark.slow
def test_a_line_that_is_written_while_it_is_read_is_one_line(
    log: Log, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The reader comes to the end of the file in the middle of a line, and the rest comes then."""
    log.append(GENERATION, Kind.INTERACTIONS, [])
    lines = [f"u{number},i,like,{number}.000000\n".encode() for number in range(20_000)]
    path = only_segment(tmp_path)

    def write() -> None:
        with path.open("ab", buffering=0) as file:
            for line in lines:
                file.write(line[:9])
                file.write(line[9:])

    writer = Thread(target=write)
    writer.start()
    offsets: dict[str, int] = {}
    rows: list[list[str]] = []
    is_over = False
    while not is_over:
        is_over = not writer.is_alive()  # then once more
        for span, portion in log.tail(GENERATION, Kind.INTERACTIONS, offsets):
            offsets[span.segment] = span.after
            rows += portion

    assert "damaged" not in caplog.text
    assert [user for user, *_ in rows] == [f"u{number}" for number in range(len(lines))]


@pytest.mark.parametrize("put_away", [shutil.rmtree, lambda folder: folder.rename(f"{folder}-old")])
def test_rows_are_not_written_to_a_file_that_was_deleted_or_moved(
    log: Log,
    tmp_path: Path,
    put_away: Callable[[Path], object],
    caplog: pytest.LogCaptureFixture,
) -> None:
    log.append(GENERATION, Kind.INTERACTIONS, ROWS)
    put_away(folder_of(tmp_path))
    log.append(GENERATION, Kind.INTERACTIONS, [ODD])
    log.append(GENERATION, Kind.INTERACTIONS, ROWS)

    assert logged(log) == [ODD, *ROWS]
    [told] = caplog.messages
    assert "was deleted or moved" in told


def test_impressions_are_not_written_to_a_deleted_file_either(log: Log, tmp_path: Path) -> None:
    log.append(GENERATION, Kind.IMPRESSIONS, [["u1", "0 1", "1.000000"]])
    shutil.rmtree(folder_of(tmp_path))
    log.append(GENERATION, Kind.IMPRESSIONS, [["u1", "2 3", "2.000000"]])

    assert b"2 3" in only_segment(tmp_path).read_bytes()


def test_a_file_in_the_place_of_a_segment_is_left_alone(log: Log, tmp_path: Path) -> None:
    log.append(GENERATION, Kind.INTERACTIONS, ROWS)
    segment = only_segment(tmp_path)
    copy = segment.read_bytes()
    segment.unlink()
    segment.write_bytes(copy)
    log.append(GENERATION, Kind.INTERACTIONS, [ODD])

    assert segment.read_bytes() == copy
    assert logged(log) == [*ROWS, ODD]

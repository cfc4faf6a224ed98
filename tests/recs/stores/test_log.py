import csv
import errno
import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

from recs.stores.log import Kind, Log
from recs.types import Generation

GENERATION = Generation(7)
ROWS = [["u1", "i1", "like", "1.000000"], ["u2", "i2", "dislike", "2.500000"]]
ODD = ['a,"b"', "50%/é *:", "like", "3.000000"]


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


def only_segment(tmp_path: Path) -> Path:
    (segment,) = (tmp_path / "generations" / str(GENERATION)).glob("*.csv")
    return segment


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


def test_rows_are_on_disk_before_append_returns(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
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

    assert synced == [str(tmp_path / "generations" / str(GENERATION)), str(tmp_path / "generations")]


def test_a_full_segment_is_followed_by_another(tmp_path: Path) -> None:
    log = Log(tmp_path, segment_bytes=60)

    names = [log.append(GENERATION, Kind.INTERACTIONS, ROWS[:1]).segment for _ in range(4)]

    assert names[0] == names[1] != names[2] == names[3]
    assert len(log.read_interactions(GENERATION)) == 4


def test_a_late_row_of_an_old_generation_goes_to_the_old_log(log: Log) -> None:
    log.append(Generation(8), Kind.INTERACTIONS, ROWS)
    log.append(GENERATION, Kind.INTERACTIONS, [ODD])
    log.append(Generation(8), Kind.INTERACTIONS, ROWS)

    assert len(log.read_interactions(GENERATION)) == 1
    assert len(log.read_interactions(Generation(8))) == 4


def test_kinds_have_segments_of_their_own(log: Log) -> None:
    log.append(GENERATION, Kind.INTERACTIONS, ROWS)
    log.append(GENERATION, Kind.CATALOGUE, [["i1", "Drama|War"], ["i2", ""]])

    assert log.read_catalogue(GENERATION) == {"i1": ("Drama", "War"), "i2": ()}
    assert len(log.read_interactions(GENERATION)) == 2


def test_later_genres_replace_earlier_ones_unless_there_are_none(log: Log) -> None:
    for rows in ([["i", "Drama"]], [["i", "War"]], [["i", ""]]):
        log.append(GENERATION, Kind.CATALOGUE, rows)

    assert log.read_catalogue(GENERATION) == {"i": ("War",)}


def test_an_generation_without_a_log_reads_as_empty(log: Log) -> None:
    frame = log.read_interactions(GENERATION)

    assert list(frame.columns) == ["user_id", "item_id", "action", "timestamp"]
    assert frame.empty
    assert log.read_catalogue(GENERATION) == {}
    assert log.sizes(GENERATION) == {}


def test_ids_that_look_like_numbers_or_nothing_stay_text(log: Log) -> None:
    ids = ["007", "NA", "null", "1e5", "nan", " ", "True"]

    log.append(GENERATION, Kind.INTERACTIONS, [[each, each, "like", "1"] for each in ids])

    assert log.read_interactions(GENERATION)["user_id"].tolist() == ids
    assert log.read_interactions(GENERATION)["item_id"].tolist() == ids


@pytest.mark.parametrize(
    "damage",
    [
        b"\x00\xff\xfe\n",
        b"u,i,like\n",
        b"u,i,like,1,extra\n",
        b"u,i,like,soon\n",
        b'"u,i,like,1\n',
        b"\n",
    ],
)
def test_a_damaged_line_does_not_take_the_others_with_it(
    log: Log, tmp_path: Path, damage: bytes
) -> None:
    log.append(GENERATION, Kind.INTERACTIONS, [ROWS[0]])
    with only_segment(tmp_path).open("ab") as segment:
        segment.write(damage)
        segment.write(b'"a,""b""",50%/\xc3\xa9 *:,like,3.000000\n')

    frame = log.read_interactions(GENERATION)

    assert frame["user_id"].tolist() == ["u1", 'a,"b"']
    assert frame["timestamp"].tolist() == [1.0, 3.0]


def test_a_segment_that_cannot_be_read_is_left_out(log: Log, tmp_path: Path) -> None:
    log.append(GENERATION, Kind.INTERACTIONS, ROWS)
    (tmp_path / "generations" / str(GENERATION) / "interactions-0-0.csv").mkdir()

    assert len(log.read_interactions(GENERATION)) == 2


def test_a_torn_last_line_is_not_read(log: Log, tmp_path: Path) -> None:
    log.append(GENERATION, Kind.INTERACTIONS, ROWS)
    with only_segment(tmp_path).open("ab") as segment:
        segment.write(b"u3,i3,li")

    (span, lines), *more = log.read(GENERATION, only_segment(tmp_path).name)

    assert not more
    assert span.after == only_segment(tmp_path).stat().st_size - len("u3,i3,li")
    assert lines == ["u1,i1,like,1.000000", "u2,i2,dislike,2.500000"]
    assert len(log.read_interactions(GENERATION)) == 2


def test_a_long_segment_is_read_in_portions_that_meet(log: Log) -> None:
    rows = [[f"user-{n}" * 20, "item", "like", "1.000000"] for n in range(4_000)]
    span = log.append(GENERATION, Kind.INTERACTIONS, rows)

    portions = list(log.read(GENERATION, span.segment))

    assert len(portions) > 1
    assert [part.before for part, _ in portions] == [0, *(part.after for part, _ in portions[:-1])]
    assert sum(len(lines) for _, lines in portions) == 4_000
    assert portions[-1][0].after == span.after


def test_reading_goes_on_where_it_is_told(log: Log) -> None:
    first = log.append(GENERATION, Kind.INTERACTIONS, ROWS)
    log.append(GENERATION, Kind.INTERACTIONS, [ODD])

    ((_, lines),) = log.read(GENERATION, first.segment, first.after)

    assert [next(csv.reader([line])) for line in lines] == [ODD]


@contextmanager
def writer_of_a_torn_line(data_dir: Path) -> Iterator[None]:
    """Have another process write a row and a part of one, and live on; kill it at the end."""
    ready, told = os.pipe()
    writer = os.fork()
    if not writer:
        log = Log(data_dir)
        log.append(GENERATION, Kind.INTERACTIONS, ROWS[:1])
        only_segment(data_dir).open("ab", buffering=0).write(b"u2,i2,li")
        os.write(told, b"!")
        signal.pause()
    os.read(ready, 1)
    yield
    os.kill(writer, signal.SIGKILL)
    os.waitpid(writer, 0)
    os.close(ready)
    os.close(told)


def test_a_torn_line_is_cut_off_when_its_writer_is_dead_and_not_before(
    log: Log, tmp_path: Path
) -> None:
    with writer_of_a_torn_line(tmp_path):
        segment = only_segment(tmp_path)
        while_alive = log.mend(GENERATION, segment.name)
    once_dead = log.mend(GENERATION, segment.name)

    assert (while_alive, once_dead) == (b"", b"u2,i2,li")
    assert segment.read_bytes().endswith(b"u1,i1,like,1.000000\n")
    assert log.mend(GENERATION, segment.name) == b""


@contextmanager
def files_of_at_most(n_bytes: int) -> Iterator[None]:
    """Have every write beyond so many bytes of a file refused, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def test_a_full_disk_leaves_no_part_of_the_rows_behind(log: Log, tmp_path: Path) -> None:
    log.append(GENERATION, Kind.INTERACTIONS, ROWS)
    segment = only_segment(tmp_path)
    whole = segment.read_bytes()

    with files_of_at_most(len(whole) + 30), pytest.raises(OSError, match="too large") as full:
        log.append(GENERATION, Kind.INTERACTIONS, ROWS * 5)

    assert full.value.errno == errno.EFBIG
    assert segment.read_bytes() == whole


def test_the_log_goes_on_when_the_disk_has_room_again(log: Log) -> None:
    log.append(GENERATION, Kind.INTERACTIONS, ROWS)
    with files_of_at_most(60), pytest.raises(OSError, match="too large"):
        log.append(GENERATION, Kind.INTERACTIONS, ROWS * 5)

    log.append(GENERATION, Kind.INTERACTIONS, [ODD])

    assert log.read_interactions(GENERATION)["user_id"].tolist() == ["u1", "u2", 'a,"b"']


def test_a_disk_that_is_full_from_the_start_leaves_an_empty_segment_that_reads_as_empty(
    log: Log,
) -> None:
    with files_of_at_most(0), pytest.raises(OSError, match="too large"):
        log.append(GENERATION, Kind.INTERACTIONS, ROWS)

    assert log.read_interactions(GENERATION).empty

    log.append(GENERATION, Kind.INTERACTIONS, ROWS)

    assert len(log.read_interactions(GENERATION)) == 2


def test_a_segment_that_could_not_be_begun_is_begun_later_and_nothing_foreign_is_closed(
    tmp_path: Path,
) -> None:
    log = Log(tmp_path, segment_bytes=1)
    log.append(GENERATION, Kind.INTERACTIONS, ROWS)
    folder = tmp_path / "generations" / str(GENERATION)
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

    assert len(log.read_interactions(GENERATION)) == 4


def test_sizes_leave_out_segments_that_are_being_written_to(log: Log, tmp_path: Path) -> None:
    span = log.append(GENERATION, Kind.INTERACTIONS, ROWS)

    assert log.sizes(GENERATION, rested_seconds=60) == {}

    os.utime(only_segment(tmp_path), (1, 1))

    assert log.sizes(GENERATION, rested_seconds=60) == {span.segment: span.after}


def test_dead_letters_are_no_segment(log: Log, tmp_path: Path) -> None:
    log.set_aside(GENERATION, "queue", "no interaction", "\x00\ud800,\n")

    with (tmp_path / "generations" / str(GENERATION) / "dead-letters.csv").open(newline="") as file:
        (where, reason, content, _timestamp) = next(csv.reader(file))

    assert (where, reason, content) == ("queue", "no interaction", repr("\x00\ud800,\n"))
    assert log.sizes(GENERATION) == {}

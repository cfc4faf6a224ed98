"""The comparison of the log on disk with what was accepted."""

from pathlib import Path
from threading import Timer

import pytest

from simulator.logcheck import LogCheck, check_log

HEADER = "user_id,item_id,action,timestamp\n"
ACCEPTED = {"ann": {"i1", "i2"}, "bob": {"i1"}, "eve": set()}


@pytest.fixture
def generation(tmp_path: Path) -> Path:
    """The newest generation's folder, beside an older one with other interactions."""
    for name, rows in (("9", "old,i7,like,1\n"), ("10", "")):
        folder = tmp_path / "generations" / name
        folder.mkdir(parents=True)
        (folder / "interactions-a.csv").write_text(HEADER + rows)
    return folder


def check(generation: Path, patience_seconds: float = 0.0) -> LogCheck:
    return check_log(generation.parent.parent, ACCEPTED, patience_seconds)


def test_a_log_with_every_interaction_in_any_segment_is_equal(generation: Path) -> None:
    (generation / "interactions-a.csv").write_text(HEADER + "ann,i1,like,1\nann,i2,like,2\n")
    (generation / "interactions-b.csv").write_text(HEADER + "bob,i1,dislike,3\n")

    assert check(generation) == LogCheck(accepted=3, rows=3, missing=0, foreign=0, again=0)
    assert check(generation).equal


def test_what_is_missing_foreign_or_written_again_is_counted(generation: Path) -> None:
    (generation / "interactions-a.csv").write_text(
        HEADER + "ann,i1,like,1\nann,i1,like,1\nz,i1,like,2\n"
    )

    assert check(generation) == LogCheck(accepted=3, rows=3, missing=2, foreign=1, again=1)
    assert not check(generation).equal


@pytest.mark.slow
def test_it_waits_for_a_log_that_lags_behind(generation: Path) -> None:
    rows = HEADER + "ann,i1,like,1\nann,i2,like,2\nbob,i1,like,3\n"
    timer = Timer(0.1, (generation / "interactions-b.csv").write_text, (rows,))
    timer.start()
    found = check(generation, patience_seconds=5)
    timer.join()

    assert found.equal


def test_no_generation_at_all_is_everything_missing(tmp_path: Path) -> None:
    assert check_log(tmp_path, ACCEPTED, 0).missing == 3

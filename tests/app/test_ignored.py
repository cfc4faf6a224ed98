from flask import Flask

from app import ignored


def test_names_without_end_are_counted_together() -> None:
    with Flask(__name__).app_context():
        ignored.note([str(n) for n in range(ignored.NAMES_MOST + 5)])
        ignored.note(["0", "new"])
        counts = ignored.counts()

    assert len(counts) == ignored.NAMES_MOST + 1
    assert (counts["0"], counts[ignored.OTHERS]) == (2, 6)

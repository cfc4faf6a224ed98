"""Compares the log on disk with the interactions that the service has accepted."""

import csv
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

POLL_SECONDS = 0.25


@dataclass(frozen=True)
class LogCheck:
    """missing: accepted, not in the log. foreign: in the log, not accepted. again: repeats."""

    accepted: int
    rows: int
    missing: int
    foreign: int
    again: int

    @property
    def equal(self) -> bool:
        """Say whether the log has each accepted interaction once, and nothing else."""
        return not (self.missing or self.foreign or self.again)


def check_log(
    data_dir: Path, interacted: Mapping[str, Collection[str]], patience_seconds: float
) -> LogCheck:
    """Compare the accepted interactions, user -> items, with the newest generation's log.

    patience_seconds: how long to wait for the log to catch up.
    """
    accepted = {(user_id, item_id) for user_id, items in interacted.items() for item_id in items}
    deadline = time.monotonic() + patience_seconds
    while True:
        rows = _logged(data_dir)
        logged = set(rows)
        missing, foreign = len(accepted - logged), len(logged - accepted)
        check = LogCheck(len(accepted), len(rows), missing, foreign, len(rows) - len(logged))
        if check.equal or time.monotonic() > deadline:
            return check
        time.sleep(POLL_SECONDS)


def _logged(data_dir: Path) -> list[tuple[str, str]]:
    """Return user and item of each interaction in all segments of the newest generation."""
    generations = [int(path.name) for path in (data_dir / "generations").glob("[0-9]*")]
    if not generations:
        return []
    rows = []
    folder = data_dir / "generations" / str(max(generations))
    for segment in sorted(folder.glob("interactions-*.csv")):
        with segment.open(newline="") as lines:
            rows += [(row["user_id"], row["item_id"]) for row in csv.DictReader(lines)]
    return rows

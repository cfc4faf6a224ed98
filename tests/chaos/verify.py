"""Compares what clients were promised with the log, and the log with everything made from it."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import NamedTuple

from recs.stores import Stores
from recs.types import Generation, ItemId, Json, Row, UserId
from tests.chaos.load import Attempt

SIGNS = {"like": 1, "dislike": -1, "undo": 0}

STATISTICS = "statistics"
"""Under this name the statistics worker publishes item statistics."""


class LogRow(NamedTuple):
    """A row of the log of interactions."""

    user: str
    item: str
    action: str
    timestamp: str


@dataclass(frozen=True)
class Logged:
    """The log of one generation. dead_letters: lines that were set aside."""

    rows: Sequence[LogRow]
    dead_letters: int

    @classmethod
    def read(cls, folder: Path) -> "Logged":
        """Read every segment with nothing but the csv module."""
        rows = []
        for segment in sorted(folder.glob("interactions-*.csv")):
            with segment.open(newline="") as lines:
                rows += [LogRow(*row) for row in csv.reader(lines) if row != list(COLUMNS)]
        dead = folder / "dead-letters.csv"
        return cls(rows, len(dead.read_text().splitlines()) if dead.exists() else 0)

    @property
    def distinct(self) -> list[LogRow]:
        """The rows without duplicates."""
        return list(dict.fromkeys(self.rows))

    @property
    def last(self) -> dict[tuple[str, str], LogRow]:
        """The last row of each pair of user and item, by timestamp."""
        ordered = sorted(self.rows, key=lambda row: float(row.timestamp))
        return {(row.user, row.item): row for row in ordered}


COLUMNS = ("user_id", "item_id", "action", "timestamp")


def lost(attempts: Iterable[Attempt], logged: Logged) -> int:
    """Return how many interactions were answered with 200 and are not in the log."""
    promised = Counter((each.user, each.item, each.action) for each in attempts if each.answer.ok)
    kept = Counter((row.user, row.item, row.action) for row in logged.distinct)
    return (promised - kept).total()


def wrong_last_actions(attempts: Iterable[Attempt], logged: Logged) -> list[str]:
    """Return the pairs whose last action in the log is not the last one that was accepted.

    A later one that was refused, or got no answer, may have been taken or not.
    """
    possible: dict[tuple[str, str], set[str]] = defaultdict(set)
    for each in attempts:
        pair = (each.user, each.item)
        possible[pair] = {each.action} if each.answer.ok else possible[pair] | {each.action}
    certain = {(each.user, each.item) for each in attempts if each.answer.ok}
    last = logged.last
    return [
        f"{pair}: {last[pair].action if pair in last else 'nothing'} in place of {possible[pair]}"
        for pair in certain
        if pair not in last or last[pair].action not in possible[pair]
    ]


def disagreements(
    stores: Stores, generation: Generation, logged: Logged, stats: Json | None
) -> list[str]:
    """Return what does not say the same as the log: users' state, queue, item statistics, /stats.

    stats: what /stats answered, None if it did not.
    """
    catalogue = stores.catalogues.of(generation)
    catalogue.refresh()
    last = list(logged.last.values())
    unknown = {row.item for row in last if catalogue.rows.get(_item(row)) is None}
    if unknown:
        return [f"{len(unknown)} items without a row"]
    row_of = {row.item: catalogue.rows[_item(row)] for row in last}
    return [
        *_users(stores, generation, last, row_of),
        *_queue(stores, generation),
        *_statistics(stores, generation, last, row_of),
        *_stats(last, stats),
    ]


def _users(
    stores: Stores, generation: Generation, last: Sequence[LogRow], row_of: Mapping[str, Row]
) -> list[str]:
    """Compare the interactions of every user."""
    signs: dict[str, dict[Row, int]] = defaultdict(dict)
    for row in last:
        of_user = signs[row.user]
        if sign := SIGNS[row.action]:
            of_user[row_of[row.item]] = sign
    return [
        f"interactions of {user}"
        for user, expected in signs.items()
        if stores.users.interactions(generation, UserId(user)) != expected
    ]


def _queue(stores: Stores, generation: Generation) -> list[str]:
    """Return what is left to do for rankers."""
    found = []
    if not stores.waiting.oldest_ranked(generation, before=time() + 86_400, count=1):
        found.append("no slate was ranked")
    if waiting := stores.waiting.length(generation):
        found.append(f"{waiting} users wait to be ranked")
    if failing := stores.waiting.failing(generation):
        found.append(f"the ranking of {failing} users raised")
    return found


def _statistics(
    stores: Stores, generation: Generation, last: Sequence[LogRow], row_of: Mapping[str, Row]
) -> list[str]:
    """Compare the counts of every item in the statistics that were published last."""
    newest = stores.statistics.newest(generation, STATISTICS)
    if newest is None:
        return ["no item statistics"]
    _, arrays, _ = newest
    found = []
    for action, counts in (("like", "counts_likes"), ("dislike", "counts_dislikes")):
        expected = Counter(row_of[row.item] for row in last if row.action == action)
        published = {row: count for row, count in enumerate(arrays[counts].tolist()) if count}
        if published != expected:
            found.append(f"{action}s by item")
    return found


def _stats(last: Sequence[LogRow], stats: Json | None) -> list[str]:
    """Compare the totals of /stats."""
    if stats is None:
        return ["/stats does not answer"]
    counted = Counter(row.action for row in last)
    return [
        f"{action}s in /stats: {stats['totals'].get(f'{action}s')} in place of {counted[action]}"
        for action in ("like", "dislike")
        if int(stats["totals"].get(f"{action}s", 0)) != counted[action]
    ]


def _item(row: LogRow) -> ItemId:
    return ItemId(row.item)

"""Compares what clients were promised with the log, the log with Redis, and the lists with both."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from redis import Redis

from recs.interactions import SIGNS, Action
from recs.stores.keys import Keys
from recs.types import Generation, UserId
from tests.chaos.load import Attempt


class Row(NamedTuple):
    """A line of the log of interactions."""

    user: str
    item: str
    action: str
    timestamp: str


@dataclass(frozen=True)
class Logged:
    """The log of one generation. dead_letters: lines that were set aside."""

    rows: Sequence[Row]
    dead_letters: int

    @classmethod
    def read(cls, folder: Path) -> "Logged":
        """Read every segment, as anybody could."""
        rows = []
        for segment in sorted(folder.glob("interactions-*.csv")):
            with segment.open(newline="") as lines:
                rows += [Row(*row) for row in csv.reader(lines) if row != list(COLUMNS)]
        dead = folder / "dead-letters.csv"
        return cls(rows, len(dead.read_text().splitlines()) if dead.exists() else 0)

    @property
    def facts(self) -> list[Row]:
        """The rows without those that were written twice."""
        return list(dict.fromkeys(self.rows))

    @property
    def last(self) -> dict[tuple[str, str], Row]:
        """The last row of each pair of viewer and title, by timestamp."""
        ordered = sorted(self.rows, key=lambda row: float(row.timestamp))
        return {(row.user, row.item): row for row in ordered}


COLUMNS = ("user_id", "item_id", "action", "timestamp")


def lost(attempts: Iterable[Attempt], logged: Logged) -> int:
    """Return how many interactions were answered with 200 and are not in the log."""
    promised = Counter((each.user, each.item, each.action) for each in attempts if each.answer.ok)
    kept = Counter((row.user, row.item, row.action) for row in logged.facts)
    return (promised - kept).total()


def wrong_last_actions(attempts: Iterable[Attempt], logged: Logged) -> list[str]:
    """Return the pairs whose last action in the log is not the last one that was accepted.

    One that was refused after it, or got no answer, may have been taken or not.
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


def disagreements(redis: Redis, namespace: str, generation: Generation, logged: Logged) -> list[str]:
    """Return where Redis does not say the same as the log: facts, counters, lists that wait."""
    keys, last = Keys(namespace, generation), logged.last
    facts: dict[str, dict[str, str]] = defaultdict(dict)
    for (user, item), row in last.items():
        facts[user][item] = f"{SIGNS[Action(row.action)]}{row.timestamp}"
    found = [
        f"facts of {user}"
        for user in facts
        if redis.hgetall(keys.reacted(UserId(user))) != facts[user]
    ]
    if not redis.zcard(keys.ranked):
        found.append("no list was ranked")
    if waiting := redis.zcard(keys.stale):
        found.append(f"{waiting} viewers wait for their lists")
    totals = redis.hgetall(keys.totals)
    for action, key in (("like", keys.likes), ("dislike", keys.dislikes)):
        counted = Counter(row.item for row in last.values() if row.action == action)
        if dict(redis.zrange(key, 0, -1, withscores=True)) != counted:
            found.append(f"{action}s by title")
        if int(totals.get(f"{action}s", 0)) != counted.total():
            found.append(f"{action}s in all")
    return found

"""Erases a user from Redis, the log, the models, the page's file and the queues.

Segments of the log keep their length, because processes remember offsets in them. A row is
overwritten with `#`, in two steps with an fsync between: first what follows the user's id, then the
id. So a row that is only partly erased still names the user, and a repeated erasure finds it.
"""

import os
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any, BinaryIO, NamedTuple, cast

from redis.exceptions import RedisError

from recs.stores import Stores, viewers
from recs.stores.keys import Keys
from recs.stores.log import DEAD_LETTERS
from recs.stores.nodes import nodes
from recs.stores.rows import Kind, encode
from recs.types import Generation, UserId

SETTLING_SECONDS = 1.0
"""For how long (s) a ranker that has read the user's state may still write their slate."""
REWRITE_SECONDS = 10.0
"""Longest wait (s) until Redis has rewritten its append-only file."""
PORTION_BYTES = 2**20
ESCAPE = re.compile(
    r"\\+(?:u([0-9a-fA-F]{4})|U(00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))?"
)
SEPARATORS = " ,:[](){}'\""
"""They also stand between two ids. An id of only these is sought after a bracket or a colon."""


class Line(NamedTuple):
    """Where a line is in its file (bytes). cut: end of the part that names the user."""

    start: int
    cut: int
    end: int


LinesIn = Callable[[BinaryIO], Iterator[Line]]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was erased.

    erased_at: seconds since 1970; interactions sent before that are dropped. rows: number by kind.
    redis_keys: number of keys, plus entries of shared keys.
    """

    erased_at: float
    generations: int
    rows: dict[str, int]
    redis_keys: int


def erase(stores: Stores, user: UserId) -> Receipt:
    """Erase a user from all generations. Repeating it is harmless: repeat it until it returns.

    The statistics worker forgets the user with its next version, and rewrites its snapshot. Raises
    OSError, RedisError.
    """
    cast(Any, stores.redis).ping()
    _, now = stores.generations.stamp()
    stores.erasures.add(user, now)  # from here on, ingest drops what was sent before
    generations = stores.generations.all_on_disk()
    redis_keys = _forget(stores, generations, user)
    rows = {str(kind): 0 for kind in Kind} | {"dead_letters": 0, "models": 0, "page": 0}
    for generation in generations:
        folder = stores.log.folder(generation)
        for kind in Kind:
            for segment in stores.log.sizes(generation, kind):
                with suppress(FileNotFoundError):  # its writer deletes an empty segment at the end
                    rows[kind] += overwrite(folder / segment, rows_of(user))
        with suppress(FileNotFoundError):
            rows["dead_letters"] += overwrite(folder / DEAD_LETTERS, mentions_of(user))
        rows["models"] += stores.models.forget(generation, lambda each: each == user)
    rows["page"] = viewers.forget(stores.settings.data_dir, user)
    stores.erasures.add(user, now)  # processes that read the log meanwhile forget the user again
    for generation in generations:
        stores.statistics.window(generation).unlink(missing_ok=True)
    sleep(SETTLING_SECONDS)
    redis_keys += _forget(stores, generations, user)
    _have_redis_rewritten(stores)
    return Receipt(now, len(generations), rows, redis_keys)


def overwrite(path: Path, lines_in: LinesIn) -> int:
    """Overwrite in place the lines that `lines_in` finds; return how many. Raises OSError."""
    with path.open("r+b") as file:
        lines = list(lines_in(file))
        if lines:
            _overwrite(file, [(line.cut, line.end) for line in lines])
            _overwrite(file, [(line.start, line.cut) for line in lines])
    return len(lines)


def _overwrite(file: BinaryIO, places: Sequence[tuple[int, int]]) -> None:
    """Overwrite some places, (start, end) in bytes, and flush them to disk."""
    for start, end in places:
        os.pwrite(file.fileno(), b"#" * (end - start), start)
    os.fsync(file.fileno())


def rows_of(user: UserId) -> LinesIn:
    """Find the rows of a user: their id is the first field, written as csv does.

    A search holds the GIL, so the file is searched in portions: other threads wait for one only.
    """
    sought = b"\n" + encode([[user, ""]]).removesuffix(b"\n")

    def lines_in(file: BinaryIO) -> Iterator[Line]:
        offset = len(file.readline()) - 1  # of the portion: it begins with the line end before it
        while len(portion := b"".join((b"\n", file.read(PORTION_BYTES), file.readline()))) > 1:
            place = portion.find(sought)
            while place >= 0:
                end = portion.find(b"\n", place + 1)
                end = len(portion) if end < 0 else end
                cut = min(place + len(sought), end - 1)
                yield Line(offset + place + 1, offset + cut, offset + end)
                place = portion.find(sought, end)
            offset += len(portion) - 1

    return lines_in


def mentions_of(user: UserId) -> LinesIn:
    """Find the dead letters that name a user, in quotation marks or as the first field of a row.

    They hold what came: rows, damaged lines, raw messages, escaped by their sender and by us. What
    escaping adds is removed, also from the id. So some letters too many are found: those that have
    this id as an item, or name a user whose id differs in backslashes or quotation marks only.
    """
    names = [_unescaped(f'"{name}"')[1:-1] for name in (user, user.encode().decode("latin-1"))]
    before = "" if names[0].strip(SEPARATORS) else r"[\[(:] ?"
    sought = re.compile(f"{before}['\"](?:{'|'.join(map(re.escape, names))})['\",]")

    def names_them(line: bytes) -> bool:
        return sought.search(_unescaped(line.decode(errors="replace"))) is not None

    def lines_in(file: BinaryIO) -> Iterator[Line]:
        after = 0
        for line in file:
            start, after = after, after + len(line)
            if names_them(line):
                end = after - line.endswith(b"\n")
                part = bisect_left(range(len(line)), True, key=lambda size: names_them(line[:size]))
                yield Line(start, min(start + part, end - 1), end)

    return lines_in


def _unescaped(text: str) -> str:
    """Remove what csv, repr and JSON add to a text, however often they did."""
    text = ESCAPE.sub(_character, text)
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # pairs, of JSON
    return re.sub('"+', '"', text)


def _character(escape: re.Match[str]) -> str:
    return chr(int(escape[escape.lastindex], 16)) if escape.lastindex else ""


def _forget(stores: Stores, generations: Sequence[Generation], user: UserId) -> int:
    """Delete a user's data in Redis; return the number of keys and entries deleted."""
    count = 0
    redis: Any = stores.redis
    for generation in generations:
        keys = Keys(stores.settings.namespace, generation)
        count += sum(redis.unlink(key) for key in (*keys.of_user(user), keys.recorded(user)))
        count += redis.zrem(keys.waiting, user) + redis.zrem(keys.ranked, user)
        count += redis.hdel(keys.failures, user) + redis.hdel(keys.requests, user)
    return count


def _have_redis_rewritten(stores: Stores) -> None:
    """Have each Redis rewrite its append-only file, because the old one contains every command.

    A Redis that does not permit it, or is rewriting already, does so later by itself.
    """
    for node in nodes(stores.redis):
        server: Any = node
        with suppress(RedisError):
            if not server.info("persistence").get("aof_enabled"):
                continue
            server.bgrewriteaof()
            end = monotonic() + REWRITE_SECONDS
            while monotonic() < end and _is_rewriting(server):
                sleep(0.05)


def _is_rewriting(server: Any) -> bool:
    told = server.info("persistence")
    return bool(told["aof_rewrite_in_progress"] or told["aof_rewrite_scheduled"])

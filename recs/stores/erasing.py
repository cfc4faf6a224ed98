"""A user is erased: from Redis, the log, the models, and whatever is still on its way.

Segments of the log keep their length: processes remember how far they have read them. What stood in
a row is overwritten with `#`, in two steps with the disk in between, so that at any moment a row
either names the user, and an erasure that is asked for again finds it, or is no row any more.
"""

import csv
import io
import mmap
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any, cast

from redis.exceptions import RedisError

from recs.stores import Stores
from recs.stores.keys import Keys
from recs.stores.log import DEAD_LETTERS
from recs.stores.nodes import nodes
from recs.stores.rows import Kind
from recs.types import Generation, UserId

SETTLING_SECONDS = 1.0
"""How long a ranker that read the user before may still write their slate."""
REWRITE_SECONDS = 10.0
"""Longest wait until Redis has written its append-only file again."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was erased. rows: of each kind how many. redis_keys: keys, and entries of shared ones.

    erased_at: seconds since 1970. What was sent before is not taken any more.
    """

    erased_at: float
    generations: int
    rows: dict[str, int]
    redis_keys: int


def erase(stores: Stores, user: UserId) -> Receipt:
    """Erase a user from all generations. Twice is harmless: until it returns, ask again.

    The statistics worker forgets them with its next version, and writes its snapshot anew. Raises
    OSError, RedisError.
    """
    cast(Any, stores.redis).ping()
    _, now = stores.generations.stamp()
    stores.erasures.add(user, now)  # from here on, ingest drops what was sent before
    generations = stores.generations.all_on_disk()
    redis_keys = _forget(stores, generations, user)
    rows = {str(kind): 0 for kind in Kind} | {"dead_letters": 0, "models": 0}
    for generation in generations:
        folder = stores.log.folder(generation)
        for kind in Kind:
            for segment in stores.log.sizes(generation, kind):
                with suppress(FileNotFoundError):  # one without a row goes when its writer ends
                    rows[kind] += overwrite(folder / segment, _rows_of(user))
        with suppress(FileNotFoundError):
            rows["dead_letters"] += overwrite(folder / DEAD_LETTERS, _mentions_of(user))
        rows["models"] += stores.models.forget(generation, lambda each: each == user)
    stores.erasures.add(user, now)  # whoever has read the log meanwhile forgets again
    for generation in generations:
        statistics = stores.generations.folder(generation) / "statistics"
        (statistics / "window.arrays").unlink(missing_ok=True)
    sleep(SETTLING_SECONDS)
    redis_keys += _forget(stores, generations, user)
    _have_redis_rewritten(stores)
    return Receipt(now, len(generations), rows, redis_keys)


def overwrite(path: Path, pattern: "re.Pattern[bytes]") -> int:
    """Overwrite the lines that match, in place; return how many. Raises OSError.

    pattern: matches from the end of the line before to the end of the part that names the user; all
    that follows goes first.
    """
    file = os.open(path, os.O_RDWR)
    try:
        if not os.fstat(file).st_size:
            return 0
        with mmap.mmap(file, 0, access=mmap.ACCESS_READ) as content:
            lines = list(_lines(content, pattern))
        for part in (0, 1):
            for bounds in lines:
                start, end = bounds[part]
                os.pwrite(file, b"#" * (end - start), start)
            if lines:
                os.fsync(file)
        return len(lines)
    finally:
        os.close(file)


def _lines(
    content: "mmap.mmap", pattern: "re.Pattern[bytes]"
) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Yield of each line that matches: what goes first, and what goes then (bytes, from and to)."""
    for found in pattern.finditer(content):
        start = content.rfind(b"\n", 0, found.start(1)) + 1
        end = content.find(b"\n", found.end(1))
        end = len(content) if end < 0 else end
        yield (min(found.end(1), end - 1), end), (start, min(found.end(1), end - 1))


def _rows_of(user: UserId) -> "re.Pattern[bytes]":
    """Match rows of a user: their id is the first field, written as csv does."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([user, ""])
    return re.compile(rb"(?<=\n)(" + re.escape(text.getvalue().encode()) + rb")")


def _mentions_of(user: UserId) -> "re.Pattern[bytes]":
    """Match dead letters that name a user: in quotation marks, or as the first field of a row."""
    name = re.escape(user.encode())
    return re.compile(rb"^(.*(?:['\"]" + name + rb"['\"\\]|['\"]" + name + rb",))", re.MULTILINE)


def _forget(stores: Stores, generations: Sequence[Generation], user: UserId) -> int:
    """Delete what Redis has of a user; return how many keys and entries that were."""
    count = 0
    redis: Any = stores.redis
    for generation in generations:
        keys = Keys(stores.settings.namespace, generation)
        count += sum(redis.unlink(key) for key in (*keys.of_user(user), keys.recorded(user)))
        count += redis.zrem(keys.waiting, user) + redis.zrem(keys.ranked, user)
        count += redis.hdel(keys.failures, user) + redis.hdel(keys.requests, user)
    return count


def _have_redis_rewritten(stores: Stores) -> None:
    """Have each Redis write its append-only file anew: the old one has every command in it.

    One that may not, or is at it, does so later by itself.
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

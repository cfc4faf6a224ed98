"""Erases a user from Redis, the log, the models and the queues.

Segments of the log keep their length, because processes remember offsets in them. A row is
overwritten with `#`, in two steps with an fsync between: first what follows the user's id, then the
id. So a row that is only partly erased still names the user, and a repeated erasure finds it.
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
"""For how long (s) a ranker that has read the user's state may still write their slate."""
REWRITE_SECONDS = 10.0
"""Longest wait (s) until Redis has rewritten its append-only file."""


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
    rows = {str(kind): 0 for kind in Kind} | {"dead_letters": 0, "models": 0}
    for generation in generations:
        folder = stores.log.folder(generation)
        for kind in Kind:
            for segment in stores.log.sizes(generation, kind):
                with suppress(FileNotFoundError):  # its writer deletes an empty segment at the end
                    rows[kind] += overwrite(folder / segment, _rows_of(user))
        with suppress(FileNotFoundError):
            rows["dead_letters"] += overwrite(folder / DEAD_LETTERS, _mentions_of(user))
        rows["models"] += stores.models.forget(generation, lambda each: each == user)
    stores.erasures.add(user, now)  # processes that read the log meanwhile forget the user again
    for generation in generations:
        stores.statistics.window(generation).unlink(missing_ok=True)
    sleep(SETTLING_SECONDS)
    redis_keys += _forget(stores, generations, user)
    _have_redis_rewritten(stores)
    return Receipt(now, len(generations), rows, redis_keys)


def overwrite(path: Path, pattern: re.Pattern[bytes]) -> int:
    """Overwrite the lines that match, in place; return how many. Raises OSError.

    pattern: group 1 ends where the part that names the user ends. What follows it is overwritten
    first.
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
    content: mmap.mmap, pattern: re.Pattern[bytes]
) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Yield for each matching line the two parts to overwrite, in order: (start, end) in bytes."""
    for found in pattern.finditer(content):
        start = content.rfind(b"\n", 0, found.start(1)) + 1
        end = content.find(b"\n", found.end(1))
        end = len(content) if end < 0 else end
        yield (min(found.end(1), end - 1), end), (start, min(found.end(1), end - 1))


def _rows_of(user: UserId) -> re.Pattern[bytes]:
    """Match rows of a user: their id is the first field, written as csv does."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([user, ""])
    return re.compile(rb"(?<=\n)(" + re.escape(text.getvalue().encode()) + rb")")


def _mentions_of(user: UserId) -> re.Pattern[bytes]:
    """Match dead letters that name a user, in quotation marks or as the first field of a row."""
    name = re.escape(user.encode())
    return re.compile(rb"^(.*(?:['\"]" + name + rb"['\"\\]|['\"]" + name + rb",))", re.MULTILINE)


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

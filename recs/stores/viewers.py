"""The page's file of viewers: where it is, under which name it has a user, how one is erased.

app/page/memory.py reads and writes it. It is a SQLite file, which several processes may use.
"""

import hashlib
import hmac
import logging
import sqlite3
from contextlib import closing
from errno import EIO, ETIMEDOUT
from pathlib import Path

from recs.types import UserId

FILE = "page.sqlite3"
KEY_FILE = "page.key"
WAIT_SECONDS = 2.0
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

log = logging.getLogger(__name__)


def name_of(user: str, key: bytes) -> str:
    """Return the name under which the file has a user: a hash with the page's key."""
    return hmac.new(key, user.encode(errors="replace"), hashlib.sha256).hexdigest()


def connect(path: Path) -> sqlite3.Connection:
    """Open the file, or make it. A damaged one is made anew. Raises sqlite3.Error, OSError."""
    try:
        return _open(path)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode not in DAMAGED:
            raise
        log.error("%s is damaged, and made anew: the page's lists are lost: %s", path, error)
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return _open(path)


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, WAIT_SECONDS, isolation_level="IMMEDIATE")
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA secure_delete = ON")  # overwrites with zeros what is deleted
    connection.execute(
        "CREATE TABLE IF NOT EXISTS viewers "
        "(name TEXT PRIMARY KEY, version INTEGER, seen REAL, viewer TEXT)"
    )
    connection.execute("SELECT sum(length(viewer)) FROM viewers").fetchone()  # reads all pages


def forget(data_dir: Path, user: UserId) -> int:
    """Erase a user from the file, its journal included; return how many rows. Raises OSError."""
    path, key = data_dir / FILE, data_dir / KEY_FILE
    if not (path.exists() and key.exists()):
        return 0  # no page has run in this folder
    name = name_of(user, key.read_bytes())
    try:
        with closing(connect(path)) as connection:
            with connection:  # a transaction
                found = connection.execute("DELETE FROM viewers WHERE name = ?", (name,))
            (is_busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error as error:
        raise OSError(EIO, f"cannot forget a viewer: {error}", str(path)) from error
    if is_busy:
        raise TimeoutError(ETIMEDOUT, "somebody reads it", str(path))
    return found.rowcount

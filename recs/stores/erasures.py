"""Which users were erased, and when, so that no message still in a queue restores them.

DATA_DIR/erased.csv has a row for the beginning of each erasure and one for its end: a digest of the
id, keyed with the file's first line, and the time. It does not contain the ids. A process that
appends to the log holds a shared lock on the file; an erasure begins under an exclusive one.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, LOCK_SH
from hashlib import blake2b
from pathlib import Path
from secrets import token_hex
from threading import Lock

from recs.stores.file_locks import locked
from recs.stores.segments import write_all
from recs.types import UserId

log = logging.getLogger(__name__)

FILE = "erased.csv"
DIGEST_BYTES = 16


class Erasures:
    """All erasures of a folder, as far as this process has read them. Any thread may use it."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE
        self._key = b""
        self._read_bytes = 0
        self._rows: list[str] = []
        self._latest: dict[str, float] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        """Return how many rows there are now. Costs one `stat` while nothing changes."""
        self._refresh()
        return len(self._rows)

    def add(self, user: UserId, at: float) -> None:
        """Note that an erasure begins or ends at a time (s). It is on disk when this returns.

        Raises OSError; TimeoutError if another process holds the lock for too long.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with locked(self._path, LOCK_EX, 0o600) as file:
            self._refresh()
            os.ftruncate(file, self._read_bytes)  # an incomplete row: killed process or full disk
            if not self._read_bytes:
                write_all(file, f"{token_hex(DIGEST_BYTES)}\n".encode())
                self._refresh()
            write_all(file, f"{self._digest(user)},{at:.6f}\n".encode())
            os.fsync(file)

    @contextmanager
    def held_off(self) -> Iterator[None]:
        """Let no erasure begin while the body runs. Costs two system calls."""
        if not self._path.exists():
            self._path.parent.mkdir(parents=True, exist_ok=True)
        with locked(self._path, LOCK_SH, 0o600):
            yield

    def erased_at(self, user: UserId) -> float:
        """Return when a user was last erased (s); 0 if never."""
        return self._latest.get(self._digest(user), 0.0) if len(self) else 0.0

    def since(self, place: int) -> tuple[set[str], int]:
        """Return the digests of the rows from index `place` on, and the index after the last."""
        self._refresh()
        rows = self._rows[place:]
        return set(rows), place + len(rows)

    def is_one_of(self, user: UserId, digests: set[str]) -> bool:
        """Say whether a user is among digests that `since` returned."""
        return self._digest(user) in digests

    def _digest(self, user: UserId) -> str:
        return blake2b(user.encode(), key=self._key, digest_size=DIGEST_BYTES).hexdigest()

    def _refresh(self) -> None:
        """Read the complete rows that were appended. Damaged ones count, but name nobody."""
        try:
            if self._path.stat().st_size <= self._read_bytes:
                return
        except FileNotFoundError:
            return
        with self._lock, self._path.open("rb") as file:
            file.seek(self._read_bytes)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self._read_bytes += len(line)
                try:
                    self._take(line.decode(errors="replace").strip())
                except ValueError as error:
                    log.error("%s has a damaged row: %s", self._path, error)
                    self._rows.append("")

    def _take(self, row: str) -> None:
        if not self._key:
            self._key = _key_of(row)
            return
        digest, _, at = row.partition(",")
        self._latest[digest] = max(float(at), self._latest.get(digest, 0.0))
        self._rows.append(digest)


def _key_of(row: str) -> bytes:
    """Read the key; instead of a damaged one use its hash, so that later erasures are known."""
    with suppress(ValueError):
        if key := bytes.fromhex(row):
            return key
    log.error("%s has a damaged key: earlier erasures are not known any more", FILE)
    return blake2b(row.encode(), digest_size=DIGEST_BYTES).digest()

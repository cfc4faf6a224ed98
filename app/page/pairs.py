"""Two together: who looks at one list with whom, by a code that one gives the other.

In the file of app/page/memory.py. Ids of users are kept for a day only.
"""

import json
import secrets
import time

from app.page.memory import Fields, Memory

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without those that look like others."""
CODE_LENGTH = 6
KEPT_SECONDS = 86_400
MEMBERS_AT_MOST = 5


class Pairs:
    """Codes, and who has joined by each."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def begin(self, user_id: str) -> str:
        """Return a new code, by which others can join this user. Raises sqlite3.Error, OSError."""
        code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
        with self._memory.database() as database:
            database.execute("DELETE FROM pairs WHERE seen < ?", (time.time() - KEPT_SECONDS,))
            database.execute(
                "INSERT INTO pairs (code, seen, members) VALUES (?, ?, ?)",
                (code, time.time(), json.dumps([user_id])),
            )
        return code

    def join(self, code: str, user_id: str) -> list[str] | None:
        """Add a user, and return who looks together; None if there is no such code, or it is full.

        Somebody new begins another list.

        Raises sqlite3.Error, OSError.
        """
        with self._memory.database() as database:
            row = database.execute(
                "SELECT members FROM pairs WHERE code = ? AND seen >= ?",
                (code.strip().upper(), time.time() - KEPT_SECONDS),
            ).fetchone()
            if row is None:
                return None
            members: list[str] = json.loads(row[0])
            if user_id not in members:
                if len(members) >= MEMBERS_AT_MOST:
                    return None
                members.append(user_id)
                database.execute(
                    "UPDATE pairs SET members = ?, list = '[]' WHERE code = ?",
                    (json.dumps(members), code.strip().upper()),
                )
        return members

    def read_list(self, code: str) -> list[Fields]:
        """Return what stands on their list; nothing at first. Raises sqlite3.Error, OSError."""
        with self._memory.database() as database:
            row = database.execute("SELECT list FROM pairs WHERE code = ?", (code,)).fetchone()
        return list(json.loads(row[0])) if row else []

    def keep_list(self, code: str, before: list[Fields], entries: list[Fields]) -> list[Fields]:
        """Let entries stand on their list, unless somebody was faster; return what stands there.

        Raises sqlite3.Error, OSError.
        """
        with self._memory.database() as database:
            database.execute(
                "UPDATE pairs SET list = ? WHERE code = ? AND list = ?",
                (json.dumps(entries), code, json.dumps(before)),
            )
        return self.read_list(code)

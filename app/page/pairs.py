"""Two together: who looks at one list with whom, by a code that one gives the other.

In the file of app/page/memory.py. Ids of users are kept for a day only.
"""

import json
import secrets
import time

from app.page.memory import Memory

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
                "INSERT INTO pairs VALUES (?, ?, ?)", (code, time.time(), json.dumps([user_id]))
            )
        return code

    def join(self, code: str, user_id: str) -> list[str] | None:
        """Add a user, and return who looks together; None if there is no such code, or it is full.

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
                    "UPDATE pairs SET members = ? WHERE code = ?",
                    (json.dumps(members), code.strip().upper()),
                )
        return members

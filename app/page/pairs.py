"""Two together: who looks at one list with whom, by a code that one gives the other.

In the memory of the page's one process, for a day, and never on disk: these are ids of users.
"""

import secrets
import time
from dataclasses import dataclass, field
from threading import Lock

from app.page.memory import Fields

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without those that look like others."""
CODE_LENGTH = 6
KEPT_SECONDS = 86_400
CODES_AT_MOST = 10_000
MEMBERS_AT_MOST = 5


@dataclass
class Pair:
    """Who looks together since when, and what stands on their list; nothing at first."""

    since: float
    members: list[str]
    entries: list[Fields] = field(default_factory=list)


class Pairs:
    """Codes, and who has joined by each. Any thread may use it."""

    def __init__(self) -> None:
        self._pairs: dict[str, Pair] = {}
        """By code, the oldest first."""
        self._lock = Lock()

    def begin(self, user_id: str) -> str:
        """Return a new code, by which others can join this user."""
        code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
        with self._lock:
            self._forget_old(CODES_AT_MOST - 1)
            self._pairs[code] = Pair(time.time(), [user_id])
        return code

    def join(self, code: str, user_id: str) -> list[str] | None:
        """Add a user, and return who looks together; None if there is no such code, or it is full.

        Somebody new begins another list.
        """
        with self._lock:
            self._forget_old(CODES_AT_MOST)
            pair = self._pairs.get(code.strip().upper())
            if pair is None:
                return None
            if user_id not in pair.members:
                if len(pair.members) >= MEMBERS_AT_MOST:
                    return None
                pair.members.append(user_id)
                pair.entries = []
            return list(pair.members)

    def read_list(self, code: str) -> list[Fields]:
        """Return what stands on their list; nothing at first."""
        pair = self._pairs.get(code)
        return pair.entries if pair else []

    def keep_list(self, code: str, before: list[Fields], entries: list[Fields]) -> list[Fields]:
        """Let entries stand on their list, unless somebody was faster; return what stands there."""
        with self._lock:
            pair = self._pairs.get(code)
            if pair is None:
                return entries
            if pair.entries == before:
                pair.entries = entries
            return pair.entries

    def _forget_old(self, n_kept: int) -> None:
        """Forget who began more than a day ago, and the oldest if there are more than n_kept."""
        too_many = len(self._pairs) - n_kept
        oldest = time.time() - KEPT_SECONDS
        for place, code in enumerate(list(self._pairs)):
            if place >= too_many and self._pairs[code].since >= oldest:
                break
            del self._pairs[code]

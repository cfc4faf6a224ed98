"""Watch together: the viewers behind each code, and their common list.

User ids are kept only in the memory of the page's one process, for a day, and never on disk.
"""

import secrets
import time
from dataclasses import dataclass, field
from threading import Lock

from app.page.client import Entry

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without letters and digits that look alike."""
CODE_LENGTH = 6
KEPT_SECONDS = 86_400
CODES_AT_MOST = 10_000
MEMBERS_AT_MOST = 5


@dataclass
class Pair:
    """The viewers behind a code, since when, and the entries of their list; empty at first."""

    since: float
    members: list[str]
    entries: list[Entry] = field(default_factory=list)


class Pairs:
    """All codes with their viewers. Any thread may use it."""

    def __init__(self) -> None:
        self._pairs: dict[str, Pair] = {}
        """By code, the oldest first."""
        self._lock = Lock()

    def begin(self, user_id: str) -> str:
        """Return a new code with which others can join this user."""
        code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
        with self._lock:
            self._forget_old(CODES_AT_MOST - 1)
            self._pairs[code] = Pair(time.time(), [user_id])
        return code

    def join(self, code: str, user_id: str) -> list[str] | None:
        """Add a user, and return all members; None for an unknown code or a full one.

        A new member empties the list.
        """
        with self._lock:
            self._forget_old(CODES_AT_MOST)
            pair = self._pairs.get(code)
            if pair is None:
                return None
            if user_id not in pair.members:
                if len(pair.members) >= MEMBERS_AT_MOST:
                    return None
                pair.members.append(user_id)
                pair.entries = []
            return list(pair.members)

    def leave(self, code: str, user_id: str) -> None:
        """Remove a user, and empty the list, which was made for them too."""
        with self._lock:
            pair = self._pairs.get(code)
            if pair and user_id in pair.members:
                pair.members.remove(user_id)
                pair.entries = []

    def read_list(self, code: str) -> list[Entry]:
        """Return the entries of the list; empty at first."""
        pair = self._pairs.get(code)
        return pair.entries if pair else []

    def keep_list(self, code: str, before: list[Entry], entries: list[Entry]) -> list[Entry]:
        """Store entries if the list is still `before`; return the entries of the list."""
        with self._lock:
            pair = self._pairs.get(code)
            if pair is None:
                return entries
            if pair.entries == before:
                pair.entries = entries
            return pair.entries

    def _forget_old(self, n_kept: int) -> None:
        """Forget codes older than a day, and the oldest ones beyond n_kept."""
        too_many = len(self._pairs) - n_kept
        oldest = time.time() - KEPT_SECONDS
        for place, code in enumerate(list(self._pairs)):
            if place >= too_many and self._pairs[code].since >= oldest:
                break
            del self._pairs[code]

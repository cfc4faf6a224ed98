"""The names of our Redis keys. docs/architecture.md lists who writes and who reads them.

The part in braces decides on which node of a Redis Cluster a key is: all keys of a user are on one
node, and so are all keys that users share. A user id may contain any character, braces too. It
stands between a fixed prefix and a fixed suffix, so it cannot form another user's key, and the keys
of one user differ only after the closing brace.
"""

from recs.types import Generation, UserId


def current_generation(namespace: str) -> str:
    """String: id of the current generation. Never expires."""
    return f"{namespace}:generation"


def purged(namespace: str) -> str:
    """Set: generations whose keys are purged. Never expires.

    In Redis, because an older snapshot that brings the keys back must also undo this note.
    """
    return f"{current_generation(namespace)}:purged"


def latest_stamp(namespace: str) -> str:
    """String: latest time (us) that `stamp` returned. In the slot of `current_generation`."""
    return f"{{{current_generation(namespace)}}}:stamp"


def readiness(namespace: str) -> str:
    """String that expires: written and read back to check that Redis accepts writes."""
    return f"{namespace}:readiness"


def sign_of_life(namespace: str, name: str) -> str:
    """String: last sign of life of a worker or of a kind of task. Expires after an hour."""
    return f"{{{namespace}:signs}}:{name}"


def folder(namespace: str) -> str:
    """String that expires: id of the DATA_DIR that all processes using this Redis share."""
    return f"{namespace}:folder"


def tallies(namespace: str) -> str:
    """Hash: sums over all workers, for /metrics: name and labels -> sum. Never expires."""
    return f"{namespace}:tallies"


def last_push(namespace: str, process: str) -> str:
    """String: number of the last push of a process to the tallies, in their slot. Expires."""
    return f"{{{tallies(namespace)}}}:{process}"


class Keys:
    """Names of one generation's keys."""

    def __init__(self, namespace: str, generation: Generation) -> None:
        prefix = f"{namespace}:{generation}"
        self._of_user = f"{{{prefix}:"
        self._shared = f"{{{prefix}}}:"
        self.waiting = self._shared + "waiting"
        """Sorted set: user -> time (s) since when they wait to be ranked, or the end of a lease."""
        self.failures = self._shared + "failures"
        """Hash: user -> number of their rankings that raised, and the end of their pause (s)."""
        self.ranked = self._shared + "ranked"
        """Sorted set: active user -> time (s) of their last ranking."""
        self.reserved = self._shared + "reserved"
        """Sorted set: row -> time (s) until which it is reserved for a prepared slate."""
        self.cold_start = self._shared + "cold_start"
        """List: packed slates for unknown users. Expires."""
        self.applied = self._shared + "applied"
        """Hash: log segment -> how many of its bytes Redis has. In a cluster see `applied_of`."""
        self.delays = self._shared + "delays"
        """List: milliseconds from interaction to slate, newest first. Trimmed."""
        self.samples = self._shared + "samples"
        """List: samples for the dashboard as JSON, newest first. Trimmed."""
        self.requests = self._shared + "requests"
        """Hash: user -> id of their latest request, while LOG_LEVEL is info. Expires."""
        self.asked = self._shared + "asked"
        """String that expires: a `rank` task has been sent."""
        self.spread = self._shared + "spread"
        """String: number of items at the last request to rank active users again. Expires."""
        self.pattern = f"{{{prefix}[:}}]*"
        """Matches every key of this generation, for SCAN."""

    def applied_of(self, number: int) -> str:
        """Like `applied`, for one node of a cluster: `number` decides which node has it."""
        return f"{self._of_user}applied:{number}}}:applied"

    def lock(self, activity: str) -> str:
        """Name the lock of an activity that one process at a time does: a string that expires."""
        return f"{self._shared}lock:{activity}"

    def types(self) -> dict[str, str]:
        """Return the type of each key that users share."""
        locks = map(self.lock, ("statistics", "train", "cold_start"))
        return {
            **dict.fromkeys((self.waiting, self.ranked, self.reserved), "zset"),
            **dict.fromkeys((self.failures, self.applied, self.requests), "hash"),
            **dict.fromkeys((self.cold_start, self.delays, self.samples), "list"),
            **dict.fromkeys((self.asked, self.spread, *locks), "string"),
        }

    def interactions(self, user: UserId) -> str:
        """Hash: row -> + (like), - (dislike), 0 (undone) or w (watched), then timestamp (s).

        Expires.
        """
        return f"{self._of_user}{user}}}:interactions"

    def shown(self, user: UserId) -> str:
        """String: rows shown, little-endian u32, each once, oldest first. Expires."""
        return f"{self._of_user}{user}}}:shown"

    def slate(self, user: UserId) -> str:
        """String: time of last visit (s) and of ranking (ms), u32 each, then entries. Expires."""
        return f"{self._of_user}{user}}}:slate"

    def recorded(self, user: UserId) -> str:
        """String: time (us) of the last new interaction's recording. Expires after a minute."""
        return f"{self._of_user}{user}}}:recorded"

    def of_user(self, user: UserId) -> tuple[str, str, str]:
        """Return the user's interactions, shown and slate: the keys of scripts/*.lua."""
        return self.interactions(user), self.shown(user), self.slate(user)

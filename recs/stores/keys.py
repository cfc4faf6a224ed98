"""Every Redis key, one name each. docs/architecture.md tells who writes and who reads them.

What stands in braces decides where a key lies in a Redis Cluster: a user's keys lie together, and
so do those that all users share. A user id may contain anything, braces too: it stands between a
fixed beginning and a fixed end, so it cannot reach another key, and the keys of one user differ
only after the closing brace.
"""

from recs.types import Generation, UserId


def current_generation(namespace: str) -> str:
    """String: id of the current generation. Never expires."""
    return f"{namespace}:generation"


def latest_stamp(namespace: str) -> str:
    """String: latest time (microseconds) that `stamp` has told. In the same slot as that key."""
    return f"{{{current_generation(namespace)}}}:stamp"


def readiness(namespace: str) -> str:
    """String that expires: written and read back to see whether Redis takes writes."""
    return f"{namespace}:readiness"


def sign_of_life(namespace: str, name: str) -> str:
    """String that expires an hour after its last sign: of a worker, or of a kind of task."""
    return f"{{{namespace}:signs}}:{name}"


def folder(namespace: str) -> str:
    """String that expires: id of the DATA_DIR that the processes on this Redis share."""
    return f"{namespace}:folder"


def tallies(namespace: str) -> str:
    """Hash: what all workers have counted, for /metrics: name and labels -> sum. Never expires."""
    return f"{namespace}:tallies"


class Keys:
    """Names of one generation's keys."""

    def __init__(self, namespace: str, generation: Generation) -> None:
        prefix = f"{namespace}:{generation}"
        self._of_user = f"{{{prefix}:"
        self._shared = f"{{{prefix}}}:"
        self.waiting = self._shared + "waiting"
        """Sorted set: user -> time (s) from when they wait to be ranked, or the end of a lease."""
        self.failures = self._shared + "failures"
        """Hash: user -> how many of their rankings raised, and until when they pause (s)."""
        self.ranked = self._shared + "ranked"
        """Sorted set: active user -> time (s) of their ranking."""
        self.reserved = self._shared + "reserved"
        """Sorted set: row -> time (s) until when a prepared slate explores it."""
        self.cold_start = self._shared + "cold_start"
        """List: packed slates for users never heard of. Expires."""
        self.applied = self._shared + "applied"
        """Hash: log segment -> how many of its bytes Redis has. In a cluster: `applied_of`."""
        self.delays = self._shared + "delays"
        """List: milliseconds from interaction to slate, newest first. Trimmed."""
        self.samples = self._shared + "samples"
        """List: samples for the dashboard as JSON, newest first. Trimmed."""
        self.requests = self._shared + "requests"
        """Hash: user -> id of their latest request, while LOG_LEVEL is info. Expires."""
        self.asked = self._shared + "asked"
        """String that expires: a `rank` task is on its way."""
        self.spread = self._shared + "spread"
        """String: for how many items the active users were asked to be ranked again. Expires."""
        self.pattern = f"{{{prefix}[:}}]*"
        """Matches every key of this generation, for SCAN."""

    def applied_of(self, number: int) -> str:
        """Like `applied`, for one node of a cluster: `number` decides which node has it."""
        return f"{self._of_user}applied:{number}}}:applied"

    def lock(self, activity: str) -> str:
        """Name the lock (string that expires) under which one process at a time does it."""
        return f"{self._shared}lock:{activity}"

    def interactions(self, user: UserId) -> str:
        """Hash: row -> + (like), - (dislike) or 0 (undone), then the timestamp (s). Expires."""
        return f"{self._of_user}{user}}}:interactions"

    def shown(self, user: UserId) -> str:
        """String: rows shown, each once, oldest first, little-endian u32. Expires."""
        return f"{self._of_user}{user}}}:shown"

    def slate(self, user: UserId) -> str:
        """String: when they visited (s) and were ranked (ms), u32 each, then entries. Expires."""
        return f"{self._of_user}{user}}}:slate"

    def recorded(self, user: UserId) -> str:
        """String: when something new was last recorded of them (us). Expires after a minute."""
        return f"{self._of_user}{user}}}:recorded"

    def of_user(self, user: UserId) -> tuple[str, str, str]:
        """Return the user's interactions, shown and slate: what scripts/*.lua take as keys."""
        start = f"{self._of_user}{user}}}:"
        return start + "interactions", start + "shown", start + "slate"

"""Every Redis key, one function each. docs/architecture.md tells who writes and who reads them.

A user id is always the last part of its key: whatever it contains, it cannot reach another key.
The Lua scripts build the same names from the prefix that `prefix` returns.
"""

from recs.types import Generation, UserId


def current_generation(namespace: str) -> str:
    """String: id of the current generation. Never expires."""
    return f"{namespace}:generation"


def prefix(namespace: str, generation: Generation) -> str:
    """Return what every key of a generation begins with. All of them are reaped when it is over."""
    return f"{namespace}:{generation}:"


class Keys:
    """Names of one generation's keys."""

    def __init__(self, namespace: str, generation: Generation) -> None:
        self.prefix = prefix(namespace, generation)
        self.applied = self.prefix + "applied"
        """Hash: log segment -> how many of its bytes Redis has."""
        self.genres = self.prefix + "genres"
        """Hash: item -> genres with | between. An item is known if it is here."""
        self.items = self.prefix + "items"
        """List: known items in order of arrival."""
        self.likes = self.prefix + "likes"
        """Sorted set: item -> viewers who like it now."""
        self.dislikes = self.prefix + "dislikes"
        """Sorted set: item -> viewers who dislike it now."""
        self.impressions = self.prefix + "impressions"
        """Sorted set: item -> how often it was listed."""
        self.totals = self.prefix + "totals"
        """Hash: likes, dislikes, undone, interactions, impressions, lists, events, dead_letters."""
        self.viewers = self.prefix + "viewers"
        """Sorted set: user -> seconds of his last visit or interaction."""
        self.events = self.prefix + "events"
        """Stream: what happened, in order, for the replicas. Trimmed."""
        self.stale = self.prefix + "stale"
        """Sorted set: user -> seconds since when his list waits to be ranked again."""
        self.ranked = self.prefix + "ranked"
        """Sorted set: user -> seconds of the ranking of his present list."""
        self.starters = self.prefix + "starters"
        """List: prepared lists for viewers never heard of, entries joined by \\x1e."""
        self.popular = self.prefix + "popular"
        """List: everyone's entries, best first."""
        self.top = self.prefix + "top"
        """String: the 100 most liked items, JSON."""
        self.samples = self.prefix + "samples"
        """List: figures for the engine room, newest first. Trimmed."""
        self.delays = self.prefix + "delays"
        """List: milliseconds from interaction to list, newest first. Trimmed."""
        self.archived = self.prefix + "archived"
        """String: last event of the stream whose impressions are on disk."""
        self.asked = self.prefix + "asked"
        """String that expires: a refresh is on its way, no need to ask for another."""

    def lock(self, activity: str) -> str:
        """Name the lock (string that expires) under which one process at a time does it."""
        return f"{self.prefix}lock:{activity}"

    def popular_of(self, genre: str) -> str:
        """List: everyone's entries of one genre, best first."""
        return f"{self.prefix}popular:{genre}"

    def reacted(self, user: UserId) -> str:
        """Hash: item -> + (like), - (dislike) or 0 (taken back), and the timestamp."""
        return f"{self.prefix}reacted:{user}"

    def shown(self, user: UserId) -> str:
        """Sorted set: item -> seconds of its last showing. Expires after VIEWER_TTL_SECONDS."""
        return f"{self.prefix}shown:{user}"

    def list_of(self, user: UserId) -> str:
        """List: his ranked entries, served from the left. Expires after VIEWER_TTL_SECONDS."""
        return f"{self.prefix}list:{user}"

"""What a web process knows of everybody: which generation it is, and its items."""

from contextlib import suppress
from threading import Lock
from time import monotonic

from redis.exceptions import RedisError

from app.item_view import ItemView
from recs.stores import Stores
from recs.stores.generations import LEASE_SECONDS, GenerationLease
from recs.types import Generation

REFRESH_SECONDS = LEASE_SECONDS / 3
"""Often enough that a request finds the lease valid, even if one refresh comes late."""
IDLE_AFTER_SECONDS = 2.0
"""Without a request for so long, nobody is served faster by a refresh."""


class SharedView:
    """Of the current generation. Any thread may use it; one refreshes it several times a second."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._lease = GenerationLease(stores.generations)
        self._items = ItemView(stores, Generation(0))
        self._lock = Lock()
        self._asked = -IDLE_AFTER_SECONDS

    def items(self) -> ItemView:
        """Return what is known of the current generation's items.

        Asks nobody while the lease lasts. If neither Redis nor the disk tells which generation it
        is, the one before must do. Raises OSError if there was none.
        """
        self._asked = monotonic()
        try:
            generation = self._lease.now()
        except OSError:
            if not self._items.generation:
                raise
            return self._items
        return self._of(generation)

    def look(self) -> Generation:
        """Ask which generation it is: this process has begun one, or must not be late."""
        return self._lease.look()

    def is_idle(self) -> bool:
        """Say whether no request has asked for items lately."""
        return monotonic() - self._asked > IDLE_AFTER_SECONDS

    def refresh(self) -> None:
        """Look at all of it once. Raises RedisError, OSError."""
        items = self._of(self._lease.look())
        items.refresh()
        items.refill()

    def _of(self, generation: Generation) -> ItemView:
        if self._items.generation != generation:
            with self._lock:
                if self._items.generation < generation:
                    items = ItemView(self._stores, generation)
                    with suppress(RedisError, OSError):  # the next refresh tries again
                        items.refresh()
                        items.refill()
                    self._items = items
        return self._items

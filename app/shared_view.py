"""What a web process knows apart from users: the current generation and its items."""

from contextlib import suppress
from threading import Lock
from time import monotonic

from redis.exceptions import RedisError

from app.item_view import ItemView
from recs.stores import Stores
from recs.stores.generations import LEASE_SECONDS
from recs.types import Generation

REFRESH_SECONDS = LEASE_SECONDS / 3
"""So short that requests find the lease valid even if one refresh is late."""
IDLE_AFTER_SECONDS = 2.0
"""After so long without a request, the view is refreshed less often."""


class SharedView:
    """A view of the current generation. Any thread may use it; one thread refreshes it."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._lease = stores.lease
        self._items = ItemView(stores, Generation(0))
        self._lock = Lock()
        self._asked = -IDLE_AFTER_SECONDS

    def items(self) -> ItemView:
        """Return the items of the current generation.

        Asks no server while the lease lasts. If neither Redis nor the disk tells the generation,
        the previous one is used. Raises OSError if there was none.
        """
        self._asked = monotonic()
        try:
            generation = self._lease.now()
        except OSError:
            if not self._items.generation:
                raise
            return self._items
        return self._of(generation)

    def is_idle(self) -> bool:
        """Say whether no request has asked for items lately."""
        return monotonic() - self._asked > IDLE_AFTER_SECONDS

    def refresh(self) -> None:
        """Ask for the generation and read its items again. Raises RedisError, OSError."""
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

"""Records interactions in Redis before the answer, so that no later list has their items.

Ingest records them again from the log, perhaps seconds later.
"""

import logging
from collections.abc import Sequence

from redis.exceptions import RedisError

from recs.errors import StoreUnavailable
from recs.interactions import Interaction
from recs.stores import Stores
from recs.types import Generation, UserId

log = logging.getLogger(__name__)

UNREAD_BYTES_MOST = 2**20
"""A request reads on no more of the catalogue than that; the background thread reads more."""


class Noting:
    """Records interactions that the broker has confirmed. Never fails: ingest records them, too."""

    def __init__(self, stores: Stores) -> None:
        self._users = stores.users
        self._catalogues = stores.catalogues
        self._generations = stores.generations

    def note(
        self, generation: Generation, interactions: Sequence[Interaction]
    ) -> dict[UserId, int]:
        """Record what can be recorded now, in one pipelined call.

        Returns user -> when (microseconds), for users with something to record. Empty, with a
        warning, while Redis or the disk is away. Items without a row are left out: they are in no
        list.
        """
        if not generation or not interactions:
            return {}
        try:
            node = self._users.node_of(generation, interactions[0].user)
            with self._generations.breaker.of(node):
                return self._record(generation, interactions)
        except (RedisError, StoreUnavailable, OSError) as error:
            held = (
                "interactions are safe, but until ingest has recorded them, lists may hold them: %s"
            )
            log.warning(held, error)
            return {}

    def _record(
        self, generation: Generation, interactions: Sequence[Interaction]
    ) -> dict[UserId, int]:
        catalogue = self._catalogues.of(generation)
        is_known = all(each.item in catalogue.rows for each in interactions)
        if not is_known and catalogue.unread_bytes() <= UNREAD_BYTES_MOST:
            catalogue.refresh()
        rows = [catalogue.rows.get(each.item) for each in interactions]
        return self._users.record(
            generation,
            (
                (each.user, row, each.sign, each.timestamp)
                for each, row in zip(interactions, rows, strict=True)
                if row is not None
            ),
        )

    def refresh(self) -> None:
        """Read what was appended to the catalogue. Raises OSError."""
        if generation := self._generations.on_disk():
            self._catalogues.of(generation).refresh()

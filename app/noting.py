"""What users did is noted in Redis before they are answered, so that no later list holds it.

Ingest records the same again, from the log. It may do so seconds later.
"""

from collections.abc import Sequence
from contextlib import suppress

from redis.exceptions import RedisError

from recs.errors import StoreUnavailable
from recs.interactions import Interaction
from recs.stores.catalogue import Catalogues
from recs.stores.generations import Generations
from recs.stores.users import Users
from recs.types import Generation, UserId

UNREAD_BYTES_MOST = 2**20
"""More than that of a catalogue is read beside the requests, and not by one that waits."""


class Noting:
    """Notes interactions that the broker has confirmed. It never fails: ingest will record them."""

    def __init__(self, users: Users, catalogues: Catalogues, generations: Generations) -> None:
        self._users = users
        self._catalogues = catalogues
        self._generations = generations

    def note(
        self, generation: Generation, interactions: Sequence[Interaction]
    ) -> dict[UserId, int]:
        """Record what can be recorded now: one call, pipelined.

        Returns user -> when that was (microseconds), of those of whom there was something. Nothing
        while Redis or the disk is away. Items without a row are left out: they are in no list.
        """
        if not generation:
            return {}
        with suppress(RedisError, StoreUnavailable, OSError), self._generations.breaker:
            catalogue = self._catalogues.of(generation)
            is_known = all(each.item in catalogue.rows for each in interactions)
            if not is_known and catalogue.unread_bytes() <= UNREAD_BYTES_MOST:
                catalogue.refresh()
            rows = [catalogue.row_or_none(each.item) for each in interactions]
            return self._users.record(
                generation,
                (
                    (each.user, row, each.sign, each.timestamp)
                    for each, row in zip(interactions, rows, strict=True)
                    if row is not None
                ),
            )
        return {}

    def refresh(self) -> None:
        """Read on in the catalogue. Raises OSError."""
        if generation := self._generations.on_disk():
            self._catalogues.of(generation).refresh()

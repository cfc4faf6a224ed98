"""What tests of workers do, and see of it."""

from typing import Any

from recs.interactions import Action, Interaction
from recs.ranking.item_statistics import ItemStatistics
from recs.stores import Stores
from recs.stores.log import Kind
from recs.stores.nodes import nodes
from recs.stores.published import PublishedStatistics
from recs.types import Generation, ItemId, UserId
from workers.ingest import take


def interact(
    stores: Stores, generation: Generation, user: str, item: str, action: Action, at: float = 1.0
) -> None:
    row = Interaction(UserId(user), ItemId(item), action, at).to_row()
    stores.log.append(generation, Kind.INTERACTIONS, [row])


def like(stores: Stores, generation: Generation, user: str, *items: str) -> None:
    """Have ingest take likes."""
    rows = [Interaction(UserId(user), ItemId(item), Action.LIKE, 1).to_row() for item in items]
    take([(generation, rows)], stores)


def show(stores: Stores, generation: Generation, user: str, *rows: int) -> None:
    stores.impressions.note(generation, UserId(user), rows, 1.0)


def published(stores: Stores, generation: Generation) -> tuple[ItemStatistics, dict[str, Any], int]:
    """Map what is published: the statistics, the figures, the number."""
    newest = PublishedStatistics(stores.statistics, generation)
    newest.refresh()
    assert newest.statistics is not None
    return newest.statistics, newest.figures, newest.number


def found(stores: Stores, pattern: str) -> list[bytes]:
    """Return the keys of all nodes of Redis that match."""
    return sorted(key for node in nodes(stores.redis) for key in node.scan_iter(pattern))

"""What tests of rankers do to users and rankers."""

from collections.abc import Sequence
from time import time
from typing import Any

import pytest

from recs.ranking.slates import Entries
from recs.stores import Stores
from recs.types import Generation, ItemId, UserId
from tests.recs.stores.catalogues import add_to
from workers.rank import RankWorker

SECRET = "secret-id-of-a-user"
ITEMS = [f"i{n}" for n in range(60)]


class Clock:
    """What `time()` is for rankers: it moves by hand."""

    def __init__(self) -> None:
        self.now = time() + 60  # later than whatever ingest notes by the real clock

    def __call__(self) -> float:
        return self.now


def add(stores: Stores, generation: Generation, items: Sequence[str]) -> None:
    pairs = [(ItemId(item), ["War", "Drama"][n % 2 :][:1]) for n, item in enumerate(items)]
    add_to(stores.catalogues.of(generation), pairs)


def slate(stores: Stores, generation: Generation, user: str) -> Entries:
    return stores.users.states(generation, [UserId(user)])[0].slate


def slate_of(stores: Stores, generation: Generation, user: str) -> list[str]:
    """Return the items that wait for a user."""
    catalogue = stores.catalogues.of(generation)
    catalogue.refresh()
    return [catalogue.ids[row] for row in slate(stores, generation, user)["row"].tolist()]


def visit(stores: Stores, generation: Generation, user: str, at: float) -> None:
    stores.users.serve(generation, UserId(user), 10, at, b"", b"")


def fail_for(
    worker: RankWorker, monkeypatch: pytest.MonkeyPatch, row: int, error: Exception
) -> list[int]:
    """Let the ranking of users who interacted with a row raise; return when it did, in rankings."""
    draft, times = worker._ranker.draft, []

    def failing(state: Any, *rest: Any) -> Any:
        if row in state.rows:
            times.append(1)
            raise error
        return draft(state, *rest)

    monkeypatch.setattr(worker._ranker, "draft", failing)
    return times

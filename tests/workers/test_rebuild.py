from collections.abc import Callable
from time import time

import pytest

from recs.interactions import Action, Interaction
from recs.stores import Stores
from recs.stores.keys import Keys
from recs.stores.nodes import nodes
from recs.types import Generation, ItemId, UserId
from tests.recs.stores.catalogues import add_to
from workers import rebuild as module
from workers.ingest import take
from workers.rebuild import rebuild

Opinions = Callable[[Generation, str], dict[str, int]]

ANN, BOB, NEW = UserId("ann:1 *"), UserId("боб/2"), UserId("new")
NOW = time()
SAID = [
    (ANN, "alien", Action.LIKE, NOW),
    (ANN, "brazil", Action.DISLIKE, NOW + 1),
    (BOB, "alien", Action.LIKE, NOW + 2),
    (BOB, "alien", Action.DISLIKE, NOW + 3),
    (ANN, "alien", Action.UNDO, NOW + 4),
    (BOB, "unheard of", Action.LIKE, NOW + 5),
]


@pytest.fixture
def lived(stores: Stores, generation: Generation, sent: list[str]) -> Stores:
    """A generation in which all has happened that can happen."""
    catalogue = stores.catalogues.of(generation)
    add_to(
        catalogue, [(ItemId("alien"), ["Horror"]), (ItemId("brazil"), None), (ItemId("cube"), None)]
    )
    for user, item, action, timestamp in SAID:
        take([(generation, [Interaction(user, ItemId(item), action, timestamp).to_row()])], stores)
    for user in (ANN, BOB, NEW):
        stores.users.replay_impressions(generation, [(user, [1, 2], NOW)])
        stores.impressions.note(generation, user, [1, 2], NOW)
    stores.replay.reconcile(generation)
    return stores


def contents(stores: Stores, generation: Generation) -> dict[bytes, object]:
    """Return what Redis holds that is on disk, too."""
    return {
        key: node.get(key) if node.type(key) == b"string" else node.hgetall(key)
        for node in nodes(stores.redis)
        for key in node.scan_iter(Keys(stores.settings.namespace, generation).pattern)
        if not key.endswith((b"waiting", b"asked", b":recorded"))
    }


def test_all_that_is_on_disk_is_as_it_was(lived: Stores, generation: Generation) -> None:
    before = contents(lived, generation)

    counts = rebuild(lived)

    assert contents(lived, generation) == before
    assert counts == {"interactions": 6, "impressions": 3}


def test_what_is_wrong_is_right_again(
    lived: Stores, generation: Generation, opinions: Opinions
) -> None:
    lived.users.record(generation, [(ANN, 2, -1, NOW + 900)])

    rebuild(lived)

    assert opinions(generation, ANN) == {"brazil": -1}
    assert opinions(generation, BOB) == {"alien": -1, "unheard of": 1}


def test_users_wait_to_be_ranked(lived: Stores, generation: Generation) -> None:
    rebuild(lived)

    assert {user for user, _ in lived.waiting.take(generation, 9, time() + 9)} == {ANN, BOB}


def test_keys_of_others_are_left_alone(
    lived: Stores, generation: Generation, namespace: str
) -> None:
    key = f"{{{namespace}-other:{generation}}}:waiting"
    lived.redis.set(key, "theirs", ex=600)

    rebuild(lived)

    assert lived.redis.get(key) == b"theirs"


def test_what_comes_in_while_keys_are_deleted_is_not_lost(
    lived: Stores, generation: Generation, opinions: Opinions, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [Interaction(ANN, ItemId("late"), Action.LIKE, NOW + 9).to_row()]
    delete = module.delete_matching

    def slowly(*args: object) -> list[int]:
        counts = list(delete(*args))  # type: ignore[arg-type]
        take([(generation, rows)], lived)  # this catches up with the whole log
        for key in Keys(lived.settings.namespace, generation).of_user(ANN):
            lived.redis.delete(key)
        return counts

    monkeypatch.setattr(module, "delete_matching", slowly)
    monkeypatch.setattr("recs.stores.replay.RESTED_SECONDS", 0.0)

    rebuild(lived)

    assert opinions(generation, ANN) == {"brazil": -1, "late": 1}


def test_a_rebuild_that_is_cut_off_is_finished_by_reconcile(
    lived: Stores, generation: Generation, opinions: Opinions, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete = module.delete_matching

    def die(*args: object) -> list[int]:
        for _ in delete(*args):  # type: ignore[arg-type]
            pass
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "delete_matching", die)
    monkeypatch.setattr("recs.stores.replay.RESTED_SECONDS", 0.0)
    with pytest.raises(KeyboardInterrupt):
        rebuild(lived)

    lived.replay.reconcile(generation)

    assert opinions(generation, ANN) == {"brazil": -1}

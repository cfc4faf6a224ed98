from pathlib import Path
from typing import Any

import pytest

from recs.reactions import Action, Reaction
from recs.settings import Settings
from recs.stores import Stores, connection
from recs.stores.keys import Keys
from recs.types import Epoch, ItemId, UserId
from workers.ingestion import take


def row(user: str, item: str, action: Action = Action.LIKE, at: float = 1) -> list[str]:
    return Reaction(UserId(user), ItemId(item), action, at).to_row()


def logged(stores: Stores, epoch: Epoch) -> list[str]:
    items: list[str] = stores.log.read_reactions(epoch)["item_id"].tolist()
    return items


def likes(stores: Stores, epoch: Epoch) -> dict[str, int]:
    return {each["item_id"]: each["count"] for each in stores.figures.most(epoch, "likes", 100)}


def dead_letters(stores: Stores, epoch: Epoch) -> list[str]:
    file = stores.epochs.folder(epoch) / "dead-letters.csv"
    return file.read_text().splitlines() if file.exists() else []


def test_reactions_are_logged_and_known_to_redis(stores: Stores, epoch: Epoch) -> None:
    take([(epoch, [row("u", "a"), row("u", "b")]), (epoch, [row("v", "a")])], stores)

    assert logged(stores, epoch) == ["a", "b", "a"]
    assert likes(stores, epoch) == {"a": 2, "b": 1}


def test_a_batch_is_one_write_to_the_log(stores: Stores, epoch: Epoch) -> None:
    spans = []
    append = stores.log.append
    stores.log.append = lambda *args: spans.append(append(*args)) or spans[-1]  # type: ignore[method-assign, func-returns-value]

    take([(epoch, [row("u", f"i{n}")]) for n in range(50)], stores)

    assert len(spans) == 1


def test_a_message_that_comes_again_counts_once(stores: Stores, epoch: Epoch) -> None:
    message = (epoch, [row("u", "a", Action.LIKE, 1), row("u", "a", Action.DISLIKE, 2)])
    take([message], stores)
    take([message], stores)

    totals = stores.figures.totals(epoch)
    assert (totals["likes"], totals["dislikes"], totals["reactions"]) == (0, 1, 2)


def test_a_late_message_of_an_old_epoch_goes_to_the_old_log_alone(
    stores: Stores, epoch: Epoch
) -> None:
    new = stores.epochs.begin()

    take([(epoch, [row("u", "old")]), (new, [row("u", "new")])], stores)

    assert (logged(stores, epoch), logged(stores, new)) == (["old"], ["new"])
    assert (likes(stores, epoch), likes(stores, new)) == ({}, {"new": 1})
    assert stores.viewers.reactions(new, UserId("u")) == {"new": 1}


def test_what_was_stamped_before_any_epoch_goes_to_the_current_one(
    stores: Stores, epoch: Epoch
) -> None:
    take([(0, [row("u", "a")])], stores)

    assert (logged(stores, epoch), likes(stores, epoch)) == (["a"], {"a": 1})


@pytest.mark.parametrize(
    "message",
    [
        (),
        ("now", []),
        (1, {}),
        (1, [], 2),
        (None, []),
        (99_999_999_999_999, [["u", "i", "like", 1]]),
    ],
    ids=repr,
)
def test_a_message_that_is_none_is_set_aside(
    stores: Stores, epoch: Epoch, message: tuple[Any, ...]
) -> None:
    take([message, (epoch, [row("u", "a")])], stores)

    assert logged(stores, epoch) == ["a"]
    assert len(dead_letters(stores, epoch)) == 1
    assert stores.figures.totals(epoch)["dead_letters"] == 1
    assert stores.epochs.current() == epoch


@pytest.mark.parametrize(
    "bad", [None, "u,i,like,1", [], ["u", "i", "love", 1], ["", "i", "like", 1]], ids=repr
)
def test_a_row_that_is_no_reaction_is_set_aside_alone(
    stores: Stores, epoch: Epoch, bad: Any
) -> None:
    take([(epoch, [row("u", "a"), bad, row("u", "b")])], stores)

    assert logged(stores, epoch) == ["a", "b"]
    assert len(dead_letters(stores, epoch)) == 1


def test_a_disk_that_refuses_raises_and_redis_learns_nothing(stores: Stores, epoch: Epoch) -> None:
    folder = stores.epochs.folder(epoch)
    folder.rmdir()
    folder.touch()

    with pytest.raises(OSError, match=str(epoch)):
        take([(epoch, [row("u", "a")])], stores)

    assert likes(stores, epoch) == {}


def test_a_redis_that_is_gone_does_not_keep_reactions_from_the_log(
    settings: Settings, stores: Stores, epoch: Epoch
) -> None:
    with connection.impatient("redis://127.0.0.1:1/0", 0.1) as gone:
        take([(epoch, [row("u", "a")])], Stores.open(settings, gone))

    assert (logged(stores, epoch), likes(stores, epoch)) == (["a"], {})


def test_what_redis_missed_comes_with_the_next_batch(
    stores: Stores, epoch: Epoch, namespace: str, tmp_path: Path
) -> None:
    take([(epoch, [row("u", "a")])], stores)
    for key in list(stores.redis.scan_iter(Keys(namespace, epoch).prefix + "*")):
        stores.redis.delete(key)

    take([(epoch, [row("u", "b")])], stores)

    assert likes(stores, epoch) == {"a": 1, "b": 1}

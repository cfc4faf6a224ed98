from pathlib import Path
from typing import Any

import pytest

from recs.interactions import Action, Interaction
from recs.settings import Settings
from recs.stores import Stores, connection
from recs.stores.keys import Keys
from recs.types import Generation, ItemId, UserId
from workers.ingestion import take


def row(user: str, item: str, action: Action = Action.LIKE, at: float = 1) -> list[str]:
    return Interaction(UserId(user), ItemId(item), action, at).to_row()


def logged(stores: Stores, generation: Generation) -> list[str]:
    items: list[str] = stores.log.read_interactions(generation)["item_id"].tolist()
    return items


def likes(stores: Stores, generation: Generation) -> dict[str, int]:
    return {each["item_id"]: each["count"] for each in stores.figures.most(generation, "likes", 100)}


def dead_letters(stores: Stores, generation: Generation) -> list[str]:
    file = stores.generations.folder(generation) / "dead-letters.csv"
    return file.read_text().splitlines() if file.exists() else []


def test_interactions_are_logged_and_known_to_redis(stores: Stores, generation: Generation) -> None:
    take([(generation, [row("u", "a"), row("u", "b")]), (generation, [row("v", "a")])], stores)

    assert logged(stores, generation) == ["a", "b", "a"]
    assert likes(stores, generation) == {"a": 2, "b": 1}


def test_a_batch_is_one_write_to_the_log(stores: Stores, generation: Generation) -> None:
    spans = []
    append = stores.log.append
    stores.log.append = lambda *args: spans.append(append(*args)) or spans[-1]  # type: ignore[method-assign, func-returns-value]

    take([(generation, [row("u", f"i{n}")]) for n in range(50)], stores)

    assert len(spans) == 1


def test_a_message_that_comes_again_counts_once(stores: Stores, generation: Generation) -> None:
    message = (generation, [row("u", "a", Action.LIKE, 1), row("u", "a", Action.DISLIKE, 2)])
    take([message], stores)
    take([message], stores)

    totals = stores.figures.totals(generation)
    assert (totals["likes"], totals["dislikes"], totals["interactions"]) == (0, 1, 2)


def test_a_late_message_of_an_old_generation_goes_to_the_old_log_alone(
    stores: Stores, generation: Generation
) -> None:
    new = stores.generations.begin()

    take([(generation, [row("u", "old")]), (new, [row("u", "new")])], stores)

    assert (logged(stores, generation), logged(stores, new)) == (["old"], ["new"])
    assert (likes(stores, generation), likes(stores, new)) == ({}, {"new": 1})
    assert stores.viewers.interactions(new, UserId("u")) == {"new": 1}


def test_what_was_stamped_before_any_generation_goes_to_the_current_one(
    stores: Stores, generation: Generation
) -> None:
    take([(0, [row("u", "a")])], stores)

    assert (logged(stores, generation), likes(stores, generation)) == (["a"], {"a": 1})


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
    stores: Stores, generation: Generation, message: tuple[Any, ...]
) -> None:
    take([message, (generation, [row("u", "a")])], stores)

    assert logged(stores, generation) == ["a"]
    assert len(dead_letters(stores, generation)) == 1
    assert stores.figures.totals(generation)["dead_letters"] == 1
    assert stores.generations.current() == generation


@pytest.mark.parametrize(
    "bad", [None, "u,i,like,1", [], ["u", "i", "love", 1], ["", "i", "like", 1]], ids=repr
)
def test_a_row_that_is_no_interaction_is_set_aside_alone(
    stores: Stores, generation: Generation, bad: Any
) -> None:
    take([(generation, [row("u", "a"), bad, row("u", "b")])], stores)

    assert logged(stores, generation) == ["a", "b"]
    assert len(dead_letters(stores, generation)) == 1


def test_a_disk_that_refuses_raises_and_redis_learns_nothing(stores: Stores, generation: Generation) -> None:
    folder = stores.generations.folder(generation)
    folder.rmdir()
    folder.touch()

    with pytest.raises(OSError, match=str(generation)):
        take([(generation, [row("u", "a")])], stores)

    assert likes(stores, generation) == {}


def test_a_redis_that_is_gone_does_not_keep_interactions_from_the_log(
    settings: Settings, stores: Stores, generation: Generation
) -> None:
    with connection.impatient("redis://127.0.0.1:1/0", 0.1) as gone:
        take([(generation, [row("u", "a")])], Stores.open(settings, gone))

    assert (logged(stores, generation), likes(stores, generation)) == (["a"], {})


def test_what_redis_missed_comes_with_the_next_batch(
    stores: Stores, generation: Generation, namespace: str, tmp_path: Path
) -> None:
    take([(generation, [row("u", "a")])], stores)
    for key in list(stores.redis.scan_iter(Keys(namespace, generation).prefix + "*")):
        stores.redis.delete(key)

    take([(generation, [row("u", "b")])], stores)

    assert likes(stores, generation) == {"a": 1, "b": 1}

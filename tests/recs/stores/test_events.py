import pytest

from recs.interactions import Action, Interaction
from recs.stores import Stores
from recs.stores.events import GapInEvents, Position
from recs.stores.keys import Keys
from recs.stores.log import Kind
from recs.types import Generation, ItemId, UserId


def like(stores: Stores, generation: Generation, *items: str) -> None:
    rows = [Interaction(UserId("u"), ItemId(each), Action.LIKE, 1).to_row() for each in items]
    span = stores.log.append(generation, Kind.INTERACTIONS, rows)
    stores.state.apply(generation, Kind.INTERACTIONS, span, rows)


def test_what_happened_is_told_in_order(stores: Stores, generation: Generation) -> None:
    stores.catalogue.add(generation, [(ItemId("a"), ()), (ItemId("b,\"'"), ())])
    like(stores, generation, "a")
    stores.lists.serve(UserId("v"), 1, newest=generation)

    told = [
        (event.kind, event.user, event.items, event.sign)
        for event in stores.events.after(generation, Position(), 10)
    ]

    assert told[:2] == [("c", "", ("a", "b,\"'"), "0"), ("r", "u", ("a",), "+")]
    assert told[2][:2] == ("i", "v")


def test_reading_goes_on_after_a_position(stores: Stores, generation: Generation) -> None:
    like(stores, generation, *"abcde")
    first = stores.events.after(generation, Position(), 2)
    rest = stores.events.after(generation, first[-1].position, 10)

    assert [event.items[0] for event in first + rest] == list("abcde")
    assert stores.events.after(generation, rest[-1].position, 10) == []
    assert stores.events.end(generation) == rest[-1].position


def test_a_fact_that_does_not_change_is_no_event(stores: Stores, generation: Generation) -> None:
    like(stores, generation, "a")
    like(stores, generation, "a")

    assert len(stores.events.after(generation, Position(), 10)) == 1


def test_a_known_title_that_comes_again_is_no_event(stores: Stores, generation: Generation) -> None:
    for genres in (("Drama",), ("Drama",), ()):
        stores.catalogue.add(generation, [(ItemId("a"), genres)])

    assert len(stores.events.after(generation, Position(), 10)) == 1


def test_a_reader_behind_a_trimmed_stream_is_told_so(
    stores: Stores, generation: Generation, namespace: str
) -> None:
    like(stores, generation, *"abc")
    stores.redis.xtrim(Keys(namespace, generation).events, maxlen=1, approximate=False)

    with pytest.raises(GapInEvents):
        stores.events.after(generation, Position(), 10)

    left = stores.events.after(generation, stores.events.before_oldest(generation), 10)
    assert [event.items for event in left] == [("c",)]


def test_a_reader_of_a_stream_that_is_gone_is_told_so(
    stores: Stores, generation: Generation, namespace: str
) -> None:
    like(stores, generation, "a")
    end = stores.events.end(generation)
    stores.redis.delete(Keys(namespace, generation).events)

    with pytest.raises(GapInEvents):
        stores.events.after(generation, end, 10)


def test_a_reader_of_a_redis_that_went_back_is_told_so(
    stores: Stores, generation: Generation, namespace: str
) -> None:
    keys = Keys(namespace, generation)
    like(stores, generation, "a")
    snapshot = {key: stores.redis.dump(key) for key in stores.redis.scan_iter(f"{keys.prefix}*")}
    like(stores, generation, "b", "c")
    end = stores.events.end(generation)
    for key in list(stores.redis.scan_iter(f"{keys.prefix}*")):
        stores.redis.delete(key)
    for key, value in snapshot.items():
        stores.redis.restore(key, 0, value)
    like(stores, generation, "d")

    with pytest.raises(GapInEvents):
        stores.events.after(generation, end, 10)


def test_nothing_has_happened_in_a_new_generation(stores: Stores, generation: Generation) -> None:
    assert stores.events.end(generation) == stores.events.before_oldest(generation) == Position()
    assert stores.events.after(generation, Position(), 10) == []

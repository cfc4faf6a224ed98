import pytest

from recs.reactions import Action, Reaction
from recs.stores import Stores
from recs.stores.events import GapInEvents, Position
from recs.stores.keys import Keys
from recs.stores.log import Kind
from recs.types import Epoch, ItemId, UserId


def like(stores: Stores, epoch: Epoch, *items: str) -> None:
    rows = [Reaction(UserId("u"), ItemId(each), Action.LIKE, 1).to_row() for each in items]
    span = stores.log.append(epoch, Kind.REACTIONS, rows)
    stores.state.apply(epoch, Kind.REACTIONS, span, rows)


def test_what_happened_is_told_in_order(stores: Stores, epoch: Epoch) -> None:
    stores.catalogue.add(epoch, [(ItemId("a"), ()), (ItemId("b,\"'"), ())])
    like(stores, epoch, "a")
    stores.lists.serve(UserId("v"), 1, newest=epoch)

    told = [
        (event.kind, event.user, event.items, event.sign)
        for event in stores.events.after(epoch, Position(), 10)
    ]

    assert told[:2] == [("c", "", ("a", "b,\"'"), "0"), ("r", "u", ("a",), "+")]
    assert told[2][:2] == ("i", "v")


def test_reading_goes_on_after_a_position(stores: Stores, epoch: Epoch) -> None:
    like(stores, epoch, *"abcde")
    first = stores.events.after(epoch, Position(), 2)
    rest = stores.events.after(epoch, first[-1].position, 10)

    assert [event.items[0] for event in first + rest] == list("abcde")
    assert stores.events.after(epoch, rest[-1].position, 10) == []
    assert stores.events.end(epoch) == rest[-1].position


def test_a_fact_that_does_not_change_is_no_event(stores: Stores, epoch: Epoch) -> None:
    like(stores, epoch, "a")
    like(stores, epoch, "a")

    assert len(stores.events.after(epoch, Position(), 10)) == 1


def test_a_known_title_that_comes_again_is_no_event(stores: Stores, epoch: Epoch) -> None:
    for genres in (("Drama",), ("Drama",), ()):
        stores.catalogue.add(epoch, [(ItemId("a"), genres)])

    assert len(stores.events.after(epoch, Position(), 10)) == 1


def test_a_reader_behind_a_trimmed_stream_is_told_so(
    stores: Stores, epoch: Epoch, namespace: str
) -> None:
    like(stores, epoch, *"abc")
    stores.redis.xtrim(Keys(namespace, epoch).events, maxlen=1, approximate=False)

    with pytest.raises(GapInEvents):
        stores.events.after(epoch, Position(), 10)

    left = stores.events.after(epoch, stores.events.before_oldest(epoch), 10)
    assert [event.items for event in left] == [("c",)]


def test_a_reader_of_a_stream_that_is_gone_is_told_so(
    stores: Stores, epoch: Epoch, namespace: str
) -> None:
    like(stores, epoch, "a")
    end = stores.events.end(epoch)
    stores.redis.delete(Keys(namespace, epoch).events)

    with pytest.raises(GapInEvents):
        stores.events.after(epoch, end, 10)


def test_a_reader_of_a_redis_that_went_back_is_told_so(
    stores: Stores, epoch: Epoch, namespace: str
) -> None:
    keys = Keys(namespace, epoch)
    like(stores, epoch, "a")
    snapshot = {key: stores.redis.dump(key) for key in stores.redis.scan_iter(f"{keys.prefix}*")}
    like(stores, epoch, "b", "c")
    end = stores.events.end(epoch)
    for key in list(stores.redis.scan_iter(f"{keys.prefix}*")):
        stores.redis.delete(key)
    for key, value in snapshot.items():
        stores.redis.restore(key, 0, value)
    like(stores, epoch, "d")

    with pytest.raises(GapInEvents):
        stores.events.after(epoch, end, 10)


def test_nothing_has_happened_in_a_new_epoch(stores: Stores, epoch: Epoch) -> None:
    assert stores.events.end(epoch) == stores.events.before_oldest(epoch) == Position()
    assert stores.events.after(epoch, Position(), 10) == []

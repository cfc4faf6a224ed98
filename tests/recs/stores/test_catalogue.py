from recs.stores import Stores
from recs.types import Epoch, ItemId


def test_titles_come_back_in_order_of_arrival(stores: Stores, epoch: Epoch) -> None:
    stores.catalogue.add(epoch, [(ItemId("b"), ("Drama", "War")), (ItemId("a"), ())])
    stores.catalogue.add(epoch, [(ItemId("c"), ("War",))])

    assert stores.catalogue.since(epoch, 0) == [
        ("b", ("Drama", "War")),
        ("a", ()),
        ("c", ("War",)),
    ]
    assert stores.catalogue.since(epoch, 2) == [("c", ("War",))]
    assert stores.catalogue.since(epoch, 3) == []


def test_a_title_that_comes_again_keeps_its_place_and_takes_new_genres(
    stores: Stores, epoch: Epoch
) -> None:
    for genres in (("Drama",), ("War",), ()):
        stores.catalogue.add(epoch, [(ItemId("a"), genres), (ItemId("a"), genres)])

    assert stores.catalogue.size(epoch) == 1
    assert stores.catalogue.since(epoch, 0) == [("a", ("War",))]


def test_only_known_titles_have_genres(stores: Stores, epoch: Epoch) -> None:
    stores.catalogue.add(epoch, [(ItemId("a"), ("Drama",))])

    assert stores.catalogue.genres_of(epoch, ["x", "a", ""]) == [("a", ("Drama",))]
    assert stores.catalogue.genres_of(epoch, []) == []


def test_genres_are_counted_the_most_frequent_first(stores: Stores, epoch: Epoch) -> None:
    stores.catalogue.add(
        epoch, [(ItemId("a"), ("War", "Drama")), (ItemId("b"), ("Drama",)), (ItemId("c"), ())]
    )

    assert list(stores.catalogue.genre_counts(epoch).items()) == [("Drama", 2), ("War", 1)]


def test_what_redis_knows_is_on_disk_too(stores: Stores, epoch: Epoch) -> None:
    titles = [(ItemId('a,"b'), ("Film-Noir", "Сказка")), (ItemId("c"), ())]
    stores.catalogue.add(epoch, titles)

    assert stores.log.read_catalogue(epoch) == dict(titles)


def test_adding_nothing_leaves_no_trace(stores: Stores, epoch: Epoch) -> None:
    stores.catalogue.add(epoch, [])

    assert stores.log.sizes(epoch) == {}
    assert stores.catalogue.size(epoch) == 0


def test_titles_that_redis_missed_come_with_the_next_ones(
    stores: Stores, epoch: Epoch, namespace: str
) -> None:
    stores.catalogue.add(epoch, [(ItemId("a"), ())])
    for key in list(stores.redis.scan_iter(f"{namespace}:{epoch}:*")):
        stores.redis.delete(key)

    stores.catalogue.add(epoch, [(ItemId("b"), ())])

    assert [item for item, _ in stores.catalogue.since(epoch, 0)] == ["a", "b"]


def test_a_new_epoch_knows_no_titles(stores: Stores, epoch: Epoch) -> None:
    stores.catalogue.add(epoch, [(ItemId("a"), ())])
    new = stores.epochs.begin()
    stores.catalogue.add(epoch, [(ItemId("late"), ())])

    assert stores.catalogue.size(new) == 0
    assert stores.catalogue.genre_counts(new) == {}

from recs.stores import Stores
from recs.types import Generation, ItemId


def test_titles_come_back_in_order_of_arrival(stores: Stores, generation: Generation) -> None:
    stores.catalogue.add(generation, [(ItemId("b"), ("Drama", "War")), (ItemId("a"), ())])
    stores.catalogue.add(generation, [(ItemId("c"), ("War",))])

    assert stores.catalogue.since(generation, 0) == [
        ("b", ("Drama", "War")),
        ("a", ()),
        ("c", ("War",)),
    ]
    assert stores.catalogue.since(generation, 2) == [("c", ("War",))]
    assert stores.catalogue.since(generation, 3) == []


def test_a_title_that_comes_again_keeps_its_place_and_takes_new_genres(
    stores: Stores, generation: Generation
) -> None:
    for genres in (("Drama",), ("War",), ()):
        stores.catalogue.add(generation, [(ItemId("a"), genres), (ItemId("a"), genres)])

    assert stores.catalogue.size(generation) == 1
    assert stores.catalogue.since(generation, 0) == [("a", ("War",))]


def test_only_known_titles_have_genres(stores: Stores, generation: Generation) -> None:
    stores.catalogue.add(generation, [(ItemId("a"), ("Drama",))])

    assert stores.catalogue.genres_of(generation, ["x", "a", ""]) == [("a", ("Drama",))]
    assert stores.catalogue.genres_of(generation, []) == []


def test_genres_are_counted_the_most_frequent_first(stores: Stores, generation: Generation) -> None:
    stores.catalogue.add(
        generation, [(ItemId("a"), ("War", "Drama")), (ItemId("b"), ("Drama",)), (ItemId("c"), ())]
    )

    assert list(stores.catalogue.genre_counts(generation).items()) == [("Drama", 2), ("War", 1)]


def test_what_redis_knows_is_on_disk_too(stores: Stores, generation: Generation) -> None:
    titles = [(ItemId('a,"b'), ("Film-Noir", "Сказка")), (ItemId("c"), ())]
    stores.catalogue.add(generation, titles)

    assert stores.log.read_catalogue(generation) == dict(titles)


def test_adding_nothing_leaves_no_trace(stores: Stores, generation: Generation) -> None:
    stores.catalogue.add(generation, [])

    assert stores.log.sizes(generation) == {}
    assert stores.catalogue.size(generation) == 0


def test_titles_that_redis_missed_come_with_the_next_ones(
    stores: Stores, generation: Generation, namespace: str
) -> None:
    stores.catalogue.add(generation, [(ItemId("a"), ())])
    for key in list(stores.redis.scan_iter(f"{namespace}:{generation}:*")):
        stores.redis.delete(key)

    stores.catalogue.add(generation, [(ItemId("b"), ())])

    assert [item for item, _ in stores.catalogue.since(generation, 0)] == ["a", "b"]


def test_a_new_generation_knows_no_titles(stores: Stores, generation: Generation) -> None:
    stores.catalogue.add(generation, [(ItemId("a"), ())])
    new = stores.generations.begin()
    stores.catalogue.add(generation, [(ItemId("late"), ())])

    assert stores.catalogue.size(new) == 0
    assert stores.catalogue.genre_counts(new) == {}

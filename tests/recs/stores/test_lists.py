from concurrent.futures import ThreadPoolExecutor

import pytest

from recs.explanations import Entry
from recs.interactions import Action, Interaction
from recs.stores import Stores
from recs.stores.keys import Keys
from recs.stores.log import Kind
from recs.types import Generation, ItemId, UserId

ODD = [
    "a/b",
    "50%",
    "a b",
    "a:b",
    "*",
    "фильм",
    "🎬",
    '"',
    "a,b",
    "'",
    "\\",
    "[x]",
    "{x}",
    "|",
    "-",
]


def add(stores: Stores, generation: Generation, *items: str) -> None:
    stores.catalogue.add(generation, [(ItemId(item), ("Drama",)) for item in items])


def react(stores: Stores, generation: Generation, user: str, item: str, action: Action, at: float) -> None:
    row = Interaction(UserId(user), ItemId(item), action, at).to_row()
    span = stores.log.append(generation, Kind.INTERACTIONS, [row])
    stores.state.apply(generation, Kind.INTERACTIONS, span, [row])


def entry(item: str) -> Entry:
    return Entry(ItemId(item), "popular", 0.5, (ItemId("x"),), ("Drama",))


def rank(stores: Stores, generation: Generation, user: str, *items: str) -> bool:
    return stores.lists.write(generation, {UserId(user): [entry(item) for item in items]})


def serve(stores: Stores, generation: Generation, user: str, k: int = 10) -> list[str]:
    listed = stores.lists.serve(UserId(user), k, newest=generation)
    assert listed is not None
    return [each.item for each in listed]


def names(count: int, start: int = 0) -> list[str]:
    return [f"i{n}" for n in range(start, start + count)]


def test_nothing_is_served_before_an_generation_has_begun(stores: Stores) -> None:
    assert stores.lists.serve(UserId("u"), 10, newest=Generation(0)) is None


def test_nothing_is_served_from_an_empty_catalogue(stores: Stores, generation: Generation) -> None:
    assert stores.lists.serve(UserId("u"), 10, newest=generation) is None


def test_nothing_is_served_of_an_generation_older_than_the_newest(stores: Stores, generation: Generation) -> None:
    add(stores, generation, *names(20))

    assert stores.lists.serve(UserId("u"), 10, newest=Generation(generation + 1)) is None


def test_a_catalogue_smaller_than_the_list_is_served_whole(stores: Stores, generation: Generation) -> None:
    add(stores, generation, "a", "b", "c")

    assert sorted(serve(stores, generation, "u")) == ["a", "b", "c"]
    assert sorted(serve(stores, generation, "u")) == ["a", "b", "c"]


def test_a_viewer_gets_what_was_ranked_for_him_page_by_page(stores: Stores, generation: Generation) -> None:
    add(stores, generation, *names(30))
    rank(stores, generation, "u", "i7", "i3", "i9", "i1")

    assert serve(stores, generation, "u", k=2) == ["i7", "i3"]
    assert serve(stores, generation, "u", k=2) == ["i9", "i1"]


def test_a_list_of_one_viewer_is_not_served_to_another(stores: Stores, generation: Generation) -> None:
    add(stores, generation, *names(400))
    rank(stores, generation, "u", *names(10))
    stores.lists.write_popular(generation, {None: [entry(item) for item in names(10, 100)]})

    assert serve(stores, generation, "v") == names(10, 100)
    assert serve(stores, generation, "u") == names(10)


@pytest.mark.parametrize("action", [Action.LIKE, Action.DISLIKE])
def test_what_he_reacted_to_is_never_served(stores: Stores, generation: Generation, action: Action) -> None:
    add(stores, generation, *names(12))
    rank(stores, generation, "u", *names(12))
    stores.lists.write_popular(generation, {None: [entry(item) for item in names(12)]})
    for item in names(5):
        react(stores, generation, "u", item, action, 1)

    for _ in range(4):
        assert sorted(serve(stores, generation, "u")) == sorted(names(7, 5))


def test_a_viewer_who_reacted_to_everything_gets_an_empty_list(
    stores: Stores, generation: Generation
) -> None:
    add(stores, generation, "a", "b")
    for item in ("a", "b"):
        react(stores, generation, "u", item, Action.LIKE, 1)

    assert serve(stores, generation, "u") == []


def test_what_he_took_back_may_be_served_again(stores: Stores, generation: Generation) -> None:
    add(stores, generation, "a", "b")
    react(stores, generation, "u", "a", Action.LIKE, 1)
    react(stores, generation, "u", "a", Action.UNDO, 2)

    assert sorted(serve(stores, generation, "u")) == ["a", "b"]


def test_a_list_holds_no_title_twice(stores: Stores, generation: Generation) -> None:
    add(stores, generation, *names(15))
    rank(stores, generation, "u", "i0", "i0", "i1")
    stores.lists.write_popular(generation, {None: [entry(item) for item in ("i1", "i2", "i2")]})

    for _ in range(3):
        served = serve(stores, generation, "u")
        assert len(served) == len(set(served)) == 10


def test_unseen_titles_come_first_then_those_shown_longest_ago(
    stores: Stores, generation: Generation
) -> None:
    add(stores, generation, *names(25))

    first, second = serve(stores, generation, "u"), serve(stores, generation, "u")
    third, fourth = serve(stores, generation, "u"), serve(stores, generation, "u")

    assert not set(first) & set(second)
    assert len({*first, *second, *third}) == 25
    assert set(third[5:]) < set(first)
    assert set(fourth) <= {*first, *second}


def test_who_has_reacted_to_a_thousand_titles_still_gets_a_full_list(
    stores: Stores, generation: Generation, namespace: str
) -> None:
    add(stores, generation, *names(2_300))
    reacted, seen = names(1_150), names(1_100, start=1_150)
    keys = Keys(namespace, generation)
    stores.redis.zadd(keys.shown(UserId("u")), {item: n for n, item in enumerate(reacted + seen)})
    stores.redis.hset(keys.reacted(UserId("u")), mapping=dict.fromkeys(reacted, "+1"))

    lists = [serve(stores, generation, "u") for _ in range(6)]

    assert {len(set(each)) for each in lists} == {10}
    assert {item for each in lists[:5] for item in each} == set(names(50, start=2_250))
    assert set(lists[5]) <= set(seen)


@pytest.mark.parametrize("size", [1, 9, 10, 11, 99, 100, 101, 250])
def test_every_title_of_a_small_catalogue_is_found(stores: Stores, generation: Generation, size: int) -> None:
    add(stores, generation, *names(size))

    seen = {item for _ in range(-(-size // 50)) for item in serve(stores, generation, "u", k=50)}

    assert seen == set(names(size))


def test_a_title_that_is_not_in_the_catalogue_is_not_served(stores: Stores, generation: Generation) -> None:
    add(stores, generation, "a")
    react(stores, generation, "u", "unknown", Action.LIKE, 1)
    react(stores, generation, "u", "unknown", Action.UNDO, 2)

    assert serve(stores, generation, "u") == ["a"]
    assert serve(stores, generation, "v") == ["a"]


def test_each_prepared_list_goes_to_one_newcomer(stores: Stores, generation: Generation) -> None:
    add(stores, generation, *names(300))
    starters = [names(10, 10 * n) for n in range(20)]
    stores.lists.write_starters(generation, [[entry(item) for item in each] for each in starters])

    with ThreadPoolExecutor(8) as pool:
        served = list(pool.map(lambda n: serve(stores, generation, f"u{n}"), range(20)))

    assert sorted(served) == sorted(starters)


def test_a_newcomer_keeps_the_rest_of_his_prepared_list(
    stores: Stores, generation: Generation, namespace: str
) -> None:
    add(stores, generation, *names(30))
    stores.lists.write_starters(generation, [[entry(item) for item in names(20)]])

    assert serve(stores, generation, "u") + serve(stores, generation, "u") == names(20)
    assert stores.redis.ttl(Keys(namespace, generation).shown(UserId("u"))) > 0


def test_the_rest_of_a_prepared_list_expires(stores: Stores, generation: Generation, namespace: str) -> None:
    add(stores, generation, *names(30))
    stores.lists.write_starters(generation, [[entry(item) for item in names(20)]])
    serve(stores, generation, "u")

    assert stores.redis.ttl(Keys(namespace, generation).list_of(UserId("u"))) > 0


def test_a_known_viewer_takes_no_prepared_list(stores: Stores, generation: Generation) -> None:
    add(stores, generation, *names(30))
    react(stores, generation, "u", "i29", Action.LIKE, 1)
    stores.lists.write_starters(generation, [[entry(item) for item in names(10)]])
    serve(stores, generation, "u")

    assert serve(stores, generation, "newcomer") == names(10)


def test_showings_are_recorded_in_the_same_call(
    stores: Stores, generation: Generation, namespace: str
) -> None:
    add(stores, generation, *names(30))
    served = serve(stores, generation, "u")

    keys = Keys(namespace, generation)
    assert set(stores.redis.zrange(keys.shown(UserId("u")), 0, -1)) == set(served)
    assert dict(stores.redis.zrange(keys.impressions, 0, -1, withscores=True)) == {
        item: 1 for item in served
    }
    assert stores.figures.totals(generation)["impressions"] == 10
    assert stores.figures.totals(generation)["lists"] == 1


def test_a_viewer_whose_list_runs_short_waits_to_be_ranked(stores: Stores, generation: Generation) -> None:
    add(stores, generation, *names(60))
    rank(stores, generation, "long", *names(40))
    rank(stores, generation, "short", *names(15))
    serve(stores, generation, "long")
    serve(stores, generation, "short")

    assert [user for user, _ in stores.viewers.take_stale(generation, 10)] == ["short"]


def test_lists_written_for_an_old_generation_are_refused(stores: Stores, generation: Generation) -> None:
    new = stores.generations.begin()
    add(stores, new, *names(3))

    assert not rank(stores, generation, "u", "ghost")
    assert not stores.lists.write_starters(generation, [[entry("ghost")]])
    assert not stores.lists.write_popular(generation, {None: [entry("ghost")]})
    assert "ghost" not in serve(stores, new, "u")


def test_lists_are_replaced_not_joined(stores: Stores, generation: Generation, namespace: str) -> None:
    add(stores, generation, *names(30))
    rank(stores, generation, "u", "i0", "i1")
    rank(stores, generation, "u", "i2")

    assert stores.redis.llen(Keys(namespace, generation).list_of(UserId("u"))) == 1
    assert serve(stores, generation, "u", k=1) == ["i2"]


def test_popular_lists_are_kept_by_genre(stores: Stores, generation: Generation) -> None:
    stores.lists.write_popular(
        generation, {None: [entry("a"), entry("b")], "Drama": [entry("b")], "Film: Noir": [entry("a")]}
    )

    assert [each.item for each in stores.lists.popular(generation)] == ["a", "b"]
    assert [each.item for each in stores.lists.popular(generation, "Film: Noir")] == ["a"]
    assert stores.lists.popular(generation, "War") == []


def test_an_entry_brings_its_reason_along(stores: Stores, generation: Generation) -> None:
    add(stores, generation, "a")
    rank(stores, generation, "u", "a")
    listed = stores.lists.serve(UserId("u"), 1, newest=generation)

    assert listed is not None
    assert listed[0].explain() == {
        "item_id": "a",
        "source": "popular",
        "score": 0.5,
        "because": ["x"],
        "genres": ["Drama"],
    }


def test_a_title_out_of_the_bare_catalogue_explains_itself_as_exploration(
    stores: Stores, generation: Generation
) -> None:
    add(stores, generation, "a")
    listed = stores.lists.serve(UserId("u"), 1, newest=generation)

    assert listed is not None
    assert listed[0].explain()["source"] == "explore"


def test_odd_ids_of_viewers_do_not_cross_over(stores: Stores, generation: Generation) -> None:
    add(stores, generation, *ODD, *names(200))
    for n, user in enumerate(ODD):
        rank(stores, generation, user, *names(5, 5 * n))

    assert [serve(stores, generation, user, k=5) for user in ODD] == [
        names(5, 5 * n) for n in range(len(ODD))
    ]


def test_odd_ids_of_titles_are_served_as_they_came(stores: Stores, generation: Generation) -> None:
    add(stores, generation, *ODD)
    rank(stores, generation, "u", *ODD)
    react(stores, generation, "u", ODD[0], Action.DISLIKE, 1)

    assert serve(stores, generation, "u", k=20) == ODD[1:]


def test_two_namespaces_on_one_redis_do_not_see_each_other(
    stores: Stores, generation: Generation, other_stores: Stores
) -> None:
    other_generation = other_stores.generations.begin()
    add(stores, generation, "mine")
    add(other_stores, other_generation, "theirs")

    assert serve(stores, generation, "u") == ["mine"]
    assert serve(other_stores, other_generation, "u") == ["theirs"]

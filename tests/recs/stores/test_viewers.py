from time import time

from recs.interactions import Action, Interaction
from recs.stores import Stores
from recs.stores.keys import Keys
from recs.stores.log import Kind
from recs.types import Generation, ItemId, UserId

LIKE, DISLIKE, UNDO = Action.LIKE, Action.DISLIKE, Action.UNDO


def react(stores: Stores, generation: Generation, *said: tuple[str, str, Action, float]) -> None:
    rows = [Interaction(UserId(u), ItemId(i), action, at).to_row() for u, i, action, at in said]
    span = stores.log.append(generation, Kind.INTERACTIONS, rows)
    stores.state.apply(generation, Kind.INTERACTIONS, span, rows)


def waiting(stores: Stores, generation: Generation) -> list[str]:
    return [user for user, _ in stores.viewers.take_stale(generation, 100)]


def test_interactions_come_newest_first_without_those_taken_back(stores: Stores, generation: Generation) -> None:
    react(
        stores,
        generation,
        ("u", "b", LIKE, 2),
        ("u", "a", DISLIKE, 3),
        ("u", "c", LIKE, 1),
        ("u", "d", LIKE, 4),
        ("u", "d", UNDO, 5),
    )

    assert list(stores.viewers.interactions(generation, UserId("u")).items()) == [
        ("a", -1),
        ("b", 1),
        ("c", 1),
    ]


def test_histories_tell_everything_in_order(stores: Stores, generation: Generation) -> None:
    stores.catalogue.add(generation, [(ItemId("x"), ())])
    react(stores, generation, ("u", "b", LIKE, 2), ("u", "a", DISLIKE, 3), ("u", "c", UNDO, 1))
    stores.lists.serve(UserId("u"), 1, newest=generation)
    stores.lists.serve(UserId("v"), 1, newest=generation)

    told = {
        user: (list(tastes.items()), shown)
        for user, tastes, shown in stores.viewers.histories(generation)
    }

    assert told == {"u": ([("c", 0), ("b", 1), ("a", -1)], ["x"]), "v": ([], ["x"])}


def test_histories_of_many_viewers_are_told_in_portions(stores: Stores, generation: Generation) -> None:
    react(stores, generation, *((f"u{n}", "i", LIKE, 1.0) for n in range(1_001)))

    assert len({user for user, _, _ in stores.viewers.histories(generation)}) == 1_001


def test_who_waits_longest_is_taken_first_and_once(stores: Stores, generation: Generation) -> None:
    react(stores, generation, ("a", "i", LIKE, 1))
    react(stores, generation, ("b", "i", LIKE, 1))
    react(stores, generation, ("a", "j", LIKE, 1))

    assert waiting(stores, generation) == ["a", "b"]
    assert waiting(stores, generation) == []


def test_who_is_put_back_waits_as_long_as_before(stores: Stores, generation: Generation) -> None:
    react(stores, generation, ("a", "i", LIKE, 1))
    taken = stores.viewers.take_stale(generation, 10)
    react(stores, generation, ("b", "i", LIKE, 1))

    stores.viewers.put_back(generation, taken)

    assert waiting(stores, generation) == ["a", "b"]


def test_all_viewers_can_be_made_to_wait_behind_those_who_do(stores: Stores, generation: Generation) -> None:
    react(stores, generation, ("a", "i", LIKE, 1), ("b", "i", LIKE, 1))
    waiting(stores, generation)
    react(stores, generation, ("b", "j", LIKE, 2))

    stores.viewers.mark_stale(generation, seen_since=0)

    (first, since), (second, sentinel) = stores.viewers.take_stale(generation, 10)
    assert (first, second) == ("b", "a")
    assert since < time() + 1 < sentinel


def test_only_those_who_were_here_lately_are_marked_however_many_they_are(
    stores: Stores, generation: Generation, namespace: str
) -> None:
    keys = Keys(namespace, generation)
    lately = {f"here{n:04}": 5_000.0 + n for n in range(1_200)}
    stores.redis.zadd(keys.viewers, {"away": 4_999.0, **lately})

    assert stores.viewers.mark_stale(generation, seen_since=5_000) == 1_200
    assert {user for user, _ in stores.viewers.take_stale(generation, 2_000)} == lately.keys()


def test_a_viewer_who_was_taken_and_never_ranked_comes_first_by_age(
    stores: Stores, generation: Generation
) -> None:
    stores.lists.write(generation, {UserId("ranked"): []})
    react(stores, generation, ("lost", "i", LIKE, 1))
    waiting(stores, generation)

    assert stores.viewers.longest_unranked(generation, time() - 10, 0, 10) == ["lost"]


def test_viewers_who_stay_away_are_left_out_however_many_there_are(
    stores: Stores, generation: Generation, namespace: str
) -> None:
    keys = Keys(namespace, generation)
    away = {f"away{n:04}": float(n) for n in range(1_200)}
    stores.redis.zadd(keys.viewers, {**away, "here": 5_000.0})
    stores.redis.zadd(keys.ranked, {**dict.fromkeys(away, 1.0), "here": 2.0})

    rounds = [stores.viewers.longest_unranked(generation, 10, 2_000, 400) for _ in range(4)]

    assert rounds == [[], [], [], ["here"]]
    assert stores.redis.zrange(keys.ranked, 0, -1) == ["here"]


def test_a_viewer_who_comes_back_is_ranked_again(
    stores: Stores, generation: Generation, namespace: str
) -> None:
    keys = Keys(namespace, generation)
    stores.redis.zadd(keys.viewers, {"u": 1.0})
    stores.redis.zadd(keys.ranked, {"u": 1.0})
    assert stores.viewers.longest_unranked(generation, 10, 2, 10) == []

    react(stores, generation, ("u", "i", LIKE, 1))

    assert stores.viewers.longest_unranked(generation, 10, 2, 10) == ["u"]

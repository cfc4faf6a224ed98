from time import time

from recs.reactions import Action, Reaction
from recs.stores import Stores
from recs.stores.keys import Keys
from recs.stores.log import Kind
from recs.types import Epoch, ItemId, UserId

LIKE, DISLIKE, UNDO = Action.LIKE, Action.DISLIKE, Action.UNDO


def react(stores: Stores, epoch: Epoch, *said: tuple[str, str, Action, float]) -> None:
    rows = [Reaction(UserId(u), ItemId(i), action, at).to_row() for u, i, action, at in said]
    span = stores.log.append(epoch, Kind.REACTIONS, rows)
    stores.state.apply(epoch, Kind.REACTIONS, span, rows)


def waiting(stores: Stores, epoch: Epoch) -> list[str]:
    return [user for user, _ in stores.viewers.take_stale(epoch, 100)]


def test_reactions_come_newest_first_without_those_taken_back(stores: Stores, epoch: Epoch) -> None:
    react(
        stores,
        epoch,
        ("u", "b", LIKE, 2),
        ("u", "a", DISLIKE, 3),
        ("u", "c", LIKE, 1),
        ("u", "d", LIKE, 4),
        ("u", "d", UNDO, 5),
    )

    assert list(stores.viewers.reactions(epoch, UserId("u")).items()) == [
        ("a", -1),
        ("b", 1),
        ("c", 1),
    ]


def test_histories_tell_everything_in_order(stores: Stores, epoch: Epoch) -> None:
    stores.catalogue.add(epoch, [(ItemId("x"), ())])
    react(stores, epoch, ("u", "b", LIKE, 2), ("u", "a", DISLIKE, 3), ("u", "c", UNDO, 1))
    stores.lists.serve(UserId("u"), 1, newest=epoch)
    stores.lists.serve(UserId("v"), 1, newest=epoch)

    told = {
        user: (list(tastes.items()), shown)
        for user, tastes, shown in stores.viewers.histories(epoch)
    }

    assert told == {"u": ([("c", 0), ("b", 1), ("a", -1)], ["x"]), "v": ([], ["x"])}


def test_histories_of_many_viewers_are_told_in_portions(stores: Stores, epoch: Epoch) -> None:
    react(stores, epoch, *((f"u{n}", "i", LIKE, 1.0) for n in range(1_001)))

    assert len({user for user, _, _ in stores.viewers.histories(epoch)}) == 1_001


def test_who_waits_longest_is_taken_first_and_once(stores: Stores, epoch: Epoch) -> None:
    react(stores, epoch, ("a", "i", LIKE, 1))
    react(stores, epoch, ("b", "i", LIKE, 1))
    react(stores, epoch, ("a", "j", LIKE, 1))

    assert waiting(stores, epoch) == ["a", "b"]
    assert waiting(stores, epoch) == []


def test_who_is_put_back_waits_as_long_as_before(stores: Stores, epoch: Epoch) -> None:
    react(stores, epoch, ("a", "i", LIKE, 1))
    taken = stores.viewers.take_stale(epoch, 10)
    react(stores, epoch, ("b", "i", LIKE, 1))

    stores.viewers.put_back(epoch, taken)

    assert waiting(stores, epoch) == ["a", "b"]


def test_all_viewers_can_be_made_to_wait_behind_those_who_do(stores: Stores, epoch: Epoch) -> None:
    react(stores, epoch, ("a", "i", LIKE, 1), ("b", "i", LIKE, 1))
    waiting(stores, epoch)
    react(stores, epoch, ("b", "j", LIKE, 2))

    stores.viewers.mark_stale(epoch, seen_since=0)

    (first, since), (second, sentinel) = stores.viewers.take_stale(epoch, 10)
    assert (first, second) == ("b", "a")
    assert since < time() + 1 < sentinel


def test_only_those_who_were_here_lately_are_marked_however_many_they_are(
    stores: Stores, epoch: Epoch, namespace: str
) -> None:
    keys = Keys(namespace, epoch)
    lately = {f"here{n:04}": 5_000.0 + n for n in range(1_200)}
    stores.redis.zadd(keys.viewers, {"away": 4_999.0, **lately})

    assert stores.viewers.mark_stale(epoch, seen_since=5_000) == 1_200
    assert {user for user, _ in stores.viewers.take_stale(epoch, 2_000)} == lately.keys()


def test_a_viewer_who_was_taken_and_never_ranked_comes_first_by_age(
    stores: Stores, epoch: Epoch
) -> None:
    stores.lists.write(epoch, {UserId("ranked"): []})
    react(stores, epoch, ("lost", "i", LIKE, 1))
    waiting(stores, epoch)

    assert stores.viewers.longest_unranked(epoch, time() - 10, 0, 10) == ["lost"]


def test_viewers_who_stay_away_are_left_out_however_many_there_are(
    stores: Stores, epoch: Epoch, namespace: str
) -> None:
    keys = Keys(namespace, epoch)
    away = {f"away{n:04}": float(n) for n in range(1_200)}
    stores.redis.zadd(keys.viewers, {**away, "here": 5_000.0})
    stores.redis.zadd(keys.ranked, {**dict.fromkeys(away, 1.0), "here": 2.0})

    rounds = [stores.viewers.longest_unranked(epoch, 10, 2_000, 400) for _ in range(4)]

    assert rounds == [[], [], [], ["here"]]
    assert stores.redis.zrange(keys.ranked, 0, -1) == ["here"]


def test_a_viewer_who_comes_back_is_ranked_again(
    stores: Stores, epoch: Epoch, namespace: str
) -> None:
    keys = Keys(namespace, epoch)
    stores.redis.zadd(keys.viewers, {"u": 1.0})
    stores.redis.zadd(keys.ranked, {"u": 1.0})
    assert stores.viewers.longest_unranked(epoch, 10, 2, 10) == []

    react(stores, epoch, ("u", "i", LIKE, 1))

    assert stores.viewers.longest_unranked(epoch, 10, 2, 10) == ["u"]

from dataclasses import replace
from time import time

import pytest

from recs.interactions import Action, Interaction
from recs.settings import Settings
from recs.stores import Stores
from recs.stores.keys import Keys
from recs.stores.vectors import Vectors, connect
from recs.types import Generation, ItemId, UserId
from workers import caching
from workers.caching import Cache, Pace
from workers.ingestion import take

TITLES = [f"i{n}" for n in range(60)]


@pytest.fixture
def vectors(settings: Settings) -> Vectors:
    return Vectors(connect(settings), settings.namespace, embedded=True)


@pytest.fixture
def cache(stores: Stores, settings: Settings, vectors: Vectors) -> Cache:
    return Cache(stores, settings, vectors)


@pytest.fixture
def keys(namespace: str, generation: Generation) -> Keys:
    return Keys(namespace, generation)


@pytest.fixture(autouse=True)
def _catalogue(stores: Stores, generation: Generation) -> None:
    stores.catalogue.add(
        generation, [(ItemId(item), ["Drama" if n % 2 else "War"]) for n, item in enumerate(TITLES)]
    )


def react(stores: Stores, generation: Generation, user: str, *items: str) -> None:
    rows = [Interaction(UserId(user), ItemId(item), Action.LIKE, 1).to_row() for item in items]
    take([(generation, rows)], stores)


def list_of(stores: Stores, keys: Keys, user: str) -> list[str]:
    entries = stores.redis.lrange(keys.list_of(UserId(user)), 0, -1)
    return [str(entry).partition("\n")[0] for entry in entries]


def test_a_viewer_who_waits_gets_a_list_without_what_he_reacted_to(
    cache: Cache, stores: Stores, generation: Generation, keys: Keys
) -> None:
    react(stores, generation, "u", "i1", "i2")

    cache.refresh()

    ranked = list_of(stores, keys, "u")
    assert len(ranked) == len(set(ranked)) == 30
    assert not {"i1", "i2"} & set(ranked)
    assert stores.viewers.take_stale(generation, 10) == []


def test_everyones_lists_and_those_of_genres_are_written(
    cache: Cache, stores: Stores, generation: Generation
) -> None:
    react(stores, generation, "u", "i7")

    cache.refresh()

    assert {each.item for each in stores.lists.popular(generation)} == set(TITLES)
    assert {each.item for each in stores.lists.popular(generation, "War")} == set(TITLES[::2])


def test_newcomers_find_different_lists(cache: Cache, stores: Stores, generation: Generation) -> None:
    cache.refresh()

    first, second = (stores.lists.serve(UserId(user), 10, newest=generation) for user in "uv")

    assert first != second


def test_how_long_interactions_took_is_noted(cache: Cache, stores: Stores, generation: Generation) -> None:
    react(stores, generation, "u", "i1")

    cache.refresh()

    (delay,) = stores.figures.delays(generation)
    assert 0 <= delay < 5_000


def test_a_whole_crowd_is_ranked(
    cache: Cache, stores: Stores, generation: Generation, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caching, "VIEWERS_A_CALL", 2)
    monkeypatch.setattr(caching, "PATIENCE_SECONDS", 60)
    users = [f"u{n}" for n in range(7)]
    for user in users:
        react(stores, generation, user, "i1")

    while cache.refresh():
        pass

    assert all(list_of(stores, keys, user) for user in users)


def test_newcomers_need_not_wait_for_a_whole_crowd(
    cache: Cache, stores: Stores, generation: Generation, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caching, "VIEWERS_A_CALL", 1)
    for number in range(7):
        react(stores, generation, f"u{number}", "i1")

    assert cache.refresh() is True
    assert stores.redis.exists(keys.starters)
    assert len(stores.viewers.take_stale(generation, 10)) == 6


def test_who_has_no_patience_asks_for_another_turn(
    cache: Cache, stores: Stores, generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caching, "VIEWERS_A_CALL", 1)
    monkeypatch.setattr(caching, "PATIENCE_SECONDS", 0.0001)
    react(stores, generation, "u", "i1")
    react(stores, generation, "v", "i1")

    assert cache.refresh() is True


def test_a_viewer_whose_ranking_failed_waits_again(
    cache: Cache, stores: Stores, generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    react(stores, generation, "u", "i1")
    monkeypatch.setattr(stores.lists, "write", lambda *_: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        cache.refresh()

    assert [user for user, _ in stores.viewers.take_stale(generation, 10)] == ["u"]


def test_a_viewer_whose_worker_died_is_ranked_all_the_same(
    cache: Cache, stores: Stores, generation: Generation, keys: Keys
) -> None:
    react(stores, generation, "u", "i1")
    stores.viewers.take_stale(generation, 10)  # and dies

    cache.refresh()

    assert list_of(stores, keys, "u")


def test_lists_that_are_old_are_ranked_again_in_turn(
    cache: Cache, stores: Stores, generation: Generation, keys: Keys
) -> None:
    react(stores, generation, "u", "i1")
    cache.refresh()
    stores.redis.zadd(keys.ranked, {"u": time() - 60})
    stores.redis.delete(keys.list_of(UserId("u")))

    cache.refresh()

    assert list_of(stores, keys, "u")
    assert float(stores.redis.zscore(keys.ranked, "u") or 0) > time() - 30


def test_lists_that_are_fresh_are_left_alone(
    cache: Cache, stores: Stores, generation: Generation, keys: Keys
) -> None:
    react(stores, generation, "u", "i1")
    cache.refresh()
    stores.redis.delete(keys.list_of(UserId("u")))

    cache.refresh()

    assert list_of(stores, keys, "u") == []


def test_new_titles_come_into_the_lists_of_those_who_are_here_at_once(
    stores: Stores, settings: Settings, vectors: Vectors, generation: Generation, keys: Keys
) -> None:
    cache = Cache(stores, replace(settings, learn_every_seconds=0), vectors)
    react(stores, generation, "u", "i1", "i3")
    stores.lists.serve(UserId("u"), 10, newest=generation)
    cache.refresh()
    stores.catalogue.add(generation, [(ItemId("new"), ["Drama"])])

    cache.refresh()
    cache.refresh()

    assert "new" in list_of(stores, keys, "u")


def test_a_cache_that_fell_behind_loads_the_generation_anew(
    cache: Cache, stores: Stores, generation: Generation, keys: Keys
) -> None:
    cache.refresh()
    react(stores, generation, "u", "i1")
    react(stores, generation, "u", "i2")
    stores.redis.xtrim(keys.events, maxlen=0, approximate=False)

    cache.refresh()

    assert len(list_of(stores, keys, "u")) == 30
    assert not {"i1", "i2"} & set(list_of(stores, keys, "u"))


def test_after_a_cleanup_nothing_of_the_old_generation_is_written(
    stores: Stores, settings: Settings, vectors: Vectors, generation: Generation, namespace: str
) -> None:
    cache = Cache(stores, replace(settings, learn_every_seconds=0), vectors)
    react(stores, generation, "u", "i1")
    cache.refresh()
    new = stores.generations.begin()
    stores.catalogue.add(new, [(ItemId("new"), ())])
    react(stores, new, "u", "x")

    cache.refresh()

    assert list_of(stores, Keys(namespace, new), "u") == ["new"]
    assert [each.item for each in stores.lists.popular(new)] == ["new"]


def test_two_caches_share_the_viewers_and_follow_everything(
    stores: Stores, settings: Settings, vectors: Vectors, generation: Generation, keys: Keys
) -> None:
    caches = [Cache(stores, settings, vectors) for _ in range(2)]
    for user in ("u", "v", "u", "v"):
        react(stores, generation, user, f"i{len(user)}", "i5")
        for each in caches:
            each.refresh()

    assert list_of(stores, keys, "u")
    assert list_of(stores, keys, "v")
    assert [_likes_known_to(each) for each in caches] == [4, 4]


def _likes_known_to(cache: Cache) -> int:
    assert cache._replica is not None
    return cache._replica.ranker.history.total_likes


def test_a_pace_is_due_at_first_and_then_after_its_period() -> None:
    now = [100.0]
    pace = Pace(2.0, lambda: now[0])

    at_first = pace.due()
    pace.done()
    now[0] += 1.9
    too_early = pace.due()
    now[0] += 0.1

    assert (at_first, too_early, pace.due()) == (True, False, True)

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recs.ranker import Ranker
from recs.ranking_settings import RankingSettings
from recs.interactions import Action, Interaction
from recs.stores import Stores
from recs.stores.events import GapInEvents
from recs.stores.keys import Keys
from recs.types import Generation, ItemId, UserId
from workers.ingestion import take
from workers.replica import Replica

USERS, ITEMS = "uvw", "abcdef"
SOMEBODY, SOMETHING = st.sampled_from(USERS), st.sampled_from(ITEMS)
HAPPENINGS = st.lists(
    st.one_of(
        st.tuples(st.just("react"), SOMEBODY, SOMETHING, st.sampled_from(list(Action))),
        st.tuples(st.just("add"), SOMETHING, st.sampled_from(["", "Drama", "War"])),
        st.tuples(st.just("serve"), SOMEBODY, st.integers(1, 4)),
        st.tuples(st.just("follow")),
    ),
    max_size=25,
)


def replica_of(stores: Stores, generation: Generation) -> Replica:
    return Replica(stores, generation, RankingSettings(), nearest=None)


def happen(stores: Stores, generation: Generation, at: float, what: str, *how: Any) -> None:
    if what == "react":
        user, item, action = how
        take([(generation, [Interaction(UserId(user), ItemId(item), action, at).to_row()])], stores)
    elif what == "add":
        item, genre = how
        stores.catalogue.add(generation, [(ItemId(item), [genre] if genre else [])])
    elif what == "serve":
        user, k = how
        stores.lists.serve(UserId(user), k, newest=generation)


def picture(ranker: Ranker) -> dict[str, object]:
    """Return all that a ranker has taken in, by ids. What no viewer or title has is left out.

    So is the order of opinions: who says the same again says nothing new to those who follow.
    """
    history = ranker.history
    ids = history.ids

    def counts(column: Any) -> dict[str, float]:
        return {ids[row]: n for row, n in enumerate(column.view.tolist()) if n}

    return {
        "likes": counts(history.likes),
        "dislikes": counts(history.dislikes),
        "shown": counts(history.shown),
        "totals": (history.total_likes, history.total_dislikes),
        "seen": {
            user: {ids[row] for row in viewer.shown}
            for user, viewer in history.viewers.items()
            if viewer.shown
        },
        "opinions": {
            user: {ids[row]: taste for row, taste in zip(*history.opinions_of(viewer), strict=True)}
            for user, viewer in history.viewers.items()
            if len(history.opinions_of(viewer)[0])
        },
        "genres": {
            item: {
                name
                for name, column in ranker.genres.columns.items()
                if ranker.genres.table.view[row, column]
            }
            for row, item in enumerate(ids)
            if ranker._known.view[row]
        },
    }


@given(happenings=HAPPENINGS)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_replica_that_follows_equals_one_that_is_freshly_loaded(
    stores: Stores, happenings: list[tuple[Any, ...]]
) -> None:
    generation = stores.generations.begin()
    replica = replica_of(stores, generation)
    for at, happening in enumerate(happenings, start=1):
        if happening == ("follow",):
            replica.follow()
        else:
            happen(stores, generation, at, *happening)
    replica.follow()

    assert picture(replica.ranker) == picture(replica_of(stores, generation).ranker)


def test_a_replica_learns_what_happened_since(stores: Stores, generation: Generation) -> None:
    replica = replica_of(stores, generation)
    happen(stores, generation, 1, "add", "a", "Drama")
    happen(stores, generation, 2, "react", "u", "a", Action.LIKE)

    assert replica.follow() == 2
    assert replica.follow() == 0
    assert picture(replica.ranker)["likes"] == {"a": 1}


def test_a_known_title_takes_new_genres(stores: Stores, generation: Generation) -> None:
    happen(stores, generation, 1, "add", "a", "Drama")
    replica = replica_of(stores, generation)
    happen(stores, generation, 2, "add", "a", "War")
    replica.follow()

    assert picture(replica.ranker)["genres"] == {"a": {"War"}}


def test_more_events_than_a_call_takes_are_followed(
    stores: Stores, generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.replica.EVENTS_A_CALL", 2)
    replica = replica_of(stores, generation)
    for at, item in enumerate(ITEMS):
        happen(stores, generation, at, "react", "u", item, Action.LIKE)

    assert replica.follow() == len(ITEMS)


def test_a_replica_behind_a_trimmed_stream_says_so(
    stores: Stores, generation: Generation, namespace: str
) -> None:
    replica = replica_of(stores, generation)
    for at, item in enumerate(ITEMS):
        happen(stores, generation, at, "react", "u", item, Action.LIKE)
    stores.redis.xtrim(Keys(namespace, generation).events, maxlen=2, approximate=False)

    with pytest.raises(GapInEvents):
        replica.follow()


def test_nothing_of_an_older_generation_is_in_a_replica(stores: Stores, generation: Generation) -> None:
    happen(stores, generation, 1, "add", "a", "Drama")
    happen(stores, generation, 1, "react", "u", "a", Action.LIKE)
    new = stores.generations.begin()

    assert picture(replica_of(stores, new).ranker) == picture(Ranker(RankingSettings()))

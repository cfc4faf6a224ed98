from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from recs.ranking.ease import Ease
from recs.ranking.item_statistics import ItemStatistics
from recs.ranking.item_vectors import ItemVectors
from recs.ranking.ranker import Ranker, explored_in
from recs.ranking.reservations import Wish
from recs.ranking.settings import RankingSettings
from recs.ranking.slates import ENTRY, NO_ENTRIES, SOURCES, Entries
from recs.ranking.sources import Sources
from recs.ranking.user_state import UserState
from recs.ranking.window import Window
from recs.types import FloatArray, IntArray, Row, UserId
from simulator.reservations import LocalReservations
from tests.recs.ranking.tables import counts, genre_table, item_statistics, pools, rows, user

PLAIN = RankingSettings(
    list_length=3, exploration_slots=0, exploration_slots_for_newcomers=0, overlap_weight=0.0
)
"""Lists of three, the best scored in order."""
RATES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
KNOWN_ENOUGH = item_statistics(RATES)
"""Every item was shown twice."""
HALF_KNOWN = item_statistics(RATES, items=counts(impressions=[0, 0, 0, 0, 0, 5, 5, 5]))
"""Items 0 to 4 were never shown."""


def claim(wishes: Sequence[Wish]) -> list[list[Row]]:
    """Give everybody what they want."""
    return [list(wish.preferred[: wish.count]) for wish in wishes]


def none(wishes: Sequence[Wish]) -> list[list[Row]]:
    return [[] for _ in wishes]


def slate_of(
    state: UserState,
    statistics: ItemStatistics = KNOWN_ENOUGH,
    settings: RankingSettings = PLAIN,
    n_lists: int = 1,
    vectors: ItemVectors | None = None,
) -> Entries:
    sources = Sources(statistics, vectors)
    return Ranker(settings).rank([state], sources, claim, n_lists)[0]


def rows_of(slate: Entries) -> list[Row]:
    return [int(row) for row in slate["row"]]


def sources_in(slate: Entries) -> list[str]:
    return [SOURCES[number] for number in slate["source"]]


# What is in a slate


def test_a_newcomer_gets_what_most_people_like() -> None:
    slate = slate_of(user())

    assert rows_of(slate) == [7, 6, 5]
    assert_allclose(slate["score"], np.log([0.8, 0.7, 0.6]), rtol=1e-6)
    assert sources_in(slate) == ["popular"] * 3


def test_several_lists_stand_one_after_the_other() -> None:
    assert rows_of(slate_of(user(), n_lists=2)) == [7, 6, 5, 4, 3, 2]


def test_a_small_catalogue_gives_what_it_has() -> None:
    assert rows_of(slate_of(user(), n_lists=9)) == [7, 6, 5, 4, 3, 2, 1, 0]


def test_an_empty_catalogue_gives_an_empty_slate() -> None:
    slate = slate_of(user(likes=[0], shown=[1]), item_statistics([]))

    assert slate.dtype == ENTRY
    assert len(slate) == 0


def test_what_a_user_was_shown_or_interacted_with_does_not_come() -> None:
    state = user(likes=[7], dislikes=[6], shown=[5, 4])

    assert sorted(rows_of(slate_of(state, n_lists=9))) == [0, 1, 2, 3]


def test_an_item_of_no_catalogue_does_not_come() -> None:
    statistics = item_statistics(RATES, unknown=[7, 5], of=pools(popular=range(8)))

    assert rows_of(slate_of(user(), statistics)) == [6, 4, 3]


def test_what_others_like_with_a_users_likes_comes_first() -> None:
    statistics = item_statistics(RATES, liked={7: {2: 9.0}})

    slate = slate_of(user(likes=[7]), statistics)

    assert rows_of(slate)[0] == 2
    assert sources_in(slate)[0] == "similar"


def test_a_like_brings_items_of_its_genre_at_once() -> None:
    genres = genre_table(*[("even",), ("odd",)] * 4)
    settings = replace(PLAIN, genre_weight=9.0)

    slate = slate_of(user(likes=[0]), item_statistics(RATES, genres=genres), settings)

    assert rows_of(slate) == [6, 4, 2]
    assert sources_in(slate) == ["genre"] * 3


def test_a_dislike_turns_a_list_away_from_its_genre() -> None:
    genres = genre_table(*[("even",), ("odd",)] * 4)
    settings = replace(PLAIN, genre_weight=9.0)

    slate = slate_of(user(dislikes=[7]), item_statistics(RATES, genres=genres), settings)

    assert rows_of(slate) == [6, 4, 2]


def test_lists_are_varied() -> None:
    genres = genre_table(*[("even",)] * 5, *[("odd",)] * 3)
    settings = replace(PLAIN, overlap_weight=9.0)

    assert rows_of(slate_of(user(), item_statistics(RATES, genres=genres), settings)) == [7, 4, 6]


def test_the_model_brings_items_near_to_a_users_likes() -> None:
    vectors = np.tile(np.array([0, 1], np.float32), (8, 1))
    vectors[[7, 3]] = 1, 0
    settings = replace(PLAIN, prior_model_likes=0.0, model_weight=2.0, position_weight=0.0)

    slate = slate_of(user(likes=[7]), KNOWN_ENOUGH, settings, vectors=ItemVectors(vectors))

    assert rows_of(slate)[0] == 3
    assert sources_in(slate)[0] == "personal"


def test_nearest_items_are_asked_for_by_the_users_vector() -> None:
    asked: list[FloatArray] = []

    def nearest(vector: FloatArray, count: int) -> IntArray:
        asked.append(vector)
        return rows(1)

    vectors = ItemVectors(np.array([[0.6, 0.8]], np.float32))
    statistics = replace(KNOWN_ENOUGH, pools=pools())
    sources = Sources(statistics, vectors, nearest)

    (slate,) = Ranker(PLAIN).rank([user(likes=[0])], sources, claim, 1)

    assert rows_of(slate) == [1]
    assert_allclose(asked, [[0.6, 0.8]], rtol=1e-6)


def test_entries_carry_their_score() -> None:
    statistics = item_statistics(RATES, liked={0: {2: 1.0}})
    settings = replace(
        PLAIN, like_similarity_weight=0.5, genre_weight=0.0,
        position_weight=0.0,
    )  # fmt: skip

    slate = slate_of(user(likes=[0]), statistics, settings, n_lists=3)

    scores = dict(zip(rows_of(slate), slate["score"], strict=True))
    assert scores[2] == pytest.approx(np.log(0.3) + 0.5, rel=1e-6)
    assert scores[7] == pytest.approx(np.log(0.8), rel=1e-6)


# Exploration


def test_a_users_last_slots_explore_the_least_tried() -> None:
    settings = replace(PLAIN, exploration_slots=2)

    slate = slate_of(user(dislikes=[7]), HALF_KNOWN, settings)

    assert rows_of(slate) == [6, 4, 3]
    assert sources_in(slate) == ["popular", "explore", "explore"]


def test_newcomers_explore_more() -> None:
    settings = replace(PLAIN, list_length=5, exploration_slots=1, exploration_slots_for_newcomers=3)

    newcomer = Counter(sources_in(slate_of(user(), HALF_KNOWN, settings)))
    other = Counter(sources_in(slate_of(user(dislikes=[0]), HALF_KNOWN, settings)))

    assert (newcomer["explore"], other["explore"]) == (3, 1)


@pytest.mark.parametrize(("n_interactions", "explored"), [(3, 4), (4, 2)])
def test_where_much_is_known_every_second_list_explores(n_interactions: int, explored: int) -> None:
    n_items = 60
    statistics = item_statistics([0.5] * n_items, items=counts(n_items))
    settings = replace(PLAIN, exploration_slots=1, rich_history=4)
    ranker, state = Ranker(settings), user(likes=range(n_interactions))

    slates = [ranker.rank([state], Sources(statistics), claim, 4)[0] for _ in range(20)]

    assert {sources_in(slate).count("explore") for slate in slates} == {explored}
    first = {"explore" in sources_in(slate)[:3] for slate in slates}
    assert first == ({True} if explored == 4 else {True, False})


def test_where_much_is_known_the_first_list_explores_every_second_time() -> None:
    statistics = item_statistics([0.5] * 20, items=counts(20))
    ranker, state = Ranker(replace(PLAIN, exploration_slots=1, rich_history=1)), user(likes=[0])

    slates = [ranker.rank([state], Sources(statistics), claim, 1)[0] for _ in range(300)]

    assert 120 < sum(len(explored_in(slate)) for slate in slates) < 180


def test_who_never_explores_does_not_where_much_is_known() -> None:
    settings = replace(PLAIN, exploration_slots=0, rich_history=0)

    assert explored_in(slate_of(user(dislikes=[7]), HALF_KNOWN, settings, n_lists=2)) == []


def test_ease_brings_what_goes_with_a_users_likes() -> None:
    ease = Ease.of(rows(7, 3), np.array([[0, 5.0], [0, 0]], np.float32), 8)
    statistics = replace(KNOWN_ENOUGH, pools=pools(popular=[7, 6, 5]))

    (slate,) = Ranker(PLAIN).rank([user(likes=[7])], Sources(statistics, ease=ease), claim, 1)

    assert rows_of(slate) == [3, 6, 5]
    assert sources_in(slate)[0] == "similar"


def test_items_that_were_tried_are_not_explored() -> None:
    settings = replace(PLAIN, exploration_slots_for_newcomers=3)

    assert "explore" not in sources_in(slate_of(user(), KNOWN_ENOUGH, settings))


def test_an_item_with_an_imported_history_is_not_explored() -> None:
    settings = replace(PLAIN, exploration_slots_for_newcomers=1)
    statistics = item_statistics(RATES, items=counts(likes=[9] * 7 + [0]))

    slate = slate_of(user(shown=[6]), statistics, settings)

    assert rows_of(slate) == [7, 5, 4]
    assert sources_in(slate) == ["fresh", "popular", "popular"]


def test_what_was_never_tried_and_comes_by_its_score_is_fresh() -> None:
    slate = slate_of(user(shown=[7, 6]), HALF_KNOWN)

    assert rows_of(slate) == [5, 4, 3]
    assert sources_in(slate) == ["popular", "fresh", "fresh"]


def test_where_nothing_is_given_to_explore_the_best_come_instead() -> None:
    settings = replace(PLAIN, exploration_slots_for_newcomers=2)

    (slate,) = Ranker(settings).rank([user()], Sources(HALF_KNOWN), none, 1)

    assert rows_of(slate) == [7, 6, 5]
    assert sources_in(slate) == ["popular"] * 3


def test_reservations_are_asked_once_for_all_users() -> None:
    asked: list[Sequence[Wish]] = []

    def remember(wishes: Sequence[Wish]) -> list[list[Row]]:
        asked.append(wishes)
        return claim(wishes)

    settings = replace(PLAIN, exploration_slots=1, exploration_slots_for_newcomers=2)
    states = [user(), user(dislikes=[4])]
    slates = Ranker(settings).rank(states, Sources(HALF_KNOWN), remember, 1)

    assert asked == [[Wish([], [4, 3, 2, 1, 0], 2), Wish([], [3, 2, 1, 0], 1)]]
    assert [rows_of(slate) for slate in slates] == [[7, 4, 3], [7, 6, 3]]


def test_a_new_slate_lets_go_what_the_one_before_explores() -> None:
    before = np.array([(3, SOURCES.index("explore"), 0), (4, 0, 0), (2, 4, 0)], ENTRY)

    draft = Ranker(PLAIN).draft(user(slate=before), Sources(KNOWN_ENOUGH), 1)

    assert draft.wish.release == [3]


def test_slates_that_are_not_served_yet_do_not_explore_the_same() -> None:
    settings = RankingSettings(exploration_slots_for_newcomers=2)
    statistics = item_statistics([0.1] * 200, items=counts(200))
    reservations = LocalReservations(ttl_seconds=60.0)
    rankers = Ranker(settings, seed=1), Ranker(settings, seed=2)

    explored: list[Row] = []
    for number in range(20):
        (slate,) = rankers[number % 2].rank(
            [user()], Sources(statistics), lambda wishes: reservations.claim(0.0, wishes), 1
        )
        explored += explored_in(slate)

    assert len(explored) == len(set(explored)) == 40


@pytest.mark.parametrize(
    ("entries", "found"), [([], []), ([(1, 5, 0.0), (2, 0, 0.0), (3, 5, 0.0)], [1, 3])]
)
def test_what_a_slate_explores_is_marked_in_it(
    entries: list[tuple[int, int, float]], found: list[Row]
) -> None:
    assert explored_in(np.array(entries, ENTRY)) == found


# Items that have just come


def with_new_item(genre: str, **changes: float) -> tuple[ItemStatistics, RankingSettings]:
    """Let item 8 have just come, which is worse than all others."""
    genres = genre_table(*[("war",), ("drama",)] * 4, (genre,))
    statistics = item_statistics(
        [*RATES, 0.01],
        genres=genres,
        items=counts(impressions=[0] * 4 + [5] * 4 + [0]),
        of=pools(popular=[*range(7, -1, -1)], new=[8]),
    )
    settings = replace(PLAIN, exploration_slots=2, exploration_slots_for_newcomers=2)
    return statistics, replace(settings, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(("genre", "found"), [("war", [4, 8, 2]), ("drama", [4, 2, 3])])
def test_an_item_that_has_just_come_has_the_first_slot_where_its_genres_fit(
    genre: str, found: list[Row]
) -> None:
    statistics, settings = with_new_item(genre, genre_weight=0.5)

    assert rows_of(slate_of(user(likes=[6]), statistics, settings)) == found


def test_an_item_that_has_just_come_is_fresh_and_no_exploration() -> None:
    statistics, settings = with_new_item("war")

    assert sources_in(slate_of(user(likes=[6]), statistics, settings))[1:] == ["fresh", "explore"]


@pytest.mark.parametrize(("fit", "comes"), [(0.70, True), (0.72, False)])
def test_its_genres_have_to_fit_by_so_much_of_the_best(fit: float, comes: bool) -> None:
    # War and history fit by 1/sqrt(2) = 0.707 of what war fits.
    statistics, settings = with_new_item("war", new_item_fit=fit, exploration_slots=1)
    genres = genre_table(*[("war",), ("drama",)] * 4, ("war", "history"))
    fitting = replace(statistics, genres=genres, genre_shares=np.ones(3))
    slate = slate_of(user(likes=[6]), fitting, settings)

    assert (8 in rows_of(slate)) == comes


def test_newcomers_are_not_shown_it_before_others() -> None:
    statistics, settings = with_new_item("war")

    assert 8 not in rows_of(slate_of(user(), statistics, settings))


def test_of_several_that_have_just_come_the_best_comes() -> None:
    statistics = item_statistics(
        [*RATES, 0.01, 0.03, 0.02],
        genres=genre_table(*[("war",)] * 11),
        items=counts(impressions=[5] * 8 + [0] * 3),
        of=pools(popular=[*range(7, -1, -1)], new=[8, 9, 10]),
    )
    settings = replace(PLAIN, exploration_slots=1)

    slate = slate_of(user(likes=[0]), statistics, settings, n_lists=2)

    assert [rows_of(slate)[place] for place in (2, 5)] == [9, 10]


def test_of_equals_that_have_just_come_the_newest_comes() -> None:
    statistics = item_statistics(
        [0.4, 0.5] * 20,
        genres=genre_table(*[("war",)] * 40),
        items=counts(impressions=[5] * 5 + [0] * 35),
        of=pools(popular=range(5), new=range(5, 40)),
    )
    settings = replace(PLAIN, exploration_slots=1, position_weight=0.0)

    slate = slate_of(user(likes=[0]), statistics, settings)

    assert rows_of(slate)[2] == 39


def test_where_a_users_genres_are_unknown_nothing_new_is_said_to_fit() -> None:
    statistics, settings = with_new_item("opera")
    no_genres = genre_table(*[()] * 9)

    slate = slate_of(user(likes=[6]), replace(statistics, genres=no_genres), settings)

    assert 8 not in rows_of(slate)


# Cold start


def test_cold_start_slates_are_what_newcomers_get() -> None:
    (slate,) = Ranker(PLAIN).cold_start_slates(Sources(KNOWN_ENOUGH), claim, 1, 2)

    assert_array_equal(slate, slate_of(user(), n_lists=2))


def test_each_cold_start_slate_counts_as_shown_for_the_next() -> None:
    # With these two items alike, one that was shown once is worse than one that was not.
    statistics = item_statistics([0.02, 0.0199, 0.0001], items=counts(impressions=[1, 1, 1]))
    settings = replace(PLAIN, list_length=1)

    slates = Ranker(settings).cold_start_slates(Sources(statistics), claim, 5, 1)

    # After an impression in vain: 3 * 1/51 / 4 = 0.0147, after two: 3 * 1/51 / 5.
    assert [rows_of(slate) for slate in slates][:4] == [[0], [1], [0], [1]]
    assert slates[2]["score"][0] == pytest.approx(np.log(3 / 51 / 4), rel=1e-6)
    assert slates[4]["score"][0] == pytest.approx(np.log(3 / 51 / 5), rel=1e-6)


def test_only_its_first_list_counts_as_shown() -> None:
    statistics = item_statistics([0.02, 0.0199, 0.0198], items=counts(impressions=[1, 1, 1]))
    settings = replace(PLAIN, list_length=1)

    slates = Ranker(settings).cold_start_slates(Sources(statistics), claim, 2, 2)

    assert [rows_of(slate) for slate in slates] == [[0, 1], [1, 2]]


def test_preparing_slates_for_nobody_leaves_no_trace() -> None:
    before = KNOWN_ENOUGH.rates.copy()

    Ranker(PLAIN).cold_start_slates(Sources(KNOWN_ENOUGH), claim, 5, 1)

    assert_array_equal(KNOWN_ENOUGH.rates, before)


def test_cold_start_slates_do_not_explore_the_same_and_let_go_of_those_before() -> None:
    settings = replace(PLAIN, list_length=2, exploration_slots_for_newcomers=1)
    reservations = LocalReservations(ttl_seconds=60.0)
    ranker, sources = Ranker(settings), Sources(HALF_KNOWN)

    def reserve(wishes: Sequence[Wish]) -> list[list[Row]]:
        return reservations.claim(0.0, wishes)

    first = ranker.cold_start_slates(sources, reserve, 3, 1)
    second = ranker.cold_start_slates(sources, reserve, 3, 1, before=first)
    third = ranker.cold_start_slates(sources, reserve, 2, 1)

    explored = [[explored_in(slate) for slate in slates] for slates in (first, second, third)]
    assert explored == [[[4], [3], [2]], [[4], [3], [2]], [[1], [0]]]


def test_slates_that_are_replaced_are_let_go_first() -> None:
    asked: list[Sequence[Wish]] = []

    def remember(wishes: Sequence[Wish]) -> list[list[Row]]:
        asked.append(wishes)
        return claim(wishes)

    before = np.array([(3, SOURCES.index("explore"), 0), (4, 0, 0)], ENTRY)
    Ranker(PLAIN).cold_start_slates(Sources(KNOWN_ENOUGH), remember, 1, 1, before=[before])

    assert asked[0] == [Wish([3], (), 0)]


# Whatever happens


@st.composite
def worlds(draw: st.DrawFn) -> tuple[ItemStatistics, UserState, int]:
    """Draw statistics in which any item may be unknown, new, in any pool or near to any other."""
    n_items = draw(st.integers(0, 12))
    some = st.lists(st.integers(0, n_items - 1), max_size=8) if n_items else st.just([])
    weights = st.dictionaries(st.sampled_from(range(n_items)), st.floats(-1, 2), max_size=4)
    similar = (
        st.dictionaries(st.sampled_from(range(n_items)), weights, max_size=4)
        if n_items
        else st.just({})
    )
    numbers = st.lists(st.integers(0, 3), min_size=n_items, max_size=n_items)
    statistics = item_statistics(
        draw(st.lists(st.floats(0.001, 1), min_size=n_items, max_size=n_items)),
        genres=genre_table(*[[str(draw(st.integers(0, 2)))] for _ in range(n_items)]),
        unknown=draw(some),
        items=counts(n_items, likes=draw(numbers), impressions=draw(numbers)),
        of=pools(draw(some), [draw(some), draw(some)], draw(some), draw(some)),
        liked=draw(similar),
        interacted=draw(similar),
    )
    anything = st.lists(st.integers(0, n_items + 2), unique=True, max_size=6)
    likes, dislikes = draw(anything), draw(anything)
    dislikes = [row for row in dislikes if row not in likes]
    return statistics, user(likes, dislikes, draw(anything)), draw(st.integers(1, 3))


@pytest.mark.slow
@hypothesis_settings(deadline=None)
@given(worlds(), st.integers(0, 3), st.integers(0, 3))
def test_no_slate_holds_hidden_unknown_or_double_items(
    world: tuple[ItemStatistics, UserState, int], slots: int, length: int
) -> None:
    statistics, state, n_lists = world
    settings = RankingSettings(
        list_length=length + 1, exploration_slots=slots, exploration_slots_for_newcomers=slots
    )
    reservations = LocalReservations(60.0)

    slates = Ranker(settings).rank(
        [state, state], Sources(statistics), lambda wishes: reservations.claim(0.0, wishes), n_lists
    )

    hidden = {*state.rows.tolist(), *state.shown.tolist()}
    for slate in slates:
        found = rows_of(slate)
        assert len(found) == len(set(found)) <= n_lists * settings.list_length
        assert not hidden & set(found)
        assert statistics.known[found].all()
        assert np.isfinite(slate["score"]).all()


def test_the_same_seed_gives_the_same_lists() -> None:
    one, other = played(seed=5), played(seed=5)

    assert one == other
    assert one != played(seed=6)


def played(seed: int) -> list[list[Row]]:
    """Let twenty users come, and each like the first item that they are shown."""
    window, ranker = Window(RankingSettings(), seed=seed), Ranker(RankingSettings(), seed)
    window.set_items(np.ones(600, np.bool_), genre_table(*[[str(row % 4)] for row in range(600)]))
    lists = []
    for number in range(20):
        (slate,) = ranker.rank([user()], Sources(window.refresh()), claim, 1)
        lists.append(rows_of(slate))
        window.record_impressions(UserId(str(number)), lists[-1])
        window.record_interaction(UserId(str(number)), lists[-1][0], +1, 1.0)
    return lists


def test_a_ranker_remembers_nothing_of_one_user_for_the_next() -> None:
    ranker = Ranker(PLAIN)
    ranker.rank([user(likes=[7], shown=[6, 5])], Sources(KNOWN_ENOUGH), claim, 1)

    (slate,) = ranker.rank([user()], Sources(KNOWN_ENOUGH), claim, 1)

    assert rows_of(slate) == [7, 6, 5]


def test_a_slate_of_nobody_is_nothing() -> None:
    assert Ranker(PLAIN).rank([], Sources(KNOWN_ENOUGH), claim, 1) == []
    assert len(NO_ENTRIES) == 0

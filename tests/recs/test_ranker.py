import numpy as np
import pytest

from recs.explanations import Entry
from recs.ranker import Ranker
from recs.ranking_settings import RankingSettings
from recs.types import FloatArray, ItemId, UserId

ANNA, BORIS = UserId("Anna"), UserId("Boris")
GENRES = ["Drama", "Comedy", "War", "Horror"]


def item(number: int) -> ItemId:
    return ItemId(f"item {number}")


def catalogue(count: int) -> list[tuple[ItemId, list[str]]]:
    return [(item(number), [GENRES[number % len(GENRES)]]) for number in range(count)]


def ids(entries: list[Entry]) -> list[ItemId]:
    return [entry.item for entry in entries]


@pytest.fixture
def ranker() -> Ranker:
    ranker = Ranker(RankingSettings(), seed=1)
    ranker.add_items(catalogue(200))
    ranker.learn()
    return ranker


def test_an_empty_catalogue_gives_empty_lists():
    ranker = Ranker(RankingSettings())
    ranker.learn()

    assert ranker.rank(ANNA) == []
    assert ranker.popular(10) == []


def test_titles_are_ranked_before_the_first_background_pass():
    ranker = Ranker(RankingSettings())
    ranker.add_items(catalogue(50))

    assert len(ranker.rank(ANNA, pages=1)) == 10


def test_three_pages_hold_thirty_different_titles(ranker: Ranker):
    assert len(set(ids(ranker.rank(ANNA, pages=3)))) == 30


def test_a_small_catalogue_gives_what_it_has():
    ranker = Ranker(RankingSettings())
    ranker.add_items(catalogue(7))

    assert sorted(ids(ranker.rank(ANNA))) == sorted(item(number) for number in range(7))


def test_what_he_was_shown_or_reacted_to_does_not_come(ranker: Ranker):
    shown = ids(ranker.rank(ANNA, pages=1))
    ranker.record_impressions(ANNA, shown)
    ranker.record_interaction(ANNA, item(100), -1)

    assert not {*shown, item(100)} & {*ids(ranker.rank(ANNA, pages=19))}


def test_another_viewer_may_still_get_it(ranker: Ranker):
    everything = [item(number) for number in range(200)]
    ranker.record_impressions(ANNA, everything)

    assert ranker.rank(ANNA) == []
    assert len(ranker.rank(BORIS, pages=1)) == 10


def test_a_title_never_added_is_not_ranked_whatever_is_said_of_it(ranker: Ranker):
    for number in range(30):
        ranker.record_interaction(UserId(str(number)), ItemId("stranger"), +1)
        ranker.record_interaction(UserId(str(number)), item(0), +1)
    ranker.record_interaction(ANNA, item(0), +1)
    ranker.learn()

    assert ItemId("stranger") not in ids(ranker.rank(ANNA, pages=20))
    assert ItemId("stranger") not in ids(ranker.popular(300))


def test_what_was_said_of_a_title_counts_once_it_is_added(ranker: Ranker):
    for number in range(30):
        ranker.record_interaction(UserId(str(number)), ItemId("stranger"), +1)
    ranker.add_items([(ItemId("stranger"), ["Drama"])])
    ranker.learn()

    assert ids(ranker.popular(1)) == [ItemId("stranger")]


def test_impressions_told_twice_count_once(ranker: Ranker):
    ranker.record_impressions(ANNA, [item(1), item(1), item(2)])
    ranker.record_impressions(ANNA, [item(2), item(1)])

    assert ranker.history.shown.view.sum() == 2
    assert ranker.history.total_exposure == 2


def test_a_like_brings_titles_of_its_genre_at_once(ranker: Ranker):
    ranker.record_impressions(ANNA, [item(0)])
    ranker.record_interaction(ANNA, item(0), +1)
    settings = RankingSettings(overlap_weight=0.0, explore_places=0)
    ranker.settings = settings

    dramas = {item(number) for number in range(0, 200, 4)}

    assert set(ids(ranker.rank(ANNA, pages=1))) <= dramas


def test_a_dislike_turns_his_list_away_from_its_genre(ranker: Ranker):
    ranker.record_impressions(ANNA, [item(0)])
    ranker.record_interaction(ANNA, item(0), -1)
    ranker.settings = RankingSettings(overlap_weight=0.0, explore_places=0)

    dramas = {item(number) for number in range(0, 200, 4)}

    assert not dramas & set(ids(ranker.rank(ANNA, pages=1)))


def test_whoever_likes_what_others_like_gets_what_else_they_like(ranker: Ranker):
    for number in range(10):
        for liked in (0, 101):
            ranker.record_interaction(UserId(str(number)), item(liked), +1)
    ranker.record_interaction(ANNA, item(0), +1)
    ranker.learn()

    best = ranker.rank(ANNA, pages=1)[0]

    assert best.item == item(101)
    assert best.because == (item(0),)


def test_a_new_title_is_shown_soon_after_it_came(ranker: Ranker):
    for number in range(40):
        user = UserId(str(number))
        ranker.record_impressions(user, ids(ranker.rank(user, pages=1)))
    ranker.add_items([(ItemId("new"), ["Drama"])])
    ranker.learn()

    assert ItemId("new") in ids(ranker.rank(ANNA, pages=1))


def test_starters_differ_from_one_another(ranker: Ranker):
    starters = [ids(starter)[:10] for starter in ranker.rank_starters(5)]

    assert len({item for starter in starters for item in starter}) > 30


def test_preparing_starters_leaves_no_trace(ranker: Ranker):
    ranker.rank_starters(3)

    assert ranker.history.shown.view.sum() == 0
    assert ranker.history.exposure.view.sum() == 0


def test_popular_titles_of_a_genre_have_it(ranker: Ranker):
    wars = {item(number) for number in range(2, 200, 4)}

    assert set(ids(ranker.popular(5, "War"))) <= wars
    assert ranker.popular(5, "Opera") == []


def test_what_he_took_back_may_come_again(ranker: Ranker):
    ranker.record_interaction(ANNA, item(3), +1)
    ranker.record_interaction(ANNA, item(3), 0)
    ranker.settings = RankingSettings(popular_candidates=200)

    assert item(3) in {entry.item for entry in ranker.rank(ANNA, pages=20)}


def test_titles_that_nobody_added_tell_nothing_of_their_neighbours(ranker: Ranker):
    for number in range(20):
        for user in range(30):
            ranker.record_interaction(UserId(f"{user}"), ItemId(f"stranger {number}"), +1)
    ranker.record_impressions(BORIS, [item(number) for number in range(200)])
    ranker.learn()

    assert np.ptp(ranker.history.surroundings.view) < 0.1


def test_what_came_later_is_a_candidate_until_it_was_shown():
    settings = RankingSettings(
        popular_candidates=0, genre_candidates=0, fresh_candidates=0, arrived_candidates=2
    )
    ranker = Ranker(settings)
    ranker.add_items(catalogue(50))
    ranker.record_impressions(BORIS, [item(0)])
    ranker.add_items([(item(number), ["Drama"]) for number in (49, 50, 51, 52)])
    ranker.learn()

    before = ids(ranker.rank(ANNA))
    ranker.record_impressions(BORIS, [item(52)])
    ranker.learn()

    assert set(before) == {item(51), item(52)}
    assert set(ids(ranker.rank(ANNA))) == {item(50), item(51)}


@pytest.mark.parametrize(("genre", "place"), [("War", 8), ("Horror", None)])
def test_a_title_that_has_just_come_has_its_place_where_its_genres_fit(
    ranker: Ranker, genre: str, place: int | None
):
    ranker.record_impressions(BORIS, [item(0)])
    for number in (2, 6, 10):
        assert GENRES[number % 4] == "War"
        ranker.record_interaction(ANNA, item(number), +1)
    ranker.add_items([(ItemId("new"), [genre])])
    ranker.learn()

    ranked = ids(ranker.rank(ANNA, pages=1))

    assert (ranked.index(ItemId("new")) if ItemId("new") in ranked else None) == place


def test_new_genres_of_a_known_title_replace_the_old_ones(ranker: Ranker):
    ranker.add_items([(item(0), ["Opera"])])
    ranker.learn()

    assert ids(ranker.popular(5, "Opera")) == [item(0)]


def test_the_model_brings_titles_near_to_his_likes(ranker: Ranker):
    vectors = np.tile([0.0, 1.0], (200, 1))
    vectors[[0, 150]] = [1.0, 0.0]
    ranker.set_model("1", [item(number) for number in range(200)], vectors)
    ranker.record_interaction(ANNA, item(0), +1)
    ranker.settings = RankingSettings(
        genre_weight=0.0, stretch_weight=0.0, overlap_weight=0.0, prior_model_likes=0.0
    )

    best = ranker.rank(ANNA, pages=1)[0]

    assert (best.item, best.source) == (item(150), "fresh")


def test_the_model_counts_the_more_the_more_he_has_liked(ranker: Ranker):
    ranker.set_model("1", [item(number) for number in range(200)], np.ones((200, 1)))
    gains = []
    for number in range(8):
        ranker.record_interaction(ANNA, item(number), +1)
        ranker.settings = RankingSettings(model_weight=0.0)
        without = {entry.item: entry.score for entry in ranker.rank(ANNA)}
        ranker.settings = RankingSettings()
        first, *_ = (each for each in ranker.rank(ANNA) if each.item in without)
        gains.append(first.score - without[first.item])

    np.testing.assert_allclose([gains[0], gains[-1]], [0.4 / 9, 0.2])


def test_the_vector_store_is_asked_with_his_place_among_the_titles():
    asked: list[FloatArray] = []

    def nearest(vector: FloatArray, count: int) -> list[ItemId]:
        asked.append(vector)
        return [item(0), item(7), ItemId("not in the catalogue")]

    ranker = Ranker(RankingSettings(), nearest=nearest)
    ranker.add_items(catalogue(20))
    ranker.set_model("1", [item(0)], np.array([[3.0, 4.0]]))
    ranker.record_interaction(ANNA, item(0), +1)

    ranked = ids(ranker.rank(ANNA))

    np.testing.assert_allclose(asked, [[0.6, 0.8]])
    assert item(7) in ranked
    assert not {item(0), ItemId("not in the catalogue")} & set(ranked)


def test_the_same_seed_gives_the_same_lists():
    def play() -> list[list[ItemId]]:
        ranker = Ranker(RankingSettings(), seed=5)
        ranker.add_items(catalogue(200))
        lists = []
        for number in range(20):
            user = UserId(str(number))
            lists.append(ids(ranker.rank(user, pages=1)))
            ranker.record_impressions(user, lists[-1])
            ranker.record_interaction(user, lists[-1][0], +1)
            ranker.learn()
        return lists

    assert play() == play()

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from recs.embeddings import Embeddings
from recs.factors import VIEWER_STEP, empty_model, genres_of, grown, likes_of
from recs.facts import facts_of
from recs.types import ItemId
from tests.recs.worlds import interactions

ALIEN, BRAZIL, CUBE = ItemId("alien"), ItemId("brazil"), ItemId("cube")
CATALOGUE = {ALIEN: ("Horror", "SciFi"), BRAZIL: ("SciFi",), CUBE: ()}


def rows(*ids: str) -> Embeddings:
    return Embeddings.empty(2).grown(ids, np.random.default_rng(0))


def test_a_title_shares_itself_out_among_its_genres() -> None:
    shares = genres_of(rows("alien", "brazil", "cube"), rows("SciFi", "Horror"), CATALOGUE)

    assert_array_equal(shares.toarray(), [[0.5, 0.5], [1, 0], [0, 0]])


def test_a_genre_that_is_named_twice_counts_once() -> None:
    shares = genres_of(rows("alien"), rows("SciFi", "Horror"), {ALIEN: ("SciFi", "SciFi")})

    assert_array_equal(shares.toarray(), [[1, 0]])


def test_a_title_lies_where_its_own_part_and_its_genres_put_it() -> None:
    model = grown(empty_model(2), facts_of(interactions([])), CATALOGUE, np.random.default_rng(0))

    horror, scifi = model.genres.vectors
    assert model.genres.ids == ("Horror", "SciFi")
    assert_allclose(model.item_vectors, [(horror + scifi) / 2, scifi, [0, 0]], rtol=1e-6)


def test_viewers_without_a_like_get_no_row() -> None:
    facts = facts_of(interactions([("ann", "alien", "dislike"), ("bob", "alien", "like")]))
    model = grown(empty_model(2), facts, CATALOGUE, np.random.default_rng(0))

    assert model.viewer_ids == ("bob",)


def test_a_title_that_was_only_reacted_to_gets_a_row() -> None:
    facts = facts_of(interactions([("ann", "dune", "like")]))
    model = grown(empty_model(2), facts, CATALOGUE, np.random.default_rng(0))

    assert model.item_ids == ("alien", "brazil", "cube", "dune")


def test_titles_genres_and_viewers_keep_their_rows_when_others_come() -> None:
    rng = np.random.default_rng(0)
    before = grown(empty_model(2), facts_of(interactions([("bob", "alien", "like")])), CATALOGUE, rng)
    facts = facts_of(interactions([("ann", "dune", "like"), ("bob", "alien", "like")]))
    after = grown(before, facts, {ItemId("dune"): ("Desert",), **CATALOGUE}, rng)

    assert after.item_ids == (*before.item_ids, "dune")
    assert after.genres.ids == (*before.genres.ids, "Desert")
    assert after.viewer_ids == ("bob", "ann")
    assert_allclose(after.item_vectors[:3], before.item_vectors)


def test_a_like_is_one_number_of_viewer_and_title() -> None:
    facts = facts_of(
        interactions([("ann", "alien", "like"), ("bob", "cube", "like"), ("ann", "cube", "dislike")])
    )
    model = grown(empty_model(2), facts, CATALOGUE, np.random.default_rng(0))

    assert likes_of(model, facts).tolist() == [0, VIEWER_STEP + 2, -1]

"""Slates for users never heard of."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from recs.ranking.slates import pack
from recs.stores import Stores
from recs.types import Generation
from tests.app.conftest import like
from tests.app.recs.conftest import ITEMS, entries, recs


@pytest.mark.usefixtures("generation")
def test_somebody_never_heard_of_gets_ten_different_known_items(recommender: FlaskClient) -> None:
    served = recs(recommender, "nobody")

    assert len(set(served)) == 10
    assert set(served) <= set(ITEMS)


def test_newcomers_get_slates_of_their_own(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    give_cold_start_slates(stores, generation, 5)

    answers = [recs(recommender, f"u{n}?k=2") for n in range(3)]

    assert answers == [["i0", "i1"], ["i1", "i2"], ["i2", "i3"]]


@pytest.mark.usefixtures("generation")
def test_newcomers_without_a_slate_get_different_lists(recommender: FlaskClient) -> None:
    answers = [recs(recommender, f"u{n}") for n in range(4)]

    assert sorted(item for served in answers for item in served) == sorted(ITEMS)


def test_who_is_known_leaves_the_slate_to_newcomers(
    recommender: FlaskClient, stores: Stores, generation: Generation, prepare: Callable[..., None]
) -> None:
    give_cold_start_slates(stores, generation, 5)
    prepare("known", i30=1.0)
    like(stores, generation, "also known", "i5")

    assert recs(recommender, "known?k=1") == ["i30"]
    recs(recommender, quote("also known"))
    assert recs(recommender, "new?k=2") == ["i0", "i1"]


def test_slates_of_the_generation_before_go_to_nobody(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    give_cold_start_slates(stores, generation, 8)
    assert recs(recommender, "u?k=1") == ["i0"]
    recommender.get("/cleanup")
    recommender.post("/add_items", json={"item_ids": ["x", "y"]})

    assert [recs(recommender, f"u{n}") for n in range(8)] == [["x", "y"]] * 8


def give_cold_start_slates(stores: Stores, generation: Generation, count: int) -> None:
    slates = [pack(entries(**{ITEMS[n]: 2.0, ITEMS[n + 1]: 1.0})) for n in range(count)]
    stores.cold_start.put(generation, slates, 60)

"""Demonstration titles never stand between somebody's own."""

import pytest
from flask.testing import FlaskClient

from app.demonstration import demonstration
from recs.stores import Stores
from recs.types import Generation
from tests.app.test_add_items import known

DEMO = sorted(demonstration())


@pytest.fixture
def generation(stores: Stores, recommender: FlaskClient) -> Generation:
    """One that has begun by itself, with the demonstration as the page loads it."""
    generation = stores.generations.current()
    loaded = recommender.post(f"/add_items?generation={generation}", json={"item_ids": DEMO})
    assert loaded.status_code == 200
    return generation


def test_the_page_may_load_it_in_parts(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    recommender.post(f"/add_items?generation={generation}", json={"item_ids": DEMO[:3]})

    assert known(stores, generation).keys() == set(DEMO)


def test_the_first_titles_of_somebody_take_its_place(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    recommender.post("/add_items", json={"item_ids": ["mine", DEMO[0]]})
    recommender.post("/add_items", json={"item_ids": ["mine too"]})

    assert known(stores, generation).keys() == {"mine", "mine too", DEMO[0]}


def test_it_does_not_come_after_them(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    recommender.post("/add_items", json={"item_ids": ["mine"]})

    assert not stores.generations.is_first(generation)  # which the page asks before it loads


def test_after_a_cleanup_these_ids_are_like_any_others(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    new = stores.generations.begin()
    recommender.post("/add_items", json={"item_ids": DEMO[:2]})
    recommender.post("/add_items", json={"item_ids": ["mine"]})

    assert known(stores, new).keys() == {*DEMO[:2], "mine"}

from flask.testing import FlaskClient

from recs.stores import Stores
from recs.types import ItemId


def add(stores: Stores, **titles: list[str]) -> None:
    generation = stores.generations.current()
    stores.catalogue.add(generation, [(ItemId(item), genres) for item, genres in titles.items()])


def test_an_empty_catalogue_says_so(recommender: FlaskClient, stores: Stores) -> None:
    assert recommender.get("/catalogue").get_json() == {
        "generation": stores.generations.current(),
        "first": True,
        "items": 0,
        "genres": {},
    }


def test_an_generation_after_a_cleanup_is_not_the_first(recommender: FlaskClient) -> None:
    recommender.get("/catalogue")
    recommender.get("/cleanup")

    assert recommender.get("/catalogue").get_json()["first"] is False


def test_the_catalogue_counts_titles_and_genres(recommender: FlaskClient, stores: Stores) -> None:
    add(stores, a=["Drama", "War"], b=["Drama"], c=[])

    answer = recommender.get("/catalogue").get_json()

    assert (answer["items"], answer["genres"]) == (3, {"Drama": 2, "War": 1})


def test_genres_are_told_of_those_titles_that_are_known(
    recommender: FlaskClient, stores: Stores
) -> None:
    add(stores, a=["Drama", "War"], b=[])

    answer = recommender.get("/items", query_string={"ids": ["b", "unknown", "a"]})

    assert answer.get_json() == {
        "items": [{"item_id": "b", "genres": []}, {"item_id": "a", "genres": ["Drama", "War"]}]
    }


def test_asking_for_no_titles_is_fine(recommender: FlaskClient) -> None:
    assert recommender.get("/items").get_json() == {"items": []}

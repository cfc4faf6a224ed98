from flask.testing import FlaskClient

from recs.interactions import Action
from recs.stores import Stores
from recs.types import ItemId
from tests.app.conftest import add, interact


def test_an_empty_catalogue_says_so(recommender: FlaskClient, stores: Stores) -> None:
    assert recommender.get("/catalogue").get_json() == {
        "generation": stores.generations.current(),
        "first": True,
        "version": 0,
        "items": 0,
        "genres": {},
        "countries": {},
    }


def test_a_generation_after_a_cleanup_is_not_the_first(recommender: FlaskClient) -> None:
    recommender.get("/catalogue")
    recommender.get("/cleanup")

    assert recommender.get("/catalogue").get_json()["first"] is False


def test_its_version_grows_with_each_change(recommender: FlaskClient, stores: Stores) -> None:
    def version() -> int:
        return int(recommender.get("/catalogue").get_json()["version"])

    recommender.post("/add_items", json={"item_ids": ["a"], "genres": [["Drama"]]})
    added = version()
    recommender.patch("/items/a", json={"title": "A"})
    named = version()
    recommender.get("/items/a")
    stores.catalogues.of(stores.generations.current()).rows_of([ItemId("met, not added")])
    assert 0 < added < named == version()


def test_the_catalogue_counts_items_and_genres(recommender: FlaskClient, stores: Stores) -> None:
    add(stores, stores.generations.begin(), a=["Drama", "War"], b=["Drama"], c=[])

    answer = recommender.get("/catalogue").get_json()

    assert (answer["items"], answer["genres"]) == (3, {"Drama": 2, "War": 1})


def test_the_catalogue_counts_countries(recommender: FlaskClient, stores: Stores) -> None:
    catalogue = stores.catalogues.of(stores.generations.begin())
    told = {"a": ["UK", "USA"], "b": ["USA"], "c": []}
    catalogue.change((ItemId(item), {"countries": names}) for item, names in told.items())
    catalogue.change([(ItemId("b"), {"hidden": True})])

    assert recommender.get("/catalogue").get_json()["countries"] == {"UK": 1, "USA": 1}


def test_genres_are_told_of_those_items_that_are_known(
    recommender: FlaskClient, stores: Stores
) -> None:
    add(stores, stores.generations.begin(), a=["Drama", "War"], b=[])

    answer = recommender.get("/items", query_string={"ids": ["b", "unknown", "a"]})

    assert answer.get_json() == {
        "items": [{"item_id": "b", "genres": []}, {"item_id": "a", "genres": ["Drama", "War"]}]
    }


def test_ids_may_come_with_commas_between_and_may_have_one_themselves(
    recommender: FlaskClient, stores: Stores
) -> None:
    add(stores, stores.generations.begin(), **{"a": [], "b": [], "a,b": []})

    def found(query: str) -> list[str]:
        items = recommender.get(f"/items?{query}").get_json()["items"]
        return [item["item_id"] for item in items]

    assert found("ids=b,a") == found("ids=b&ids=a") == ["b", "a"]
    assert found("ids=a,b") == ["a,b"]


def test_an_item_that_nobody_added_is_not_counted(recommender: FlaskClient, stores: Stores) -> None:
    generation = stores.generations.begin()
    add(stores, generation, a=["Drama"])
    interact(stores, generation, ("u", "unknown", Action.LIKE, 1.0))

    assert recommender.get("/catalogue").get_json()["items"] == 1
    assert recommender.get("/items?ids=unknown").get_json() == {"items": []}

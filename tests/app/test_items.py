"""Items one by one: what is told of them, hidden, deleted. And the catalogue page by page."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from recs.stores import Stores
from recs.types import Generation, ItemId
from tests.app.conftest import NOWHERE, is_problem, like, refresh
from tests.recs.stores.catalogues import add_to
from workers.counting import Counting

ALIEN: dict[str, Any] = {
    "genres": ["Horror", "Sci-Fi"],
    "title": "Alien",
    "year": 1979,
    "kind": "film",
    "description": "In space.",
    "link": "https://a.example/",
}
LISTS = [
    "/recs/u?k=100", "/recs/u?genre=Drama", "/recs?users=u,v&k=100", "/recs/u?peek=1&k=100",
    "/popular?k=100", "/latest?k=100", "/similar/a?k=100", "/items?limit=1000", "/items?ids=b",
]  # fmt: skip


@pytest.fixture
def generation(stores: Stores) -> Generation:
    generation = stores.generations.begin()
    items = [ItemId(each) for each in ("a", "b", "c", "d")]
    add_to(stores.catalogues.of(generation), ((item, ["Drama"]) for item in items))
    return generation


def ids(answer: dict[str, Any]) -> list[str]:
    """Return the items of a list or of a page."""
    return answer.get("item_ids") or [each["item_id"] for each in answer.get("items", [])]


@pytest.mark.usefixtures("generation")
def test_an_item_is_put_and_got(recommender: FlaskClient) -> None:
    put = recommender.put("/items/tt%2F1", json=ALIEN)

    assert put.get_json() == {"item_id": "tt/1", **ALIEN}
    assert recommender.get("/items/tt%2F1").get_json() == {"item_id": "tt/1", **ALIEN}


@pytest.mark.usefixtures("generation")
def test_what_a_put_leaves_out_is_gone(recommender: FlaskClient) -> None:
    recommender.put("/items/x", json={**ALIEN, "hidden": True})

    assert recommender.put("/items/x", json={"year": 1980}).get_json() == {
        "item_id": "x", "genres": [], "year": 1980,
    }  # fmt: skip


@pytest.mark.usefixtures("generation")
@pytest.mark.parametrize(
    ("patch", "item"),
    [
        ({}, ALIEN),
        ({"year": 1980}, {**ALIEN, "year": 1980}),
        ({"title": None, "kind": "", "link": None}, {
            name: ALIEN[name] for name in ("genres", "year", "description")
        }),
        ({"genres": None}, {**ALIEN, "genres": []}),
        ({"genres": ["War", "horror"]}, {**ALIEN, "genres": ["War", "Horror"]}),
        ({"hidden": True}, {**ALIEN, "hidden": True}),
    ],
)  # fmt: skip
def test_a_patch_changes_what_it_names(
    recommender: FlaskClient, patch: dict[str, Any], item: dict[str, Any]
) -> None:
    recommender.put("/items/x", json=ALIEN)

    assert recommender.patch("/items/x", json=patch).get_json() == {"item_id": "x", **item}
    assert recommender.get("/items/x").get_json() == {"item_id": "x", **item}


@pytest.mark.usefixtures("generation")
def test_there_is_no_item_that_nobody_added(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    like(stores, generation, "u", "met")

    for item in ("unknown", "met"):
        assert is_problem(recommender.get(f"/items/{item}"), 404)
        assert is_problem(recommender.patch(f"/items/{item}", json={"year": 1}), 404)
        assert is_problem(recommender.delete(f"/items/{item}"), 404)
        assert is_problem(recommender.get(f"/similar/{item}"), 404)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"year": "soon"}, "year"),
        ({"genres": "Drama"}, "genres"),
        ({"hidden": "yes"}, "hidden"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"title": ["Alien"]}, "title"),
    ],
)
def test_a_wrong_attribute_is_named_and_nothing_changes(
    recommender: FlaskClient, generation: Generation, body: dict[str, Any], named: str
) -> None:
    for method in ("PUT", "PATCH"):
        answer = recommender.open("/items/a", method=method, json={"kind": "film", **body})

        assert is_problem(answer, 422)
        assert list(answer.get_json()["errors"]) == [named]
    assert recommender.get("/items/a").get_json() == {"item_id": "a", "genres": ["Drama"]}


@pytest.mark.parametrize("how", ["delete", "hide"])
@pytest.mark.parametrize("has_statistics", [False, True])
def test_an_item_that_is_deleted_or_hidden_is_in_no_list(
    recommender: FlaskClient,
    other_recommender: FlaskClient,
    stores: Stores,
    generation: Generation,
    how: str,
    has_statistics: bool,
) -> None:
    if has_statistics:
        like(stores, generation, "fan", "a", "b")
        Counting(generation, stores).publish_news()
    processes = (recommender, other_recommender)
    for each in processes:
        refresh(each)
        assert all("b" in ids(each.get(address).get_json()) for address in LISTS)

    if how == "delete":
        answer = recommender.delete("/items/b").get_json()
        assert answer == {"status": "deleted", "item_id": "b"}
    else:
        recommender.patch("/items/b", json={"hidden": True})

    for each in processes:
        each.application.extensions["recommender"].view.refresh()  # several times a second
        for address in LISTS:
            assert "b" not in ids(each.get(address).get_json()), address
        assert each.get("/catalogue").get_json()["items"] == 3
    assert is_problem(recommender.get("/items/b"), 404) == (how == "delete")


def test_a_deleted_item_is_no_reason_for_another(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    for fan in range(9):
        like(stores, generation, f"u{fan}", "a", "b")
    like(stores, generation, "u", "a")
    Counting(generation, stores).publish_news()
    refresh(recommender)

    def because() -> set[str]:
        items = recommender.get("/recs/u?explain=1&peek=1").get_json()["items"]
        return {item for each in items for item in each["because"]}

    assert because() == {"a"}
    recommender.delete("/items/a")
    assert because() == set()


def test_what_was_deleted_stays_so_for_whoever_reads_the_disk(
    start: Callable[..., FlaskClient], recommender: FlaskClient, generation: Generation
) -> None:
    recommender.delete("/items/b")

    new = start("recommender", **NOWHERE)

    assert ids(new.get("/popular").get_json()) == ["a", "c", "d"]


@pytest.mark.usefixtures("generation")
def test_lists_stay_full_when_items_are_deleted(recommender: FlaskClient) -> None:
    recommender.post("/add_items", json={"item_ids": [f"i{n}" for n in range(30)]})
    refresh(recommender)
    for n in range(0, 30, 2):
        recommender.delete(f"/items/i{n}")

    for _ in range(3):
        assert len(recommender.get("/recs/u").get_json()["item_ids"]) == 10


@pytest.mark.usefixtures("generation")
def test_an_item_comes_back_in_its_row_with_nothing_of_before(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    recommender.put("/items/b", json=ALIEN)
    recommender.delete("/items/b")
    recommender.post("/add_items", json={"item_ids": ["b"]})

    assert recommender.get("/items/b").get_json() == {"item_id": "b", "genres": []}
    catalogue = stores.catalogues.of(generation)
    catalogue.refresh()
    assert catalogue.rows["b"] == 1
    assert "b" in ids(recommender.get("/recs/new").get_json())


@pytest.mark.usefixtures("generation")
def test_a_hidden_item_can_be_shown_again(recommender: FlaskClient) -> None:
    recommender.patch("/items/b", json={"hidden": True})
    assert ids(recommender.get("/items?hidden=1").get_json()) == ["a", "b", "c", "d"]
    assert ids(recommender.get("/items?hidden=1&ids=b,c,none").get_json()) == ["b", "c"]
    assert ids(recommender.get("/items?ids=b,c").get_json()) == ["c"]

    assert recommender.patch("/items/b", json={"hidden": False}).get_json() == {
        "item_id": "b", "genres": ["Drama"],
    }  # fmt: skip
    assert "b" in ids(recommender.get("/popular").get_json())


@pytest.mark.usefixtures("generation")
def test_the_catalogue_comes_page_by_page(recommender: FlaskClient) -> None:
    recommender.delete("/items/b")
    recommender.patch("/items/c", json=ALIEN)
    found: list[dict[str, Any]] = []
    query = "limit=2"

    while query:
        page = recommender.get(f"/items?{query}").get_json()
        found += page["items"]
        query = f"limit=2&cursor={page['next']}" if "next" in page else ""

    assert ids({"items": found}) == ["a", "c", "d"]
    assert found[1] == {"item_id": "c", **ALIEN}
    assert recommender.get("/items?cursor=999").get_json() == {"items": []}


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "cursor=x", "cursor=-1", "hidden=yes"])
def test_a_wrong_page_is_named(recommender: FlaskClient, query: str) -> None:
    answer = recommender.get(f"/items?{query}")

    assert is_problem(answer, 422)
    assert list(answer.get_json()["errors"]) == [query.split("=")[0]]


@pytest.mark.parametrize("item", ["a b", "50%", "é", "..", "a,b", "?", "#"])
@pytest.mark.usefixtures("generation")
def test_odd_ids_are_ids(recommender: FlaskClient, item: str) -> None:
    address = f"/items/{quote(item, safe='')}"

    assert recommender.put(address, json={"year": 1999}).get_json()["item_id"] == item
    assert recommender.get(address).get_json()["year"] == 1999
    assert recommender.delete(address).status_code == 200


@pytest.mark.usefixtures("generation")
def test_similar_items_say_why(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    recommender.put("/items/new", json={"genres": ["Drama", "War"], "year": 1990})
    recommender.patch("/items/d", json={"year": 1991})
    for fan in range(9):
        like(stores, generation, f"u{fan}", "a", "b")
    Counting(generation, stores).publish_news()
    refresh(recommender)

    known = recommender.get("/similar/a").get_json()["items"]
    new = recommender.get("/similar/new").get_json()["items"]

    assert known[0]["item_id"] == "b"
    assert "liked_together" in known[0]["reasons"]
    assert new[0] == {
        "item_id": "d",
        "score": new[0]["score"],
        "reasons": ["genres", "year"],
        "genres": ["Drama"],
    }
    assert len(new) == 4


def test_items_that_statistics_do_not_know_yet_are_similar_to_each_other(
    recommender: FlaskClient, stores: Stores
) -> None:
    Counting(stores.generations.begin(), stores).publish_news()
    refresh(recommender)
    for item in ("a", "b"):
        recommender.put(f"/items/{item}", json={"genres": ["Drama"]})

    assert ids(recommender.get("/similar/a").get_json()) == ["b"]


@pytest.mark.usefixtures("generation")
def test_what_came_last_comes_first(recommender: FlaskClient) -> None:
    recommender.post("/add_items", json={"item_ids": ["e", "a"], "genres": [["War"], None]})

    assert ids(recommender.get("/latest").get_json()) == ["e", "d", "c", "b", "a"]
    assert ids(recommender.get("/latest?k=2&genre=Drama").get_json()) == ["d", "c"]


def test_without_redis_items_are_told_of(
    start: Callable[..., FlaskClient], generation: Generation
) -> None:
    lonely = start("recommender", **NOWHERE)

    assert lonely.put("/items/x", json=ALIEN).status_code == 200
    for address in ("/items", "/items/x", "/latest", "/similar/a"):
        assert lonely.get(address).status_code == 200

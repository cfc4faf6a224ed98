import json
from collections.abc import Callable
from time import monotonic
from typing import Any

import pytest
from flask.testing import FlaskClient

from recs.stores import Stores
from recs.stores.catalogue import Catalogue
from recs.types import Generation
from tests.app.conftest import NOWHERE, is_problem
from tests.recs.stores.faults import files_of_at_most


@pytest.fixture
def generation(stores: Stores) -> Generation:
    return stores.generations.begin()


def known(stores: Stores, generation: Generation) -> dict[str, tuple[str, ...]]:
    """Return item -> genres, as another process reads them from the disk."""
    catalogue = Catalogue(stores.generations.folder(generation))
    catalogue.refresh()
    return {
        item: genres
        for item, genres, is_known in zip(
            catalogue.ids, catalogue.genres, catalogue.known, strict=True
        )
        if is_known
    }


@pytest.mark.parametrize(
    "genres", [{"genres": [["Drama", "War"], []]}, {"genres": [["Drama", "War"], None]}]
)
def test_items_are_known_with_their_genres(
    recommender: FlaskClient, stores: Stores, generation: Generation, genres: dict[str, Any]
) -> None:
    answer = recommender.post("/add_items", json={"item_ids": ["a", "b"], **genres})

    assert answer.status_code == 200
    assert known(stores, generation) == {"a": ("Drama", "War"), "b": ()}


def test_items_for_a_generation_that_is_over_are_refused(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    new = stores.generations.begin()

    late = recommender.post(f"/add_items?generation={generation}", json={"item_ids": ["late"]})
    timely = recommender.post(f"/add_items?generation={new}", json={"item_ids": ["timely"]})

    assert is_problem(late, 409)
    assert timely.status_code == 200
    assert known(stores, new).keys() == {"timely"}


@pytest.mark.parametrize("genres", [{}, {"genres": None}])
def test_genres_may_be_absent(
    recommender: FlaskClient, stores: Stores, generation: Generation, genres: dict[str, None]
) -> None:
    assert recommender.post("/add_items", json={"item_ids": ["a"], **genres}).status_code == 200
    assert known(stores, generation) == {"a": ()}


def test_integers_are_read_as_ids(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    assert recommender.post("/add_items", json={"item_ids": [7]}).status_code == 200
    assert known(stores, generation) == {"7": ()}


def test_items_may_come_in_many_calls_and_again(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    for body in (
        {"item_ids": ["a", "a", "b"], "genres": [["Drama"], ["Drama"], []]},
        {"item_ids": ["b", "a"], "genres": [["War"], None]},
        {"item_ids": []},
    ):
        assert recommender.post("/add_items", json=body).status_code == 200

    assert known(stores, generation) == {"a": ("Drama",), "b": ("War",)}


def test_a_whole_catalogue_comes_in_one_call(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    genres = [["Drama", "Children's", "Film-Noir"][: n % 4] for n in range(30_000)]
    body = {"item_ids": list(range(30_000)), "genres": genres}

    assert recommender.post("/add_items", json=body).status_code == 200
    assert len(known(stores, generation)) == 30_000


WRONG = [
    ("item_ids", None, "null"),
    ("item_ids", "ab", "list"),
    ("item_ids", ["a", ""], "empty"),
    ("item_ids", ["a", None], "null"),
    ("item_ids", ["a", "x" * 513], "512"),
    ("item_ids", ["a", "\n"], "control"),
    ("item_ids", ["a", "\udfff"], "surrogate"),
    ("item_ids", ["a"] * 100_001, "100,000"),
    ("genres", "Drama", "list"),
    ("genres", ["Drama", "War"], "list"),
    ("genres", [[]], "one list for each"),
    ("genres", [[], [], []], "one list for each"),
    ("genres", [[], [1.5]], "string"),
    ("genres", [[], [True]], "string"),
    ("genres", [[], [["Drama"]]], "string"),
    ("genres", [[], [10**600]], "512"),
    ("genres", [[], ["a\x1fb"]], "control"),
    ("genres", [[], ["x" * 513]], "512"),
    ("genres", [[], ["Drama"] * 1_001], "1000"),
    ("genres", [[]] * 100_001, "100,000"),
    ("titles", ["Alien"], "one title for each"),
    ("titles", ["Alien", 7], "text"),
    ("titles", ["Alien", "x" * 1_001], "1,000"),
    ("titles", ["Alien", "\0"], "control"),
    ("years", [1979], "one year for each"),
    ("years", [1979, 0], "9999"),
    ("years", [1979, True], "9999"),
    ("years", [1979, "about 1980"], "9999"),
    ("kinds", [None, ["film"]], "text"),
    ("countries", [["USSR"]], "one list for each"),
    ("countries", [None, ["A"] * 51], "50"),
    ("people", [None, "Ridley Scott"], "list"),
    ("people", [None, [7]], "text"),
    ("people", [None, ["x" * 201]], "200"),
    ("descriptions", [None, "x" * 10_001], "10,000"),
    ("links", [None, "javascript:alert(1)"], "https://"),
    ("links", [None, "https://"], "https://"),
    ("links", [None, "https://[a"], "https://"),
    ("hidden", [None, 1], "true or false"),
]


@pytest.mark.parametrize(("field", "value", "allowed"), WRONG, ids=lambda value: repr(value)[:24])
def test_a_wrong_field_is_named_with_what_is_allowed(
    recommender: FlaskClient,
    stores: Stores,
    generation: Generation,
    field: str,
    value: Any,
    allowed: str,
) -> None:
    body = {"item_ids": ["a", "b"], "genres": [["Drama"], []], field: value}

    answer = recommender.post("/add_items", json=body)

    assert is_problem(answer, 422)
    assert list(answer.get_json()["errors"]) == [field]
    assert allowed in json.dumps(answer.get_json()["errors"])
    assert known(stores, generation) == {}


def test_item_ids_may_not_be_missing(recommender: FlaskClient) -> None:
    answer = recommender.post("/add_items", json={})

    assert is_problem(answer, 422)
    assert list(answer.get_json()["errors"]) == ["item_ids"]


def test_of_many_wrong_ids_the_first_ten_are_told(recommender: FlaskClient) -> None:
    answer = recommender.post("/add_items", json={"item_ids": [""] * 100_000})

    assert list(answer.get_json()["errors"]["item_ids"]) == [str(n) for n in range(10)]


def test_a_list_far_too_long_is_refused_before_it_is_looked_at(recommender: FlaskClient) -> None:
    body = json.dumps({"item_ids": [1] * 2_000_000})
    begun = monotonic()

    answer = recommender.post("/add_items", data=body)

    assert is_problem(answer, 422)
    assert monotonic() - begun < 5


def test_a_body_beyond_32_mib_is_refused_unread(recommender: FlaskClient) -> None:
    assert is_problem(recommender.post("/add_items", data=b"x" * (32 * 2**20 + 1)), 413)


def test_another_method_is_a_405(recommender: FlaskClient) -> None:
    assert is_problem(recommender.get("/add_items"), 405)


def test_what_is_added_after_a_cleanup_belongs_to_the_new_generation(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    new = Generation(recommender.get("/cleanup").get_json()["generation"])
    recommender.post("/add_items", json={"item_ids": ["a"]})

    assert (known(stores, generation), known(stores, new)) == ({}, {"a": ()})


def test_a_disk_that_is_full_is_a_503_that_names_it_and_nothing_is_known(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    with files_of_at_most(0):
        answer = recommender.post("/add_items", json={"item_ids": ["a"]})

    assert is_problem(answer, 503)
    assert answer.get_json()["detail"] == "the disk cannot serve now: File too large"
    assert answer.headers["Retry-After"] == "1"
    assert known(stores, generation) == {}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ([" drama ", "DRAMA", "War"], ("Drama", "War")),
        (["(no genres listed)"], ()),
        (["\\N", "", "N/A", None, "War"], ("War",)),
        ([28, "28"], ("28",)),
        ([], ()),
        (None, ("Drama",)),
    ],
)
def test_genres_are_tidied_none_keeps_them_and_an_empty_list_clears_them(
    recommender: FlaskClient,
    stores: Stores,
    generation: Generation,
    sent: list[Any] | None,
    kept: tuple[str, ...],
) -> None:
    recommender.post("/add_items", json={"item_ids": ["a"], "genres": [["Drama"]]})

    answer = recommender.post("/add_items", json={"item_ids": ["a"], "genres": [sent]})

    assert answer.status_code == 200
    assert known(stores, generation) == {"a": kept}


def test_more_than_ten_thousand_genres_are_refused_with_all_that_came_with_them(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    genres = [[f"g{n}" for n in range(start, start + 1_000)] for start in range(0, 11_000, 1_000)]
    body = {"item_ids": list(range(11)), "genres": genres}

    answer = recommender.post("/add_items", json=body)
    fewer = recommender.post("/add_items", json={"item_ids": [1], "genres": genres[:1]})

    assert is_problem(answer, 422)
    assert "10,000" in answer.get_json()["errors"]["genres"][0]
    assert fewer.status_code == 200
    assert known(stores, generation).keys() == {"1"}


def test_unknown_fields_are_ignored_named_and_counted(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    body = {"item_ids": ["a"], "stars": ["Weaver"], "year": 1979}

    answer = recommender.post("/add_items", json=body)

    assert (answer.status_code, answer.get_json()["ignored"]) == (200, ["stars", "year"])
    assert recommender.get("/readyz").get_json()["ignored_fields"] == {"stars": 1, "year": 1}


def test_a_misspelled_field_is_named_beside_the_one_that_is_missing(
    recommender: FlaskClient,
) -> None:
    answer = recommender.post("/add_items", json={"items": ["a"]})

    assert is_problem(answer, 422)
    assert list(answer.get_json()["errors"]) == ["item_ids"]
    assert answer.get_json()["ignored"] == ["items"]


def test_of_a_hundred_thousand_unknown_fields_ten_are_named(recommender: FlaskClient) -> None:
    body = {"item_ids": []} | {"x" * 1_000 + str(n): n for n in range(2_000)}

    answer = recommender.post("/add_items", json=body)

    assert [len(name) for name in answer.get_json()["ignored"]] == [512] * 10


def test_a_body_without_unknown_fields_has_no_word_about_them(recommender: FlaskClient) -> None:
    assert "ignored" not in recommender.post("/add_items", json={"item_ids": []}).get_json()


def test_without_redis_items_are_added_all_the_same(
    start: Callable[..., FlaskClient], stores: Stores, generation: Generation
) -> None:
    lonely = start("recommender", **NOWHERE)

    assert lonely.post("/add_items", json={"item_ids": ["a"]}).status_code == 200
    assert known(stores, generation) == {"a": ()}
    assert lonely.get("/recs/u").get_json() == {"item_ids": ["a"]}


def test_the_very_first_items_begin_a_generation(recommender: FlaskClient, stores: Stores) -> None:
    assert recommender.post("/add_items", json={"item_ids": ["a"]}).status_code == 200
    assert recommender.get("/recs/u").get_json() == {"item_ids": ["a"]}
    assert known(stores, stores.generations.current()) == {"a": ()}


def test_attributes_come_as_parallel_lists(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    body = {
        "item_ids": ["a", "b", "c"],
        "titles": [" Alien ", "", None],
        "years": [1979, "1983", None],
        "kinds": ["film", "series", None],
        "countries": [["UK", " USA ", "UK", ""], [], None],
        "people": [["Ridley Scott"], None, [None]],
        "descriptions": ["In space.\nNobody hears.", None, None],
        "links": ["https://a.example/?b=c", None, ""],
        "hidden": [None, True, False],
    }

    assert recommender.post("/add_items", json=body).get_json() == {"status": "added", "items": 3}

    catalogue = Catalogue(stores.generations.folder(generation))
    catalogue.refresh()
    assert catalogue.about([0, 1, 2]) == [
        {
            "title": "Alien",
            "year": 1979,
            "kind": "film",
            "countries": ["UK", "USA"],
            "people": ["Ridley Scott"],
            "description": "In space.\nNobody hears.",
            "link": "https://a.example/?b=c",
        },
        {"year": 1983, "kind": "series"},
        {},
    ]
    assert (list(catalogue.known), catalogue.hidden) == ([1, 0, 1], {1})


def test_attributes_that_are_null_stay_as_they_are(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    told = {"titles": ["Alien"], "years": [1979], "genres": [["Horror"]]}
    for more in (told, {"titles": [None], "years": None}, {}):
        recommender.post("/add_items", json={"item_ids": ["a"], **more})

    catalogue = Catalogue(stores.generations.folder(generation))
    catalogue.refresh()
    assert catalogue.about([0]) == [{"title": "Alien", "year": 1979}]
    assert catalogue.genres == [("Horror",)]


def test_lists_of_attributes_may_be_named_like_the_attribute(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    body = {"item_ids": ["a"], "title": ["Alien"], "year": [1979], "kind": None, "link": "no list"}

    answer = recommender.post("/add_items", json=body).get_json()

    catalogue = Catalogue(stores.generations.folder(generation))
    catalogue.refresh()
    assert answer["ignored"] == ["link"]
    assert catalogue.about([0]) == [{"title": "Alien", "year": 1979}]

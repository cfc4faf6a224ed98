"""How /recs is asked, and the form of its answers: ids, reasons, problems."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from recs.stores import Stores
from recs.types import Generation, ItemId
from tests.app.conftest import is_problem, like, refresh
from tests.app.recs.conftest import recs
from tests.recs.stores.catalogues import add_to
from workers.counting import Counting


@pytest.mark.usefixtures("generation")
def test_the_plain_answer_holds_nothing_but_ids(recommender: FlaskClient) -> None:
    assert list(recommender.get("/recs/u").get_json()) == ["item_ids"]
    assert list(recommender.get("/recs/u?explain=0").get_json()) == ["item_ids"]


def test_ids_are_written_as_json(recommender: FlaskClient, stores: Stores) -> None:
    odd = ['"', "\\", "фильм", "🎬", "</script>", "7"]
    add_to(stores.catalogues.of(stores.generations.begin()), ((ItemId(item), ()) for item in odd))

    answer = recommender.get("/recs/u")

    assert sorted(answer.get_json()["item_ids"]) == sorted(odd)
    assert answer.mimetype == "application/json"


def test_every_answer_can_be_explained(
    recommender: FlaskClient,
    stores: Stores,
    generation: Generation,
    prepare: Callable[..., None],
) -> None:
    like(stores, generation, "u", "i1")
    Counting(generation, stores).publish_news()
    prepare("u", i7=0.25)

    answer = recommender.get("/recs/u?explain=1&k=2").get_json()

    assert answer["item_ids"] == [item["item_id"] for item in answer["items"]]
    assert answer["items"][0] == {
        "item_id": "i7",
        "source": "similar",
        "score": 0.25,
        "because": [],
        "genres": ["Drama"],
        "likes": 0,
    }
    assert answer["items"][1]["source"] == "popular"


@pytest.mark.usefixtures("generation")
def test_before_any_statistics_answers_can_be_explained_too(recommender: FlaskClient) -> None:
    answer = recommender.get("/recs/u?explain=1&k=1").get_json()

    assert answer["items"] == [
        {
            "item_id": "i0",
            "source": "popular",
            "score": 0.0,
            "because": [],
            "genres": [],
            "likes": 0,
        }
    ]


def test_an_explanation_counts_who_likes_an_item(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    for n in range(3):
        like(stores, generation, f"u{n}", "i4")
    Counting(generation, stores).publish_news()
    refresh(recommender)

    (best,) = recommender.get("/popular?explain=1&k=1").get_json()["items"]
    assert (best["item_id"], best["likes"]) == ("i4", 3)


@pytest.mark.parametrize(
    "user",
    ["a/b", "/", "//", "/a", "a/", "50%", "%2F", "a b", "a+b", "a:b", "*", "?", "#", "..", "фильм",
     "🎬", '"', "a,b", "'", "x" * 512, "a}", "{a", "{}", "a/interactions"],
)  # fmt: skip
def test_odd_ids_of_users_do_not_cross_over(
    recommender: FlaskClient, prepare: Callable[..., None], user: str
) -> None:
    prepare(user, i7=1.0)

    assert recs(recommender, f"{quote(user, safe='')}?k=1") == ["i7"]


@pytest.mark.parametrize("address", ["%00", "a%0Ab", "x" * 513, "%1E"])
def test_a_wrong_id_is_named(recommender: FlaskClient, address: str) -> None:
    answer = recommender.get(f"/recs/{address}")

    assert is_problem(answer, 422)
    assert list(answer.get_json()["errors"]) == ["user_id"]


@pytest.mark.parametrize("k", ["0", "101", "-1", "ten", "", "1.5", "٣", "1" * 5_000])
def test_a_wrong_k_is_named_with_what_is_allowed(recommender: FlaskClient, k: str) -> None:
    answer = recommender.get("/recs/u", query_string={"k": k})

    assert is_problem(answer, 422)
    assert answer.get_json()["errors"] == {"k": ["must be a number from 1 to 100"]}


def test_a_list_for_nobody_is_a_404(recommender: FlaskClient) -> None:
    assert is_problem(recommender.get("/recs/"), 404)


def test_another_method_is_a_405(recommender: FlaskClient) -> None:
    assert is_problem(recommender.post("/recs/u"), 405)

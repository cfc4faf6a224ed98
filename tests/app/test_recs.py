from dataclasses import replace
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from app import create_app
from recs.explanations import Entry
from recs.interactions import Action, Interaction
from recs.settings import Settings
from recs.stores import Stores
from recs.stores.log import Kind
from recs.types import Generation, ItemId, UserId
from tests.app.conftest import is_problem

TITLES = [f"i{n}" for n in range(40)]


@pytest.fixture
def generation(stores: Stores) -> Generation:
    """A generation with forty titles."""
    generation = stores.generations.begin()
    stores.catalogue.add(generation, [(ItemId(title), ("Drama",)) for title in TITLES])
    return generation


@pytest.fixture
def recommender_without_broker(settings: Settings) -> FlaskClient:
    settings = replace(settings, broker_url="amqp://127.0.0.1:1//")
    return create_app("recommender", settings).test_client()


def react(stores: Stores, generation: Generation, user: str, *items: str) -> None:
    rows = [Interaction(UserId(user), ItemId(item), Action.LIKE, 1).to_row() for item in items]
    span = stores.log.append(generation, Kind.INTERACTIONS, rows)
    stores.state.apply(generation, Kind.INTERACTIONS, span, rows)


def recs(recommender: FlaskClient, address: str) -> list[str]:
    answer = recommender.get(f"/recs/{address}")
    assert answer.status_code == 200
    items: list[str] = answer.get_json()["item_ids"]
    return items


@pytest.mark.usefixtures("generation")
def test_somebody_never_heard_of_gets_ten_different_known_titles(recommender: FlaskClient) -> None:
    served = recs(recommender, "nobody")

    assert len(set(served)) == 10
    assert set(served) <= set(TITLES)


@pytest.mark.usefixtures("generation")
def test_who_asks_again_is_shown_something_new_first(recommender: FlaskClient) -> None:
    pages = [recs(recommender, "u") for _ in range(4)]

    assert {item for page in pages for item in page} == set(TITLES)
    assert len(recs(recommender, "u")) == 10


@pytest.mark.usefixtures("generation")
@pytest.mark.parametrize("k", [1, 3, 40, 100])
def test_k_says_how_many(recommender: FlaskClient, k: int) -> None:
    assert len(recs(recommender, f"u?k={k}")) == min(k, 40)


@pytest.mark.parametrize("k", ["0", "101", "-1", "ten", "", "1.5", "٣", "1" * 5_000])
def test_a_wrong_k_is_named_with_what_is_allowed(recommender: FlaskClient, k: str) -> None:
    answer = recommender.get("/recs/u", query_string={"k": k})

    assert is_problem(answer, 422)
    assert answer.get_json()["errors"] == {"k": ["must be a number from 1 to 100"]}


def test_before_anything_else_lists_are_empty(recommender: FlaskClient) -> None:
    assert recs(recommender, "u") == []


def test_between_cleanup_and_the_first_title_lists_are_empty(
    recommender: FlaskClient, generation: Generation
) -> None:
    assert recs(recommender, "u")
    assert recommender.post("/cleanup").get_json()["generation"] > generation

    assert recs(recommender, "u") == []


def test_who_reacted_to_everything_gets_an_empty_list_and_not_the_snapshot(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    recs(recommender, "someone else")
    react(stores, generation, "u", *TITLES)

    assert recs(recommender, "u") == []


def test_the_plain_answer_holds_nothing_but_ids(recommender: FlaskClient, generation: Generation) -> None:
    assert generation
    assert list(recommender.get("/recs/u").get_json()) == ["item_ids"]
    assert list(recommender.get("/recs/u?explain=0").get_json()) == ["item_ids"]


def test_every_list_can_be_explained(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    ranked = Entry(ItemId("i7"), "similar", 0.25, (ItemId("i1"),), ("Drama",))
    stores.lists.write(generation, {UserId("u"): [ranked]})

    answer = recommender.get("/recs/u?explain=1&k=2").get_json()

    assert answer["item_ids"] == [item["item_id"] for item in answer["items"]]
    assert answer["items"][0] == {
        "item_id": "i7",
        "source": "similar",
        "score": 0.25,
        "because": ["i1"],
        "genres": ["Drama"],
    }
    assert answer["items"][1]["source"] == "explore"


@pytest.mark.parametrize(
    "user",
    [
        "a/b",
        "/",
        "//",
        "/a",
        "a/",
        "50%",
        "%2F",
        "a b",
        "a+b",
        "a:b",
        "*",
        "?",
        "#",
        "..",
        "фильм",
        "🎬",
        '"',
        "a,b",
        "'",
        "x" * 512,
    ],
)
def test_odd_ids_of_viewers_do_not_cross_over(
    recommender: FlaskClient, stores: Stores, generation: Generation, user: str
) -> None:
    entry = Entry(ItemId("i7"), "popular", 1.0, (), ())
    stores.lists.write(generation, {UserId(user): [entry]})

    assert recs(recommender, f"{quote(user, safe='')}?k=1") == ["i7"]


@pytest.mark.parametrize("address", ["%00", "a%0Ab", "x" * 513, "%1E"])
def test_a_wrong_id_is_named(recommender: FlaskClient, address: str) -> None:
    answer = recommender.get(f"/recs/{address}")

    assert is_problem(answer, 422)
    assert list(answer.get_json()["errors"]) == ["user_id"]


def test_a_list_for_nobody_is_a_404(recommender: FlaskClient) -> None:
    assert is_problem(recommender.get("/recs/"), 404)


def test_another_method_is_a_405(recommender: FlaskClient) -> None:
    assert is_problem(recommender.post("/recs/u"), 405)


def test_a_title_that_came_late_is_shown_at_once(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    for _ in range(4):
        recs(recommender, "u")
    stores.catalogue.add(generation, [(ItemId("late"), ())])

    assert recs(recommender, "u")[0] == "late"


def test_the_broker_is_not_needed(recommender_without_broker: FlaskClient, generation: Generation) -> None:
    assert generation
    assert len(recs(recommender_without_broker, "u")) == 10

import pytest
from flask.testing import FlaskClient

from recs.explanations import Entry
from recs.interactions import Action, Interaction
from recs.stores import Stores
from recs.stores.log import Kind
from recs.types import ItemId, UserId
from tests.app.conftest import is_problem


def entries(*items: str) -> list[Entry]:
    return [Entry(ItemId(item), "popular", 1.0, (), ()) for item in items]


@pytest.fixture(autouse=True)
def _lists(stores: Stores) -> None:
    generation = stores.generations.begin()
    everyones = [f"i{n}" for n in range(12)]
    stores.lists.write_popular(
        generation, {None: entries(*everyones), "Film-Noir & more": entries("i3", "i1")}
    )
    row = Interaction(UserId("u/1"), ItemId("i1"), Action.DISLIKE, 1).to_row()
    span = stores.log.append(generation, Kind.INTERACTIONS, [row])
    stores.state.apply(generation, Kind.INTERACTIONS, span, [row])


@pytest.mark.parametrize(
    ("query", "items"),
    [
        ({}, [f"i{n}" for n in range(10)]),
        ({"k": "2"}, ["i0", "i1"]),
        ({"genre": "Film-Noir & more"}, ["i3", "i1"]),
        ({"genre": "unheard of"}, []),
        ({"k": "2", "user_id": "u/1"}, ["i0", "i2"]),
        ({"genre": "Film-Noir & more", "user_id": "u/1"}, ["i3"]),
    ],
)
def test_what_everyone_likes(
    recommender: FlaskClient, query: dict[str, str], items: list[str]
) -> None:
    answer = recommender.get("/popular", query_string=query)

    assert (answer.status_code, answer.get_json()) == (200, {"item_ids": items})


def test_showing_what_is_popular_is_not_recorded(recommender: FlaskClient, stores: Stores) -> None:
    recommender.get("/popular", query_string={"user_id": "u/1"})

    assert "impressions" not in stores.figures.totals(stores.generations.current())


def test_popular_titles_are_explained_too(recommender: FlaskClient) -> None:
    answer = recommender.get("/popular", query_string={"k": 1, "explain": 1}).get_json()

    assert [item["source"] for item in answer["items"]] == ["popular"]


@pytest.mark.parametrize(("query", "field"), [({"k": "0"}, "k"), ({"user_id": "a\nb"}, "user_id")])
def test_a_wrong_query_is_named(
    recommender: FlaskClient, query: dict[str, str], field: str
) -> None:
    answer = recommender.get("/popular", query_string=query)

    assert is_problem(answer, 422)
    assert list(answer.get_json()["errors"]) == [field]

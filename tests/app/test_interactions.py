from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from recs.interactions import Action, Interaction
from recs.stores import Stores
from recs.stores.log import Kind
from recs.types import ItemId, UserId
from tests.app.conftest import is_problem


def react(stores: Stores, *said: tuple[str, str, Action, float]) -> None:
    generation = stores.generations.current()
    rows = [Interaction(UserId(u), ItemId(i), action, at).to_row() for u, i, action, at in said]
    span = stores.log.append(generation, Kind.INTERACTIONS, rows)
    stores.state.apply(generation, Kind.INTERACTIONS, span, rows)


def test_likes_and_dislikes_come_newest_first_without_those_taken_back(
    recommender: FlaskClient, stores: Stores
) -> None:
    react(
        stores,
        ("u", "a", Action.LIKE, 1),
        ("u", "b", Action.DISLIKE, 2),
        ("u", "c", Action.LIKE, 3),
        ("u", "d", Action.LIKE, 4),
        ("u", "d", Action.UNDO, 5),
        ("v", "x", Action.LIKE, 6),
    )

    assert recommender.get("/interactions/u").get_json() == {"liked": ["c", "a"], "disliked": ["b"]}


def test_who_said_nothing_has_no_interactions(recommender: FlaskClient) -> None:
    assert recommender.get("/interactions/nobody").get_json() == {"liked": [], "disliked": []}


@pytest.mark.parametrize("user", ["a/b", "/", "a/", "50%", "a b", "a:b", "*", "é", "?"])
def test_odd_ids_do_not_cross_over(recommender: FlaskClient, stores: Stores, user: str) -> None:
    react(stores, (user, "mine", Action.LIKE, 1), (user + "x", "theirs", Action.LIKE, 1))

    answer = recommender.get(f"/interactions/{quote(user, safe='')}")

    assert answer.get_json() == {"liked": ["mine"], "disliked": []}


def test_a_wrong_id_is_named(recommender: FlaskClient) -> None:
    answer = recommender.get("/interactions/%00")

    assert is_problem(answer, 422)
    assert list(answer.get_json()["errors"]) == ["user_id"]

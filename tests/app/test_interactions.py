from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from recs.interactions import Action
from recs.stores import Stores
from tests.app.conftest import interact, is_problem


def test_likes_and_dislikes_come_newest_first_without_those_undone(
    recommender: FlaskClient, stores: Stores
) -> None:
    interact(
        stores,
        stores.generations.begin(),
        ("u", "a", Action.LIKE, 1),
        ("u", "b", Action.DISLIKE, 2),
        ("u", "c", Action.LIKE, 3),
        ("u", "d", Action.LIKE, 4),
        ("u", "d", Action.UNDO, 5),
        ("v", "x", Action.LIKE, 6),
    )

    assert recommender.get("/users/u/interactions").get_json() == {
        "liked": ["c", "a"],
        "disliked": ["b"],
    }


def test_who_did_nothing_has_no_interactions(recommender: FlaskClient) -> None:
    assert recommender.get("/users/nobody/interactions").get_json() == {"liked": [], "disliked": []}


@pytest.mark.parametrize(
    "user", ["a/b", "/", "a/", "50%", "a b", "a:b", "*", "é", "?", "a/interactions"]
)
def test_odd_ids_do_not_cross_over(recommender: FlaskClient, stores: Stores, user: str) -> None:
    interact(
        stores,
        stores.generations.begin(),
        (user, "mine", Action.LIKE, 1),
        (user + "x", "theirs", Action.LIKE, 1),
    )

    answer = recommender.get(f"/users/{quote(user, safe='')}/interactions")

    assert answer.get_json() == {"liked": ["mine"], "disliked": []}


def test_a_wrong_id_is_named(recommender: FlaskClient) -> None:
    answer = recommender.get("/users/%00/interactions")

    assert is_problem(answer, 422)
    assert list(answer.get_json()["errors"]) == ["user_id"]

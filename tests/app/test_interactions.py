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
        ("u", "e", Action.WATCHED, 6),
        ("u", "f", Action.WATCHED, 7),
        ("v", "x", Action.LIKE, 8),
    )

    assert recommender.get("/users/u/interactions").get_json() == {
        "liked": ["c", "a"],
        "disliked": ["b"],
        "watched": ["f", "e"],
        "interactions": [
            {"item_id": "f", "action": "watched", "timestamp": 7.0},
            {"item_id": "e", "action": "watched", "timestamp": 6.0},
            {"item_id": "c", "action": "like", "timestamp": 3.0},
            {"item_id": "b", "action": "dislike", "timestamp": 2.0},
            {"item_id": "a", "action": "like", "timestamp": 1.0},
        ],
    }


def test_interactions_come_page_by_page(recommender: FlaskClient, stores: Stores) -> None:
    generation = stores.generations.begin()
    said = [("u", f"i{n}", Action.LIKE, 1_700_000_000.25 + n // 3) for n in range(10)]
    interact(stores, generation, *said)
    items: list[str] = []
    query = "limit=4"

    for size in (4, 4, 2):
        page = recommender.get(f"/users/u/interactions?{query}").get_json()
        assert page["liked"] == [each["item_id"] for each in page["interactions"]]
        assert len(page["liked"]) == size
        items += page["liked"]
        query = f"limit=4&cursor={page.get('next')}"
        interact(stores, generation, ("u", f"new{size}{len(items)}", Action.LIKE, 1_800_000_000))

    assert "next" not in page
    assert items == [f"i{n}" for n in (9, 8, 7, 6, 5, 4, 3, 2, 1, 0)]


@pytest.mark.parametrize("cursor", ["x", "1.5", "1_", "_1", "1_2_3", "1e999999_x"])
def test_a_wrong_cursor_is_named(recommender: FlaskClient, cursor: str) -> None:
    answer = recommender.get(f"/users/u/interactions?cursor={cursor}")

    assert is_problem(answer, 422)
    assert list(answer.get_json()["errors"]) == ["cursor"]


def test_who_did_nothing_has_no_interactions(recommender: FlaskClient) -> None:
    nothing = {"liked": [], "disliked": [], "watched": [], "interactions": []}

    assert recommender.get("/users/nobody/interactions").get_json() == nothing


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

    assert answer.get_json()["liked"] == ["mine"]


def test_a_wrong_id_is_named(recommender: FlaskClient) -> None:
    answer = recommender.get("/users/%00/interactions")

    assert is_problem(answer, 422)
    assert list(answer.get_json()["errors"]) == ["user_id"]

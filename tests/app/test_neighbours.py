from flask.testing import FlaskClient

from recs.stores import Stores
from tests.app.conftest import add, like
from workers.counting import Counting


def test_neighbours_are_those_who_like_the_same(recommender: FlaskClient, stores: Stores) -> None:
    generation = stores.generations.begin()
    add(stores, generation, a=[], b=[], c=[], d=[])
    for user, items in {"u": "abc", "same": "abc", "some": "ab", "other": "d"}.items():
        like(stores, generation, user, *items)
    assert recommender.get("/users/u/neighbours").get_json() == {"users": []}

    Counting(generation, stores).publish_news()

    assert recommender.get("/users/u/neighbours").get_json() == {
        "users": [
            {"user_id": "same", "similarity": 0.6, "in_common": 3},
            {"user_id": "some", "similarity": 0.4082, "in_common": 2},
        ]
    }
    assert len(recommender.get("/users/u/neighbours?k=1").get_json()["users"]) == 1
    assert recommender.get("/users/nobody/neighbours").get_json() == {"users": []}


def test_before_anything_nobody_has_neighbours(recommender: FlaskClient) -> None:
    assert recommender.get("/users/u/neighbours").get_json() == {"users": []}

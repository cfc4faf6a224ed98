"""/recs on a Redis that does not do what it should: lists come, and the log says why."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from redis.exceptions import ResponseError

from app import serving as module
from recs.stores import connection
from tests.servers.redis_servers import RedisServer

ITEMS = [f"i{n}" for n in range(40)]


def recs(client: FlaskClient, user: str) -> list[str]:
    answer = client.get(f"/recs/{user}")
    assert answer.status_code == 200
    return list(answer.get_json()["item_ids"])


@pytest.fixture
def failing(start: Callable[..., FlaskClient], own_redis: RedisServer) -> FlaskClient:
    """A recommender on a Redis of its own, to spoil; it has served a list."""
    client = start("recommender", redis_url=own_redis.url)
    client.post("/cleanup")
    client.post("/add_items", json={"item_ids": ITEMS})
    client.get("/recs/u").get_json()
    return client


SPOILED = {
    "a replica": (["REPLICAOF", "127.0.0.1", "1"], "replica"),
    "no scripts": (["ACL", "SETUSER", "default", "-@scripting"], "its user may not"),
}


@pytest.mark.usefixtures("once_a_minute")
@pytest.mark.parametrize("how", SPOILED)
def test_a_redis_that_refuses_leaves_popular_items_and_one_line_that_says_why(
    failing: FlaskClient, own_redis: RedisServer, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    command, said = SPOILED[how]
    with connection.short_timeout(own_redis.url, 1.0) as client:
        client.execute_command(*command)

    lists = [recs(failing, "u") for _ in range(20)]
    told = [each for each in caplog.records if each.name == module.__name__]

    assert {len(each) for each in lists} == {10}
    assert len(told) == 1
    assert said in told[0].getMessage()
    assert "lists" in failing.get("/readyz").get_json()["degraded"]


@pytest.mark.usefixtures("once_a_minute")
def test_a_script_that_fails_for_good_is_logged_with_its_traceback(
    failing: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def wrong(*_: object, **__: object) -> None:
        raise ResponseError("user_script:12: attempt to compare nil with number")

    users = failing.application.extensions["recommender"].stores.users
    monkeypatch.setattr(users, "_serve", wrong)
    lists = [recs(failing, "u") for _ in range(20)]
    told = [each for each in caplog.records if each.name == module.__name__]
    readiness = failing.get("/readyz").get_json()

    assert {len(each) for each in lists} == {10}
    assert [bool(each.exc_info) for each in told] == [True]
    assert readiness["servers"]["lists"] == "fails: ResponseError"
    assert readiness["servers"]["redis"] == "ok"


def test_what_was_shown_while_redis_stood_still_counts_as_seen_later(
    failing: FlaskClient, own_redis: RedisServer
) -> None:
    stores = failing.application.extensions["recommender"].stores
    generation = stores.generations.current()
    stores.replay.reconcile(generation)  # as `maintain` does, which waits for Redis longer
    own_redis.pause()
    shown = [item for _ in range(4) for item in recs(failing, "u")]
    own_redis.resume()

    stores.replay.reconcile(generation)

    (state,) = stores.users.states(generation, ["u"])
    ids = stores.catalogues.of(generation).ids
    assert {*shown} <= {ids[row] for row in state.shown.tolist()}

import pytest
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    ClusterDownError,
    ConnectionError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TimeoutError,
)

from recs.stores.trouble import advice_on, is_away, is_of_server


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (ReadOnlyError("You can't write against a read only replica."), "primary"),
        (ResponseError("READONLY You can't write. script: 3f, on @user_script:3."), "primary"),
        (OutOfMemoryError("command not allowed"), "maxmemory"),
        (ResponseError("OOM command not allowed when used memory > 'maxmemory'."), "maxmemory"),
        (ResponseError("MISCONF Redis is configured to save RDB snapshots"), "disk"),
        (NoPermissionError("this user has no permissions to run 'evalsha'"), "user"),
        (ResponseError("ACL failure in script: User x has no permissions to run 'set'"), "user"),
        (BusyLoadingError("Redis is loading the dataset in memory"), "wait"),
        (ClusterDownError("The cluster is down"), "cluster"),
        (ConnectionError("max number of clients reached"), "maxclients"),
        (AuthenticationError("invalid password"), "password"),
        (TimeoutError("Timeout reading from socket"), "hangs"),
        (ConnectionError("Connection refused"), "REDIS_URL"),
    ],
)
def test_what_is_the_servers_state_is_told_with_what_to_do(error: RedisError, advice: str) -> None:
    assert advice in advice_on(error)
    assert is_of_server(error)


@pytest.mark.parametrize(
    "error",
    [
        ResponseError("WRONGTYPE Operation against a key holding the wrong kind of value"),
        ResponseError("user_script:12: attempt to compare nil with number"),
        ResponseError("ERR no key ROOM in the BUSYNESS"),
        RedisError("something"),
    ],
)
def test_a_mistake_of_a_script_is_ours(error: RedisError) -> None:
    assert not is_of_server(error)


def test_away_is_who_does_not_answer_and_not_who_refuses() -> None:
    away = [ConnectionError(), TimeoutError(), BusyLoadingError(), ClusterDownError("down")]
    there = [AuthenticationError(), ReadOnlyError(), ResponseError("ERR"), ValueError()]

    assert [is_away(error) for error in (*away, *there)] == [True] * 4 + [False] * 4

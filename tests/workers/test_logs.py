"""Which errors are told in one line: those that mean that something else is wrong, not our code."""

from errno import EMFILE, ENOSPC, EROFS

import amqp.exceptions
import kombu.exceptions
import pytest
import redis.exceptions
from billiard.exceptions import RestartFreqExceeded

from workers.logs import cause_of


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        kombu.exceptions.OperationalError(),
        amqp.exceptions.AccessRefused("Login was refused"),
        amqp.exceptions.NotAllowed("vhost x not found"),
        redis.exceptions.TimeoutError(),
        redis.exceptions.AuthenticationError(),
        redis.exceptions.ReadOnlyError(),
        redis.exceptions.OutOfMemoryError("Command # 1 (LPUSH …) of pipeline caused error: OOM"),
        redis.exceptions.ResponseError("OOM command not allowed when used memory > 'maxmemory'."),
        RestartFreqExceeded("5 in 1s"),
        OSError(ENOSPC, "No space left on device"),
        OSError(EMFILE, "Too many open files", "/data/erased.csv"),
        OSError(EROFS, "Read-only file system", "/data/erased.csv"),
    ],
)
def test_a_server_that_is_down_or_full_and_a_disk_that_is_full_are_no_mistakes_of_ours(
    error: Exception,
) -> None:
    assert cause_of(error) is not None


@pytest.mark.parametrize(
    "error",
    [
        KeyError("k"),
        FileNotFoundError(2, "No such file or directory", "/data/x"),
        redis.exceptions.ResponseError("value is not an integer or out of range"),
    ],
)
def test_a_mistake_of_ours_has_its_traceback(error: Exception) -> None:
    assert cause_of(error) is None


def test_a_line_says_what_is_wrong_with_redis_and_why_a_broker_refuses() -> None:
    full = redis.exceptions.OutOfMemoryError("OOM command not allowed")
    refused = amqp.exceptions.NotAllowed("access to vhost '/' refused for user 'guest'")

    assert cause_of(full) == "Redis: its memory is full: raise its maxmemory"
    assert "refused for user 'guest'" in str(cause_of(refused))

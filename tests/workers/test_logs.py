"""Which errors are told in one line: those that mean that something else is wrong, not our code."""

from errno import ENOSPC, EROFS

import amqp.exceptions
import kombu.exceptions
import pytest
import redis.exceptions

from workers.logs import is_trouble


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
        OSError(ENOSPC, "No space left on device"),
        OSError(EROFS, "Read-only file system", "/data/erased.csv"),
    ],
)
def test_a_server_that_is_down_or_full_and_a_disk_that_is_full_are_no_mistakes_of_ours(
    error: Exception,
) -> None:
    assert is_trouble(error)


@pytest.mark.parametrize(
    "error",
    [
        KeyError("k"),
        FileNotFoundError(2, "No such file or directory", "/data/x"),
        redis.exceptions.ResponseError("value is not an integer or out of range"),
    ],
)
def test_a_mistake_of_ours_has_its_traceback(error: Exception) -> None:
    assert not is_trouble(error)

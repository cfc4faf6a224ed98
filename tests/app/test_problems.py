"""Who is at fault: what errors of a view are answered with, and what the log says of them."""

import errno
import socket
from collections.abc import Callable
from http import HTTPStatus

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis.exceptions import (
    ConnectionError as RedisConnectionError,
)
from redis.exceptions import OutOfMemoryError, ReadOnlyError, ResponseError

from app import problems
from recs.errors import StoreUnavailable, TooManyGenres
from tests.app.conftest import is_problem

Answer = Callable[[Exception], FlaskClient]


@pytest.fixture
def failing() -> Callable[[Exception], FlaskClient]:
    """Make an app with a view that raises."""

    def failing(error: Exception) -> FlaskClient:
        app = Flask(__name__)
        problems.register(app)

        @app.get("/")
        def view() -> str:
            raise error

        return app.test_client()

    return failing


DISK = [errno.ENOSPC, errno.EROFS, errno.EIO, errno.EDQUOT, errno.EACCES, errno.ESTALE, errno.EFBIG]


@pytest.mark.parametrize("number", DISK)
def test_a_disk_that_is_full_or_broken_is_a_503_that_says_how(
    failing: Answer, number: int, caplog: pytest.LogCaptureFixture
) -> None:
    answer = failing(OSError(number, "it is said here", "/data/secret-folder/file")).get("/")

    assert is_problem(answer, 503)
    assert answer.get_json()["detail"] == "the disk cannot serve now: it is said here"
    assert answer.headers["Retry-After"] == "1"
    assert "/data/secret-folder/file" in caplog.text


def test_a_lock_that_nobody_lets_go_is_the_disks(failing: Answer) -> None:
    held = TimeoutError(errno.ETIMEDOUT, "somebody holds its lock", "/data/catalogue.jsonl")

    assert "the disk" in failing(held).get("/").get_json()["detail"]


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"),
        ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"),
        BrokenPipeError(errno.EPIPE, "Broken pipe"),
        TimeoutError("timed out"),
        socket.gaierror(-2, "Name or service not known"),
    ],
)
def test_a_connection_that_breaks_is_a_servers_and_not_the_disks(
    failing: Answer, error: OSError
) -> None:
    answer = failing(error).get("/")

    assert is_problem(answer, 503)
    assert answer.get_json()["detail"].startswith("a server behind this one")


def test_a_machine_without_files_to_open_is_named(failing: Answer) -> None:
    answer = failing(OSError(errno.EMFILE, "Too many open files")).get("/")

    assert is_problem(answer, 503)
    assert "this machine" in answer.get_json()["detail"]


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(errno.ENOENT, "No such file or directory", "/data/secret"),
        NotADirectoryError(errno.ENOTDIR, "Not a directory", "/data/secret"),
        IsADirectoryError(errno.EISDIR, "Is a directory", "/data/secret"),
        OSError(errno.EBADF, "Bad file descriptor"),
        OSError("something"),
        ResponseError("WRONGTYPE Operation against a key holding the wrong kind of value"),
        ResponseError("user_script:12: attempt to compare nil with number"),
    ],
)
def test_our_own_mistake_is_a_500_with_its_traceback_in_the_log(
    failing: Answer, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    answer = failing(error).get("/")

    assert is_problem(answer, 500)
    assert b"secret" not in answer.data
    assert type(error).__name__ in caplog.text
    assert [record.exc_info is not None for record in caplog.records] == [True]


@pytest.mark.parametrize(
    "error", [RedisConnectionError("refused"), ReadOnlyError("replica"), OutOfMemoryError("full")]
)
def test_a_redis_that_does_not_serve_is_a_503_that_says_how(
    failing: Answer, error: Exception
) -> None:
    answer = failing(error).get("/")

    assert is_problem(answer, 503)
    assert answer.get_json()["detail"] == f"Redis cannot serve now: {type(error).__name__}"


@pytest.mark.usefixtures("once_a_minute")
def test_what_goes_wrong_at_each_request_is_logged_once_a_minute(
    failing: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    client = failing(OSError(errno.EIO, "Input/output error", "/data/a-file-of-its-own"))
    for _ in range(50):
        client.get("/")

    assert len(caplog.records) == 1


def test_other_mistakes_of_ours_are_logged_beside_the_first(
    failing: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    failing(FileNotFoundError(errno.ENOENT, "none", "/data/one")).get("/")
    failing(FileNotFoundError(errno.ENOENT, "none", "/data/two")).get("/")

    assert len(caplog.records) == 2


def test_items_that_bring_too_many_genres_are_refused(failing: Answer) -> None:
    answer = failing(TooManyGenres(5_000, 1_000)).get("/")

    assert is_problem(answer, HTTPStatus.UNPROCESSABLE_ENTITY)
    assert "5,000" in answer.get_json()["errors"]["genres"][0]


def test_a_store_says_what_it_said_itself() -> None:
    full = StoreUnavailable("the disk", OSError(errno.ENOSPC, "No space left on device"))
    gone = StoreUnavailable("Redis", RedisConnectionError("host secret.example refused"))

    assert str(full) == "the disk cannot serve now: No space left on device"
    assert str(gone) == "Redis cannot serve now: ConnectionError"

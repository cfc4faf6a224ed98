import gzip
import json
import tracemalloc
import zlib
from collections.abc import Callable
from time import process_time

import pytest
from flask.testing import FlaskClient
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.test import TestResponse

from app.compression import decompress
from tests.app.conftest import NOWHERE, is_problem

BODY = json.dumps({"item_ids": ["a", "b"]}).encode()
GZIPPED = gzip.compress(BODY, mtime=0)
"""Without its time: it is part of a test's name, which must be the same in each process."""


@pytest.fixture
def lonely(start: Callable[..., FlaskClient]) -> FlaskClient:
    client = start("recommender", **NOWHERE)
    client.post("/cleanup")
    return client


@pytest.mark.parametrize(
    ("encoding", "sent"),
    [
        ("gzip", GZIPPED),
        ("x-gzip", GZIPPED),
        ("GZIP", GZIPPED),
        ("deflate", zlib.compress(BODY)),
        ("identity", BODY),
        ("gzip", gzip.compress(BODY[:5], mtime=0) + gzip.compress(BODY[5:], mtime=0)),
    ],
)
def test_compressed_bodies_are_read(lonely: FlaskClient, encoding: str, sent: bytes) -> None:
    answer = lonely.post("/add_items", data=sent, headers={"Content-Encoding": encoding})

    assert (answer.status_code, answer.get_json()["items"]) == (200, 2)


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "gzip, br", "x" * 5_000])
def test_other_encodings_are_refused_and_told_what_is_read(
    lonely: FlaskClient, encoding: str
) -> None:
    answer = lonely.post("/add_items", data=BODY, headers={"Content-Encoding": encoding})

    assert is_problem(answer, 415)
    assert "gzip" in answer.get_json()["detail"]
    assert len(answer.data) < 300


@pytest.mark.parametrize(
    "sent",
    [BODY, gzip.compress(BODY)[:-9], gzip.compress(BODY) + b"x", gzip.compress(BODY)[:5]],
    ids=["plain", "cut off", "something behind it", "only its head"],
)
def test_what_only_says_that_it_is_gzip_is_a_400(lonely: FlaskClient, sent: bytes) -> None:
    answer = lonely.post("/add_items", data=sent, headers={"Content-Encoding": "gzip"})

    assert is_problem(answer, 400)
    assert "gzip" in answer.get_json()["detail"]


@pytest.mark.slow
def test_a_zip_bomb_is_refused(lonely: FlaskClient) -> None:
    bomb = gzip.compress(b" " * (32 * 2**20 + 1))

    answer = lonely.post("/add_items", data=bomb, headers={"Content-Encoding": "gzip"})

    assert len(bomb) < 40_000
    assert is_problem(answer, 413)


@pytest.mark.parametrize("path", ["/recs", "/items"])
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_body_may_be_shorter_where_no_token_is_asked_for(
    lonely: FlaskClient, path: str, encoding: str
) -> None:
    def ask(size: int) -> TestResponse:
        body = b'{"ids": []}'.ljust(size)
        sent = gzip.compress(body, 1) if encoding == "gzip" else body
        return lonely.post(path, data=sent, headers={"Content-Encoding": encoding})

    assert ask(4 * 2**20).status_code == 200
    assert is_problem(ask(4 * 2**20 + 1), 413)


@pytest.mark.slow
@pytest.mark.parametrize("parts", [1, 50])
def test_a_zip_bomb_is_not_unpacked_beyond_the_limit(parts: int) -> None:
    bomb = gzip.compress(b"\0" * (50 * 2**20 // parts)) * parts
    tracemalloc.start()

    with pytest.raises(RequestEntityTooLarge):
        decompress(bomb, "gzip", 2**20)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 4 * 2**20


def test_many_members_take_no_longer_than_one() -> None:
    """A copy of all that follows, for each of 52,000 members, would take seconds."""
    empty = gzip.compress(b"", mtime=0)
    sent = empty * (2**20 // len(empty)) + gzip.compress(b"x")
    begun = process_time()

    assert decompress(sent, "gzip", 10) == b"x"
    assert process_time() - begun < 0.5


def test_a_body_of_just_the_allowed_size_is_read() -> None:
    sent = gzip.compress(b"x" * 1_000)

    assert decompress(sent, "gzip", 1_000) == b"x" * 1_000
    with pytest.raises(RequestEntityTooLarge):
        decompress(sent, "gzip", 999)


def test_nothing_at_all_is_nothing() -> None:
    assert decompress(b"", "gzip", 10) == b""
    with pytest.raises(UnsupportedMediaType):
        decompress(b"", "br", 10)
    with pytest.raises(BadRequest):
        decompress(b"\x1f", "gzip", 10)

"""Hostile bodies are refused by name, never with 500, and the next caller is served."""

import json
import socket
from contextlib import closing

import pytest

from tests.fuzz.wire import connect, exchange, is_alive, post
from tests.servers.service import Service

MEGABYTE = 2**20


def interaction(**changes: object) -> bytes:
    body = {"user_id": "u", "item_ids": ["a"], "actions": ["like"], **changes}
    return json.dumps(body).encode()


def raw(text: str) -> bytes:
    """Return a body with a text in place of its user id that no serializer would write."""
    return interaction().replace(b'"u"', text.encode(errors="surrogatepass"))


REFUSED = {
    "nothing": b"",
    "a NUL": b"\0",
    "not JSON": b"{'user_id': 'u'}",
    "half": interaction()[:-1],
    "a list": b"[]",
    "a number": b"7",
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "a deep id": raw("[" * 500 + "]" * 500),
    "broken UTF-8": b'{"user_id": "\xff\xfe"}',
    "UTF-16 of another kind": interaction().decode().encode("utf-16-le")[:-1],
    "a long id": interaction(user_id="u" * 513),
    "an id of 10 MB": interaction(user_id="u" * 10 * MEGABYTE),
    "a key of 10 MB": b'{"%s": 1}' % (b"k" * 10 * MEGABYTE),
    "an action of 10 MB": interaction(actions=["l" * 10 * MEGABYTE]),
    "a number of 10 MB": raw("9" * 10 * MEGABYTE),
    "a huge number as id": raw("9" * 4_000),
    "a NUL in an id": interaction(user_id="u\0"),
    "a line feed in an id": interaction(item_ids=["a\nb"]),
    "a lone surrogate": raw('"\\ud800"'),
    "surrogates in the wrong order": raw('"\\udc00\\ud800"'),
    "a raw surrogate": raw('"\ud800"'),
    "a separator of entries": interaction(item_ids=["a\x1eb"]),
    "NaN": interaction(timestamp=float("nan")),
    "infinity": interaction(timestamp=float("inf")),
    "a timestamp beyond all floats": raw('"u", "timestamp": 1e999'),
    "a long timestamp": raw(f'"u", "timestamp": {"1" * 400}'),
    "many interactions": interaction(item_ids=["a"] * 10**6, actions=["like"] * 10**6),
    "objects as ids": interaction(item_ids=[{"a": "b"}]),
    "true as an id": interaction(user_id=True),
    "null as an id": interaction(user_id=None),
    "an undo": interaction(actions=["undo"]),
}
TAKEN = {
    "a field that comes twice": raw('"u", "user_id": "u"'),
    "a million spaces": b" " * MEGABYTE + interaction(),
    "UTF-16": interaction().decode().encode("utf-16"),
    "a BOM": b"\xef\xbb\xbf" + interaction(),
    "an astral id": interaction(user_id="𝔘" * 128),
    "an integer as id": interaction(user_id=7, item_ids=[2**64]),
    "many unknown fields": interaction(**{str(n): n for n in range(10**5)}),
    "a field of 10 MB": interaction(note="n" * 10 * MEGABYTE),
    "no interactions": interaction(item_ids=[], actions=[]),
}


WRONG_IN_FIELDS_OF_INTERACTIONS = {
    *("a deep id", "a long id", "an id of 10 MB", "a huge number as id", "a NUL in an id"),
    *("a lone surrogate", "surrogates in the wrong order", "a raw surrogate"),
    *("NaN", "infinity", "a timestamp beyond all floats", "a long timestamp"),
    *("true as an id", "null as an id", "an action of 10 MB", "an undo"),
}
"""Wrong in a field that /add_items does not know, and so ignores."""


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_interaction_is_refused_as_the_callers_mistake(
    service: Service, name: str
) -> None:
    port = service.settings.collector_port

    assert exchange(port, post("/interact", REFUSED[name])) in (400, 413, 422)
    assert is_alive(service.settings)


@pytest.mark.parametrize("name", REFUSED)
def test_hostile_items_are_refused_unless_only_ignored_fields_are_wrong(
    service: Service, name: str
) -> None:
    allowed = (200,) if name in WRONG_IN_FIELDS_OF_INTERACTIONS else (400, 413, 422)

    assert exchange(service.settings.recommender_port, post("/add_items", REFUSED[name])) in allowed
    assert is_alive(service.settings)


@pytest.mark.parametrize("name", TAKEN)
def test_an_odd_but_clear_body_is_taken_or_refused_by_name(service: Service, name: str) -> None:
    assert exchange(service.settings.collector_port, post("/interact", TAKEN[name])) in (200, 400)


HEADS = {
    "a long line": b"GET /recs/" + b"u" * 9_000 + b" HTTP/1.1\r\nHost: k\r\n\r\n",
    "an endless line": b"GET /recs/" + b"u" * MEGABYTE,
    "a long header": b"GET /recs/u HTTP/1.1\r\nHost: k\r\nX: " + b"x" * 9_000 + b"\r\n\r\n",
    "many headers": b"GET /recs/u HTTP/1.1\r\nHost: k\r\n" + b"X: x\r\n" * 65 + b"\r\n",
    "endless headers": b"GET /recs/u HTTP/1.1\r\nHost: k\r\n" + b"X: x\r\n" * 10**5,
    "two lengths": b"POST /add_items HTTP/1.1\r\nHost: k\r\nContent-Length: 1\r\n"
    b"Content-Length: 2\r\n\r\n{}",
    "a length and chunks": b"POST /add_items HTTP/1.1\r\nHost: k\r\nContent-Length: 1\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a negative length": b"POST /add_items HTTP/1.1\r\nHost: k\r\nContent-Length: -1\r\n\r\n",
    "a word as length": b"POST /add_items HTTP/1.1\r\nHost: k\r\nContent-Length: all\r\n\r\n",
    "a wrong chunk": b"POST /add_items HTTP/1.1\r\nHost: k\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "a future HTTP": b"GET /recs/u HTTP/9.9\r\nHost: k\r\n\r\n",
    "a NUL in a header": b"GET /recs/u HTTP/1.1\r\nHost: k\r\nX: \0\r\n\r\n",
}


@pytest.mark.parametrize("name", HEADS)
def test_a_hostile_head_is_refused(service: Service, name: str) -> None:
    status = exchange(service.settings.recommender_port, HEADS[name])

    assert status == 0 or 400 <= status < 500 or status == 505
    assert is_alive(service.settings)


CHUNKS = {
    "no number": b"zz\r\n",
    "a negative number": b"-5\r\nhello\r\n0\r\n\r\n",
    "no end of a chunk": b"2\r\n{}xx0\r\n\r\n",
    "an odd extension": b"2;\r\n{}\r\n0\r\n\r\n",
    "an odd trailer": b"2\r\n{}\r\n0\r\nno colon\r\n\r\n",
    "the end after a chunk": b"2\r\n{}\r\n",
    "the end within a chunk": b"9\r\n{}",
}


@pytest.mark.parametrize("name", CHUNKS)
@pytest.mark.parametrize("path", ["/interact", "/interactions"])
def test_wrong_chunks_are_the_callers_mistake_and_end_the_connection(
    service: Service, name: str, path: str
) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: k\r\nTransfer-Encoding: chunked\r\n\r\n"
    with closing(connect(service.settings.collector_port)) as odd:
        odd.sendall(head.encode() + CHUNKS[name])
        odd.shutdown(socket.SHUT_WR)
        answer = odd.makefile("rb").read()

    assert answer.startswith(b"HTTP/1.1 400")
    assert b"\r\nConnection: close\r\n" in answer


def test_a_body_that_says_it_is_too_long_is_refused_before_it_is_read(service: Service) -> None:
    head = b"POST /add_items HTTP/1.1\r\nHost: k\r\nContent-Length: 34359738368\r\n\r\n"

    assert exchange(service.settings.recommender_port, head + b"{") == 413


def test_a_body_without_an_end_is_cut_off(service: Service) -> None:
    head = b"POST /add_items HTTP/1.1\r\nHost: k\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"100000\r\n" + b" " * MEGABYTE + b"\r\n"

    assert exchange(service.settings.recommender_port, head, *[chunk] * 40) == 413
    assert is_alive(service.settings)

"""Reading what a client sent."""

import gc
import json
import weakref
from collections.abc import Iterator

import pytest
from flask import Flask
from marshmallow import ValidationError
from werkzeug.exceptions import BadRequest

from app import parsing
from app.item_schemas import Items


@pytest.fixture
def no_gc() -> Iterator[None]:
    """Let nothing be freed but what nobody holds any more."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_gc")
def test_a_refused_body_is_freed_with_its_error() -> None:
    body = json.dumps({"item_ids": [None]})

    with Flask(__name__).test_request_context(method="POST", data=body):
        try:
            parsing.body(Items())
        except ValidationError as error:
            refused = weakref.ref(error)

    assert refused() is None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"item_ids": [' + b"1" * 5_000 + b"]}", "too many digits"),
        (b'{"item_ids": ["\xff"]}', "not UTF-8"),
        (b'{"item_ids": [', "not JSON: Expecting value"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[]", "must be a JSON object"),
    ],
    ids=["digits", "bytes", "an end", "depth", "a list"],
)
def test_what_cannot_be_read_is_said_in_words_for_the_caller(body: bytes, said: str) -> None:
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 2**20

    with (
        app.test_request_context(method="POST", data=body),
        pytest.raises(BadRequest, match=said) as refused,
    ):
        parsing.body(Items())

    assert "sys." not in str(refused.value)

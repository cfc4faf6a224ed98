"""Reading what a client sent."""

import gc
import json
import weakref
from collections.abc import Iterator

import pytest
from flask import Flask
from marshmallow import ValidationError

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

"""The page as Flask's test client sees it, in front of services in memory."""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from app import create_app
from app.page import items
from app.page.items import Item
from app.page.search import Search
from recs.settings import Settings
from tests.app.page.fake_services import FakeServices, end


class Templates(BytecodeCache):
    """Compiled templates, in memory."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._compiled:
            bucket.bytecode_from_string(self._compiled[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def made_once() -> Iterator[None]:
    """Compile a template, and make an index of the same items, once and not for each test."""
    make = Search.__init__
    made: dict[tuple[Item, ...], dict[str, Any]] = {}

    def reuse(self: Search, named: Iterable[Item]) -> None:
        key = tuple(named)
        if key not in made:
            make(self, key)
            made[key] = vars(self)
        self.__dict__ = made[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Search, "__init__", reuse)
        patch.setattr("app.page.read_items", cache(items.read_items))
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": Templates()})
        yield


@pytest.fixture
def services() -> FakeServices:
    return FakeServices()


@pytest.fixture
def page_settings(services: FakeServices, tmp_path: Path) -> Iterator[Settings]:
    with services.served() as url:
        yield Settings(data_dir=tmp_path, collector_url=url, recommender_url=url)


@pytest.fixture
def app(services: FakeServices, page_settings: Settings) -> Iterator[Flask]:
    """The page, with its catalogue loaded."""
    app = create_app("page", page_settings)
    loader = app.extensions["page"].loader
    loader._not_started.acquire()  # a visit starts it no more
    loader.load_if_empty()
    services.calls.clear()
    yield app
    end(app)


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    """A visitor whose browser asks for English."""
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client

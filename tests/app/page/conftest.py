"""The page as Flask's test client sees it, in front of services in memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from recs.settings import Settings
from tests.app.page.fake_services import FakeServices


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
    app.extensions["page"].loader.load_if_empty()
    services.calls.clear()
    yield app
    app.extensions["page"].services.close()


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    """A visitor whose browser asks for English."""
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client

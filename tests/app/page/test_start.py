"""`create_app` starts nothing; the first visit does."""

import socket
import threading

import pytest

from app import create_app
from recs.settings import Settings
from tests.app.page.fake_services import FakeServices
from tests.waiting import until


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of all threads that start from now on, and addresses of all connections."""
    started: list[str] = []
    start, connect = threading.Thread.start, socket.socket.connect

    def noted_start(thread: threading.Thread) -> None:
        started.append(thread.name)
        start(thread)

    def noted_connect(self: socket.socket, address: object) -> None:
        started.append(str(address))
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(threading.Thread, "start", noted_start)
    monkeypatch.setattr(socket.socket, "connect", noted_connect)
    return started


def test_creating_the_app_starts_no_thread_and_connects_to_nothing(
    page_settings: Settings, services: FakeServices, started: list[str]
) -> None:
    before = threading.enumerate()

    create_app("page", page_settings)

    assert started == []
    assert threading.enumerate() == before
    assert services.calls == []


@pytest.mark.parametrize(
    "path", ["/healthcheck", "/poster?id=jaws-1975", "/assets/0000000000/main.js"]
)
def test_what_is_the_same_for_all_users_starts_nothing(
    page_settings: Settings, started: list[str], path: str
) -> None:
    create_app("page", page_settings).test_client().get(path).close()

    assert started == []


def test_the_first_visit_loads_the_items_and_the_second_does_not(
    page_settings: Settings, services: FakeServices, started: list[str]
) -> None:
    app = create_app("page", page_settings)
    loader = app.extensions["page"].loader

    app.test_client().get("/")
    assert until(lambda: loader.progress().phase == "done")
    app.test_client().get("/")

    assert started.count("loading") == 1
    assert len(services.genres) > 300
    app.extensions["page"].services.close()

"""Making an app starts nothing: gunicorn forks after it, and tests make many."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import enumerate as threads
from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient
from redis import ConnectionError, Redis

from app import create_app, gunicorn_conf
from recs.settings import Settings
from tests.app.conftest import NOWHERE, end
from tests.servers.service import ROOT

CONNECTIONS: list[object] = []


def note_connection(event: str, arguments: tuple[object, ...]) -> None:
    if event in ("socket.connect", "socket.bind", "subprocess.Popen", "os.fork"):
        CONNECTIONS.append((event, arguments))


sys.addaudithook(note_connection)  # for good: Python cannot take it back


@contextmanager
def nothing_starts() -> Iterator[None]:
    """See that the body starts no thread and no process, and connects to nobody."""
    before, n_connections = set(threads()), len(CONNECTIONS)
    yield
    assert set(threads()) == before
    assert CONNECTIONS[n_connections:] == []


def test_a_connection_would_be_noticed() -> None:
    before = len(CONNECTIONS)
    with pytest.raises(ConnectionError), Redis.from_url(NOWHERE["redis_url"]) as redis:
        redis.ping()

    assert len(CONNECTIONS) > before


@pytest.mark.parametrize("role", ["collector", "recommender", "page"])
def test_making_an_app_starts_nothing(role: str, settings: Settings) -> None:
    with nothing_starts():
        app = create_app(role, settings)
    with nothing_starts():
        end(app)


@pytest.mark.parametrize("role", ["collector", "recommender"])
@pytest.mark.parametrize("path", ["/healthcheck", "/livez", "/openapi.json"])
def test_a_check_of_health_starts_nothing(
    role: str, path: str, start: Callable[..., FlaskClient]
) -> None:
    client = start(role, **NOWHERE)
    with nothing_starts():
        assert client.get(path).status_code == 200


def test_gunicorn_starts_the_background_after_the_fork_and_ends_it_with_the_process(
    start: Callable[..., FlaskClient],
) -> None:
    worker = SimpleNamespace(wsgi=start("recommender", **NOWHERE).application)
    before = set(threads())
    gunicorn_conf.post_worker_init(worker)
    worker.wsgi.test_client().get("/recs/u")
    begun = set(threads()) - before
    gunicorn_conf.worker_exit(None, worker)

    assert [each.name for each in begun] == ["background", "background"]  # the view, the metrics
    assert not any(each.is_alive() for each in begun)


def test_a_worker_whose_app_could_not_be_made_ends_all_the_same() -> None:
    gunicorn_conf.worker_exit(None, SimpleNamespace())


@pytest.mark.slow
def test_a_collector_does_not_load_numpy() -> None:
    program = (
        "import sys\n"
        "from app import create_app\n"
        "app = create_app('collector')\n"
        "app.extensions['metrics'].fold()\n"
        "print('numpy' in sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "False"

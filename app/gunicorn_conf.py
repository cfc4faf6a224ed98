"""Settings of gunicorn for the three HTTP services. The Procfile sets ports, processes, threads."""

import ctypes
import os
import sys
from resource import RLIMIT_NOFILE, getrlimit
from typing import Any

from app import auth, connection_counts, shared_counts
from recs.errors import SettingError
from recs.settings import Settings
from recs.stores import connection
from recs.stores.shared_folder import SharedFolder

worker_class = "app.gunicorn_worker.Worker"
logger_class = "app.gunicorn_logger.Logger"
forwarded_allow_ips = ""  # PROXIES says whom to trust; gunicorn trusts 127.0.0.1
control_socket_disable = True  # several instances on one machine would share one socket
graceful_timeout = 4  # seconds; honcho kills 5 s after it asked to stop
keepalive = 30  # seconds
limit_request_line = 8190  # bytes; an id of 512 bytes may take 1,536, percent-encoded
limit_request_fields = 64
limit_request_field_size = 8190

CONNECTIONS_MOST = 1_000
OWN_FILES = 100
"""Files and connections to servers that a process has open: up to 33, and room for more."""
worker_connections = max(min(CONNECTIONS_MOST, getrlimit(RLIMIT_NOFILE)[0] - OWN_FILES), OWN_FILES)
"""gunicorn's processes end when they accept a connection and may open no more files."""

M_ARENA_MAX = -8
"""Of mallopt(3)."""


def on_starting(server: Any) -> None:
    """Stop if other processes use another DATA_DIR. Warn if strangers may write."""
    settings = Settings.from_env()
    _check_folder(settings)
    token = settings.api_token
    for host in {address[0] for address in server.cfg.address if isinstance(address, tuple)}:
        if auth.are_open_to_strangers(host, token):
            server.log.warning("Whoever reaches %s may write: API_TOKEN is not set.", host)


def _check_folder(settings: Settings) -> None:
    with connection.short_timeout(settings.redis_url, settings.redis_timeout_seconds) as redis:
        try:
            SharedFolder(redis, settings.namespace, settings.data_dir).check()
        except SettingError as error:
            print(f"Kinolenta cannot start: {error}", file=sys.stderr)
            sys.exit(os.EX_CONFIG)


def when_ready(server: Any) -> None:
    """Let /metrics count all processes; without a folder for that, only the one that answers.

    Not before the port is ours: until then, the folder of its name may be in use.
    """
    settings = Settings.from_env()
    port = next((address[1] for address in server.cfg.address if isinstance(address, tuple)), 0)
    try:
        shared_counts.open_folder(f"{settings.namespace}-{port}")
    except OSError as error:
        server.log.warning("/metrics tells of one process at a time: %s", error)


def on_exit(server: Any) -> None:
    """Delete the shared counts of this run."""
    shared_counts.close_folder()


def post_worker_init(worker: Any) -> None:
    """Let threads share one heap, and start background work.

    As shipped, each thread keeps a heap of its own, as large as the largest body it ever read. The
    first connection to the broker takes half a second, so it is opened here.
    """
    ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)
    _call_all(worker, "after_fork")


def child_exit(server: Any, worker: Any) -> None:
    """Forget the connections of a process that has ended."""
    connection_counts.forget(worker.age)


def worker_exit(server: Any, worker: Any) -> None:
    """Stop background work."""
    _call_all(worker, "before_exit")


def _call_all(worker: Any, name: str) -> None:
    app = getattr(worker, "wsgi", None)  # none if it could not be loaded
    for call in app.extensions.get(name, ()) if app else ():
        call()

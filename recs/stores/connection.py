"""Clients of Redis: short timeouts on the request path, long ones in workers."""

from contextlib import suppress
from functools import wraps
from threading import RLock
from typing import Any, TypeAlias, cast
from urllib.parse import urlsplit, urlunsplit

from redis import Redis
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import (
    ClusterDownError,
    ConnectionError,
    RedisClusterException,
    SlotNotCoveredError,
)
from redis.retry import Retry

from recs.stores.own_connections import OwnConnections

Client: TypeAlias = "SingleRedis | LazyCluster"


def short_timeout(url: str, seconds: float) -> Client:
    """Connect for requests. By default redis-py retries a dead server for 2.5 s, a hung one 10 s.

    One retry remains. It replaces a connection that a restarted server has closed, and finds the
    node that has taken over in a cluster. It is not used after a timeout.
    """
    return _connect(url, seconds, seconds, Retry(NoBackoff(), 1, (ConnectionError,)))


def long_timeout(url: str) -> Client:
    """Connect for background work, which can wait while the server pauses briefly."""
    return _connect(url, 5, 2, Retry(ExponentialBackoff(cap=0.5, base=0.05), 3))


def _connect(url: str, timeout: float, connect_timeout: float, retry: Retry) -> Client:
    """Make a client that returns bytes. It connects when it is first used.

    url: redis://, rediss:// or unix:// for one server; redis+cluster:// or rediss+cluster:// for a
    cluster. It may name several nodes, separated by commas: one that answers is enough.
    """
    options = {"socket_timeout": timeout, "socket_connect_timeout": connect_timeout, "retry": retry}
    parts = urlsplit(url)
    if not parts.scheme.endswith("+cluster"):
        return cast(SingleRedis, SingleRedis.from_url(url, **options))
    scheme = parts.scheme.removesuffix("+cluster")
    login, at, hosts = parts.netloc.rpartition("@")
    first, *others = hosts.split(",")
    nodes = [urlsplit(f"//{host}") for host in others]
    return LazyCluster(
        url=urlunsplit(parts._replace(scheme=scheme, netloc=login + at + first)),
        startup_nodes=[cast(Any, ClusterNode)(node.hostname, node.port or 6379) for node in nodes],
        **options,
    )


def node_of(client: Client, key: str) -> str:
    """Name the node of a cluster that has a key; empty for a single Redis. Asks no server."""
    if isinstance(client, LazyCluster) and client._is_connected:
        with suppress(SlotNotCoveredError):
            return str(cast(Any, client).get_node_from_key(key).name)
    return ""


class SingleRedis(Redis):
    """A client of one server. Besides its pool it has connections that threads keep, for scripts.

    own_connections: end with their threads, and with the client.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.own_connections = OwnConnections(self.connection_pool)


class LazyCluster(RedisCluster):
    """A RedisCluster that connects when it is first used, and raises the errors of a single Redis.

    redis-py's own asks the cluster for its nodes in `__init__`, so no process could start while the
    cluster is down. While no node answers it raises RedisClusterException, which is not a
    RedisError. This class raises ConnectionError.

    resting: name of a node that did not answer in time -> until when scripts leave it alone.
    """

    # Without TimeoutError: a call that timed out is not repeated.
    ERRORS_ALLOW_RETRY = (ConnectionError, ClusterDownError, SlotNotCoveredError)  # type: ignore[assignment]

    def __init__(self, **options: Any) -> None:
        self._options = options
        self.resting: dict[str, float] = {}
        self._connecting = RLock()
        self._is_connecting = self._is_connected = False

    def __getattr__(self, name: str) -> Any:
        """Connect, since `name` is an attribute that RedisCluster would have set."""
        if self._is_connected or name.startswith("__"):
            raise AttributeError(name)
        with self._connecting:
            if self._is_connecting:  # RedisCluster's __init__ asks whether it has `name`
                raise AttributeError(name)
            if not self._is_connected:
                self._connect()
        return getattr(self, name)

    def _connect(self) -> None:
        self._is_connecting = True
        nodes = [*self._options["startup_nodes"]]  # a copy: __init__ adds the node of the URL
        try:
            _as_connection_error(super().__init__)(**{**self._options, "startup_nodes": nodes})
            manager = cast(Any, self.nodes_manager)
            manager.initialize = _as_connection_error(manager.initialize)
            self._is_connected = True
        except ConnectionError:
            for node in nodes:
                if node.redis_connection:
                    node.redis_connection.close()
            raise
        finally:
            self._is_connecting = False

    def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        """Do as RedisCluster does, but raise ConnectionError if no node serves the slot."""
        try:
            return super().execute_command(*args, **kwargs)  # type: ignore[no-untyped-call]
        except (SlotNotCoveredError, ClusterDownError) as error:
            raise ConnectionError(str(error)) from error

    def find_nodes_again(self, besides: ClusterNode) -> None:
        """Ask the other nodes who has which keys now. If none answers, nothing changes."""
        manager = cast(Any, self.nodes_manager)
        manager.startup_nodes.pop(besides.name, None)
        with suppress(ConnectionError):
            manager.initialize()

    def close(self) -> None:
        """Close all connections, if there are any."""
        if self._is_connected:
            super().close()


def _as_connection_error(call: Any) -> Any:
    """Wrap a call that asks the cluster for its nodes: turn its errors into ConnectionError."""

    @wraps(call)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except RedisClusterException as error:
            raise ConnectionError(str(error)) from error

    return wrapped

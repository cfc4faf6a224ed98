"""Connections to Redis: short timeouts on the request path, long ones in workers."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial, wraps
from hashlib import sha1
from importlib.resources import files
from threading import RLock, local
from typing import Any, cast
from urllib.parse import urlsplit, urlunsplit
from weakref import finalize

from redis import Redis
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import (
    AskError,
    ClusterDownError,
    ConnectionError,
    MovedError,
    NoScriptError,
    RedisClusterException,
    ResponseError,
    SlotNotCoveredError,
    TryAgainError,
)
from redis.retry import Retry

Client = Redis | RedisCluster
CALLS_A_PIPELINE = 500
TO_REPEAT = (
    *(NoScriptError, ConnectionError),
    *(MovedError, AskError, TryAgainError, ClusterDownError),
)
"""Errors of a pipelined call after which it is repeated alone: that finds the right node."""
Call = tuple[Sequence[str], Sequence[bytes | str | int | float]]
"""Keys and arguments of a script."""
Command = Sequence[bytes | str | int | float]
AskAll = Callable[[Sequence[Command]], list[Any]]
"""Sends commands together; returns the answer or the error of each."""


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
        return Redis.from_url(url, **options)
    scheme = parts.scheme.removesuffix("+cluster")
    login, at, hosts = parts.netloc.rpartition("@")
    first, *others = hosts.split(",")
    nodes = [urlsplit(f"//{host}") for host in others]
    return LazyCluster(
        url=urlunsplit(parts._replace(scheme=scheme, netloc=login + at + first)),
        startup_nodes=[cast(Any, ClusterNode)(node.hostname, node.port or 6379) for node in nodes],
        **options,
    )


class LazyCluster(RedisCluster):
    """A RedisCluster that connects when it is first used, and raises the errors of a single Redis.

    redis-py's own asks the cluster for its nodes in `__init__`, so no process could start while the
    cluster is down. While no node answers it raises RedisClusterException, which is not a
    RedisError. This class raises ConnectionError.
    """

    # Without TimeoutError: a call that timed out is not repeated.
    ERRORS_ALLOW_RETRY = (ConnectionError, ClusterDownError, SlotNotCoveredError)  # type: ignore[assignment]

    def __init__(self, **options: Any) -> None:
        self._options = options
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


class OwnConnections:
    """Connections to one Redis: each thread keeps its own instead of taking one from a pool.

    A pool checks the connection, counts and locks at each call: that is half the cost of a call.
    """

    def __init__(self, client: Redis) -> None:
        self._pool = cast(Any, client.connection_pool)
        self._of_thread = local()

    def ask(self, *command: bytes | str | int | float) -> Any:
        """Send one command, without retry; return the answer. Raises RedisError.

        A ConnectionError may only mean that Redis was restarted since the last call.
        """
        (answer,) = self.ask_all([command])
        if isinstance(answer, ResponseError):
            raise answer
        return answer

    def ask_all(self, commands: Sequence[Command]) -> list[Any]:
        """Send commands together, without retry; return the answer or the error of each.

        Raises RedisError if there is no answer to one of them.
        """
        own = self._connection()
        try:
            own.send_packed_command(own.pack_commands(commands), check_health=False)
            return [_answer_or_error(own) for _ in commands]
        except BaseException:
            own.disconnect()  # otherwise a late answer would be read as that of the next command
            raise

    def _connection(self) -> Any:
        own: Any = getattr(self._of_thread, "connection", None)
        if own is None:
            own = self._of_thread.connection = self._pool.make_connection()
            self._of_thread.life = Life()
            # Runs while the connection is still whole: weakref calls finalizers before the garbage
            # collector clears the objects of the same cycle.
            finalize(self._of_thread.life, _end, own).atexit = False
        return own


def _answer_or_error(connection: Any) -> Any:
    try:
        return connection.read_response()
    except ResponseError as error:
        return error


class Life:
    """Is collected when its thread has ended, or when its OwnConnections is no longer used."""


def _end(connection: Any) -> None:
    with suppress(Exception):  # the server may be down
        connection.disconnect()


class Script:
    """One of the Lua scripts beside this module.

    It is called by its digest. A node that does not know it (it was restarted or has just joined)
    gets the text once, and knows the digest from then on.
    """

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self._own = OwnConnections(client) if isinstance(client, Redis) else None
        self._execute = cast(Any, client).execute_command
        self._text = files("recs.stores.scripts").joinpath(f"{name}.lua").read_text()
        self._digest = sha1(self._text.encode(), usedforsecurity=False).hexdigest()

    def __call__(self, keys: Sequence[str], args: Sequence[bytes | str | int | float]) -> Any:
        """Run it once."""
        if self._own is not None:
            with suppress(NoScriptError, ConnectionError):  # then the calls below try again
                return self._own.ask(*self._command(keys, args))
        try:
            return self._execute(*self._command(keys, args))
        except NoScriptError:
            return self._execute("EVAL", self._text, len(keys), *keys, *args)

    def run_many(self, calls: Sequence[Call]) -> list[Any]:
        """Run many calls in pipelines; return their results.

        All of them run even if one raises, unless Redis is away; then the first error is raised.
        """
        results: list[Any] = []
        for start in range(0, len(calls), CALLS_A_PIPELINE):
            results += self._run_portion(calls[start : start + CALLS_A_PIPELINE])
        for result in results:
            if isinstance(result, Exception):
                raise result
        return results

    def _run_portion(self, calls: Sequence[Call]) -> list[Any]:
        results: list[Any] = [None] * len(calls)
        for ask_all, numbers in self._by_node(calls):
            commands = [self._command(*calls[number]) for number in numbers]
            try:
                answers = ask_all(commands)
            except ConnectionError as error:
                # Another node of a cluster may have taken over: repeating finds it.
                answers = [error] * len(commands)
            for number, answer in zip(numbers, answers, strict=True):
                is_to_repeat = isinstance(answer, TO_REPEAT)
                results[number] = self._repeat(calls[number]) if is_to_repeat else answer
        return results

    def _repeat(self, call: Call) -> Any:
        try:
            return self(*call)
        except ResponseError as error:
            return error

    def _command(self, keys: Sequence[str], args: Sequence[bytes | str | int | float]) -> Command:
        return ("EVALSHA", self._digest, len(keys), *keys, *args)

    def _by_node(self, calls: Sequence[Call]) -> Iterable[tuple[AskAll, Sequence[int]]]:
        """Group calls by the node that has their keys: how to ask it, indices of its calls.

        redis-py can pipeline scripts to a cluster, too, but asks it for the keys of each call.
        """
        if self._own is not None:
            return [(self._ask_own, range(len(calls)))]
        cluster = cast(Any, self._client)
        numbers: dict[str, list[int]] = {}
        nodes = {}
        for number, (keys, _) in enumerate(calls):
            node = cluster.get_node_from_key(keys[0])
            nodes[node.name] = node
            numbers.setdefault(node.name, []).append(number)
        return [
            (partial(_pipelined, cluster.get_redis_connection(nodes[name])), numbers[name])
            for name in nodes
        ]

    def _ask_own(self, commands: Sequence[Command]) -> list[Any]:
        """Ask, and again as often as the client does, like a pipeline of redis-py."""
        client, own = cast(Any, self._client), cast(OwnConnections, self._own)
        answers: list[Any] = client.get_retry().call_with_retry(
            lambda: own.ask_all(commands), lambda _: None
        )
        return answers


def _pipelined(node: Redis, commands: Sequence[Command]) -> list[Any]:
    pipeline = cast(Any, node.pipeline(transaction=False))
    for command in commands:
        pipeline.execute_command(*command)
    return pipeline.execute(raise_on_error=False)  # type: ignore[no-any-return]

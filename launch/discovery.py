"""Finds the servers for this run, once, before anything starts: real ones, or trial mode.

Only where nobody answers (refused, timed out, unknown host) is a server replaced. One that answers
and cannot be used ends the start, with the reason.
"""

import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from errno import EHOSTUNREACH, ENETUNREACH
from typing import Any, NoReturn, cast
from urllib.parse import urlsplit

import redis
from kombu import Connection
from kombu.utils.url import maybe_sanitize_url

from recs.errors import ServerRefused, SettingError
from recs.settings import Settings

PROBE_SECONDS = 2.0
CLUSTER = "+cluster://"
OLDEST_REDIS = (6, 2)
"""The scripts use ZMSCORE, ZADD LT and LPOP with a count."""
PORTS = {"amqp": 5672, "pyamqp": 5672, "amqps": 5671, "redis": 6379, "rediss": 6379}


@dataclass(frozen=True)
class Servers:
    """The broker and the Redis of this run, and the port of the embedded Redis, if there is one.

    warning: what is wrong with them, though they can be used.
    """

    broker_url: str
    redis_url: str
    embedded_port: int | None = None
    warning: str = ""


def discover(settings: Settings, free_port: Callable[[], int]) -> Servers:
    """Take the servers that answer. Redis stands in for a broker, an embedded Redis for Redis.

    Raises SettingError when a server answers but cannot be used, and when no broker answers and
    Redis is a cluster, which cannot be a broker.
    """
    broker_url, redis_url = settings.broker_url, settings.redis_url
    has_broker = any([broker_answers(url, settings) for url in broker_url.split(";")])
    facts = redis_facts(redis_url, "REDIS_URL")
    if facts and not has_broker and CLUSTER in redis_url:
        shown = maybe_sanitize_url(broker_url)
        raise SettingError("CELERY_BROKER_URL", shown, "a broker that answers, with Redis Cluster")
    if facts:
        chosen = broker_url if has_broker else redis_url
        return Servers(chosen, redis_url, warning=_warning(facts))
    port = free_port()
    embedded = f"redis://127.0.0.1:{port}"
    return Servers(broker_url if has_broker else f"{embedded}/1", f"{embedded}/0", port)


def broker_answers(url: str, settings: Settings) -> bool:
    """Say whether a broker at this URL lets us in."""
    if url.startswith("redis"):
        return bool(redis_facts(url, "CELERY_BROKER_URL"))
    tls: Any = settings.broker_tls or url.startswith("amqps://")
    try:
        transport = Connection(url, connect_timeout=PROBE_SECONDS, ssl=tls).transport
        transport.close_connection(transport.establish_connection())
    except Exception as error:
        if not _is_nobody(error) or _is_redis(url):
            _refuse("CELERY_BROKER_URL", url, error)
        return False
    return True


def redis_facts(url: str, variable: str) -> dict[str, Any]:
    """Return what a Redis that we can use says of itself; nothing if nobody answers.

    Of a cluster, the first node of the URL that answers is asked.
    """
    for node in _nodes(url):
        try:
            with redis.Redis.from_url(
                node,
                socket_timeout=PROBE_SECONDS,
                socket_connect_timeout=PROBE_SECONDS,
            ) as client:
                with suppress(redis.BusyLoadingError):  # INFO answers meanwhile
                    client.ping()
                facts = cast(dict[str, Any], client.info())
        except (redis.RedisError, ValueError, OSError) as error:
            if not _is_nobody(error) or (node.startswith("rediss") and _is_redis(node)):
                _refuse(variable, url, error)
        else:
            _check_redis(facts, variable, url)
            return facts
    return {}


def _nodes(url: str) -> list[str]:
    """Return a URL for each node that the URL of a cluster names."""
    if CLUSTER not in url:
        return [url]
    parts = urlsplit(url.replace(CLUSTER, "://"))
    login, at, hosts = parts.netloc.rpartition("@")
    return [parts._replace(netloc=f"{login}{at}{host}").geturl() for host in hosts.split(",")]


def _check_redis(facts: dict[str, Any], variable: str, url: str) -> None:
    """Raise ServerRefused if this Redis cannot do what the service needs."""
    shown, version = maybe_sanitize_url(url), str(facts["redis_version"])
    if tuple(map(int, version.split(".")[:2])) < OLDEST_REDIS:
        raise ServerRefused(variable, shown, f"Redis {version} is too old, 6.2 is the oldest")
    is_cluster = bool(facts.get("cluster_enabled"))
    if is_cluster and CLUSTER not in url:
        raise ServerRefused(variable, shown, "it is a Redis Cluster: write redis+cluster://")
    if not is_cluster and CLUSTER in url:
        raise ServerRefused(variable, shown, "it is no Redis Cluster: write redis://")
    if not is_cluster and facts.get("role") == "slave":
        raise ServerRefused(variable, shown, "it is a replica, which cannot be written to")


def _warning(facts: dict[str, Any]) -> str:
    policy = facts.get("maxmemory_policy", "noeviction")
    if policy == "noeviction" or not facts.get("maxmemory"):
        return ""
    return (
        f"REDIS_URL: this Redis throws keys away when it is full (maxmemory-policy {policy}). "
        "Users then lose what they liked until it is replayed. Set noeviction."
    )


def _is_nobody(error: BaseException | None) -> bool:
    """Say whether an error means that no server is there, or that it hangs."""
    while error is not None:
        if isinstance(error, ConnectionRefusedError | TimeoutError | socket.gaierror):
            return True
        if isinstance(error, redis.TimeoutError):
            return True
        if isinstance(error, OSError) and error.errno in (EHOSTUNREACH, ENETUNREACH):
            return True
        error = error.__cause__ or error.__context__
    return False


def _is_redis(url: str) -> bool:
    """Say whether a Redis is at this URL: it answers no AMQP and no TLS, as if it hung."""
    parts = urlsplit(url)
    address = (parts.hostname or "127.0.0.1", parts.port or PORTS.get(parts.scheme, 5672))
    try:
        with socket.create_connection(address, timeout=PROBE_SECONDS) as connected:
            connected.sendall(b"PING\r\n")
            return connected.recv(16).startswith((b"+PONG", b"-NOAUTH", b"-ERR", b"-NOPERM"))
    except OSError:
        return False


def _refuse(variable: str, url: str, error: BaseException) -> NoReturn:
    """Raise ServerRefused with the reason, in one sentence."""
    said = " ".join(str(error).split()) or type(error).__name__
    if not url.startswith("redis"):
        said = "it is a Redis, no RabbitMQ" if _is_redis(url) else said
    elif url.startswith("rediss") and CLUSTER not in url and _is_redis(url):
        said = "it speaks no TLS: write redis://"
    elif "unknown command" in said:  # HELLO, with which redis-py begins, is of version 6
        said = "it is too old, Redis 6.2 is the oldest"
    raise ServerRefused(variable, maybe_sanitize_url(url), f"it answers, but: {said}") from error

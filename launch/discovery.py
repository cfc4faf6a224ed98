"""Finds the servers for this run, once, before anything starts: real ones, or trial mode."""

from collections.abc import Callable
from dataclasses import dataclass

import redis
from amqp.exceptions import AccessRefused, NotAllowed
from kombu import Connection
from kombu.utils.url import maybe_sanitize_url

from recs.errors import SettingError

PROBE_SECONDS = 2.0
CLUSTER = "+cluster://"


@dataclass(frozen=True)
class Servers:
    """The broker and the Redis of this run, and the port of the embedded Redis, if there is one."""

    broker_url: str
    redis_url: str
    embedded_port: int | None = None


def discover(broker_url: str, redis_url: str, free_port: Callable[[], int]) -> Servers:
    """Take the servers that answer. Redis stands in for a broker, an embedded Redis for Redis.

    Raises SettingError when a server answers but refuses us, and when no broker answers and Redis
    is a cluster, which cannot be a broker.
    """
    broker_answers, redis_answers = _broker_answers(broker_url), _redis_answers(redis_url)
    if redis_answers and not broker_answers and CLUSTER in redis_url:
        shown = maybe_sanitize_url(broker_url)
        raise SettingError("CELERY_BROKER_URL", shown, "a broker that answers, with Redis Cluster")
    if redis_answers:
        return Servers(broker_url if broker_answers else redis_url, redis_url)
    port = free_port()
    embedded = f"redis://127.0.0.1:{port}"
    return Servers(broker_url if broker_answers else f"{embedded}/1", f"{embedded}/0", port)


def _broker_answers(url: str) -> bool:
    """Say whether a broker at this URL lets us in."""
    if url.startswith("redis"):
        return _redis_answers(url, "CELERY_BROKER_URL")
    try:
        transport = Connection(url, connect_timeout=PROBE_SECONDS).transport
        transport.close_connection(transport.establish_connection())
    except (AccessRefused, NotAllowed) as error:
        raise _refused("CELERY_BROKER_URL", url) from error
    except OSError:
        return False
    return True


def _redis_answers(url: str, variable: str = "REDIS_URL") -> bool:
    """Say whether a Redis at this URL lets us in. Of a cluster, the node of the URL is asked."""
    try:
        with redis.Redis.from_url(
            url.replace(CLUSTER, "://"),
            socket_timeout=PROBE_SECONDS,
            socket_connect_timeout=PROBE_SECONDS,
        ) as client:
            client.ping()
    except redis.AuthenticationError as error:
        raise _refused(variable, url) from error
    except redis.BusyLoadingError:
        return True
    except (redis.ConnectionError, redis.TimeoutError):
        return False
    return True


def _refused(variable: str, url: str) -> SettingError:
    return SettingError(
        variable, maybe_sanitize_url(url), "a URL with the user, password and place that let us in"
    )

"""How this service connects to Redis: impatiently on the request path, patiently in workers."""

from importlib.resources import files

from redis import Redis
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.commands.core import Script
from redis.exceptions import ConnectionError
from redis.retry import Retry


def impatient(url: str, timeout_seconds: float) -> Redis:
    """Connect for requests. As shipped, redis-py retries a dead server for 2.5 s, a hung one 10 s.

    One retry stays: it replaces a connection that a restarted server has closed. A server that
    was too slow once is not asked again.
    """
    return Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        retry=Retry(NoBackoff(), 1, supported_errors=(ConnectionError,)),
    )


def patient(url: str) -> Redis:
    """Connect for background work, which can wait out a short pause of the server."""
    return Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=5,
        socket_connect_timeout=2,
        retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), 3),
    )


def script(redis: Redis, name: str) -> Script:
    """Prepare one of the Lua scripts beside this module: EVALSHA, loaded again if unknown."""
    return redis.register_script(files("recs.stores.scripts").joinpath(f"{name}.lua").read_text())

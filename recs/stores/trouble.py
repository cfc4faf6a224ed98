"""What an error of Redis means (the server's state or our own mistake), and what to do."""

import re

from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    BusyLoadingError,
    ClusterDownError,
    ConnectionError,
    MaxConnectionsError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TimeoutError,
    TryAgainError,
)

AWAY = (ConnectionError, TimeoutError, ClusterDownError, TryAgainError)
ADVICE: tuple[tuple[type[RedisError], str], ...] = (
    (BusyLoadingError, "it is loading its data: wait"),
    (AuthenticationError, "it refuses the password of REDIS_URL"),
    (AuthorizationError, "it refuses the user of REDIS_URL"),
    (MaxConnectionsError, "it has no connection left: raise its maxclients"),
    (ReadOnlyError, "it is a replica that takes no writes: REDIS_URL must name the primary"),
    (OutOfMemoryError, "its memory is full: raise its maxmemory"),
    (TimeoutError, "it or the network hangs: check its log and its load"),
    (ConnectionError, "nobody answers at REDIS_URL: start it, or mend the address"),
    (ClusterDownError, "a part of the cluster is down: see CLUSTER INFO"),
)
"""By type of error; the first type that matches counts."""
REFUSALS = (
    ("MISCONF", "it cannot write to its own disk: free space there"),
    ("NOREPLICAS", "too few replicas follow it: see its min-replicas-to-write"),
    (
        "NOPERM|no permissions|can't run this",
        "its user may not do what we need: docs/operations.md",
    ),
    ("NOAUTH", "it asks for a password: put it into REDIS_URL"),
    ("READONLY", "it is a replica that takes no writes: REDIS_URL must name the primary"),
    ("OOM", "its memory is full: raise its maxmemory"),
    ("MASTERDOWN", "it is a replica without a primary"),
    ("BUSY", "another client's script blocks it"),
    ("LOADING", "it is loading its data: wait"),
    ("CLUSTERDOWN", "a part of the cluster is down: see CLUSTER INFO"),
    ("max number of clients", "it has no connection left: raise its maxclients"),
)
"""Patterns in the error text of Redis, also when a script passes it on, and what to do."""
OURS = "an error of this service, or keys of another service: see the log of the recommender"


def is_of_server(error: RedisError) -> bool:
    """Say whether the server's state is the cause; otherwise our command or script is wrong."""
    return advice_on(error) != OURS


def is_away(error: Exception) -> bool:
    """Say whether the server did not answer, or not in time."""
    return isinstance(error, AWAY) and not isinstance(error, AuthenticationError)


def advice_on(error: RedisError) -> str:
    """Say in a few words what is wrong and what to do."""
    if isinstance(error, ResponseError | ConnectionError):
        for said, advice in REFUSALS:
            if re.search(rf"\b{said}\b", str(error)):
                return advice
    return next((advice for kind, advice in ADVICE if isinstance(error, kind)), OURS)

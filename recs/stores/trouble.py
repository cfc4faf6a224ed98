"""What an error of Redis or of the disk means (its state or our own mistake), and what to do."""

import re
from errno import (
    EACCES,
    EDQUOT,
    EFBIG,
    EIO,
    EMFILE,
    ENFILE,
    ENOMEM,
    ENOSPC,
    EPERM,
    EROFS,
    ESTALE,
)

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

OF_DISK = {ENOSPC, EDQUOT, EROFS, EIO, EFBIG, ESTALE, EACCES, EPERM}
"""Errors of a disk that is full, broken or read-only."""
OF_MACHINE = {EMFILE, ENFILE, ENOMEM}
"""Errors of a machine, or a process, without files or memory left."""
AWAY = (ConnectionError, TimeoutError, ClusterDownError, TryAgainError)
TROUBLES: tuple[tuple[type[RedisError] | None, str, str], ...] = (
    (None, "MISCONF", "it cannot write to its own disk: free space there"),
    (None, "NOREPLICAS", "too few replicas follow it: see its min-replicas-to-write"),
    (
        None,
        "NOPERM|no permissions|can't run this",
        "its user may not do what we need: docs/operations.md",
    ),
    (None, "NOAUTH", "it asks for a password: put it into REDIS_URL"),
    (None, "MASTERDOWN", "it is a replica without a primary"),
    (None, "BUSY", "another client's script blocks it"),
    (BusyLoadingError, "LOADING", "it is loading its data: wait"),
    (AuthenticationError, "", "it refuses the password of REDIS_URL"),
    (AuthorizationError, "", "it refuses the user of REDIS_URL"),
    (
        MaxConnectionsError,
        "max number of clients",
        "it has no connection left: raise its maxclients",
    ),
    (
        ReadOnlyError,
        "READONLY",
        "it is a replica that takes no writes: REDIS_URL must name the primary",
    ),
    (OutOfMemoryError, "OOM", "its memory is full: raise its maxmemory"),
    (ClusterDownError, "CLUSTERDOWN", "a part of the cluster is down: see CLUSTER INFO"),
    (TimeoutError, "", "it or the network hangs: check its log and its load"),
    (ConnectionError, "", "nobody answers at REDIS_URL: start it, or mend the address"),
)
"""Type of error; pattern in the text of Redis, also when a script passes it on; what to do.

The first one that matches counts."""
OURS = "an error of this service, or keys of another service: see the log of the recommender"


def is_of_server(error: RedisError) -> bool:
    """Say whether the server's state is the cause; otherwise our command or script is wrong."""
    return advice_on(error) != OURS


def is_away(error: Exception) -> bool:
    """Say whether the server did not answer, or not in time."""
    return isinstance(error, AWAY) and not isinstance(error, AuthenticationError)


def advice_on(error: RedisError) -> str:
    """Say in a few words what is wrong and what to do."""
    text = str(error) if isinstance(error, ResponseError | ConnectionError) else ""
    for kind, said, advice in TROUBLES:
        if (kind and isinstance(error, kind)) or (said and re.search(rf"\b({said})\b", text)):
            return advice
    return OURS

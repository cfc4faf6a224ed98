"""Follows a request from its interactions to the list that answers it, with LOG_LEVEL=info."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress

from redis.exceptions import RedisError

from recs.interactions import complaint_about_id
from recs.stores import Stores
from recs.types import Generation, UserId
from workers.batching import Received
from workers.queues import REQUESTS

log = logging.getLogger(__name__)


def remember_requests(batch: Sequence[Received], stores: Stores) -> None:
    """Remember for `rank` each user's request. To be called before the users wait."""
    if not log.isEnabledFor(logging.INFO):
        return
    for received in batch:
        requests = {
            UserId(user): request_id
            for request_id, rows in _requests(received)
            for user, *_ in rows
        }
        if requests:
            with suppress(RedisError):
                stores.traces.remember(Generation(received.args[0]), requests)


def tell_logged(batch: Sequence[Received]) -> None:
    """Log of each request in these messages that its interactions are stored."""
    if log.isEnabledFor(logging.INFO):
        for received in batch:
            for request_id, rows in _requests(received):
                log.info("%d interactions are in the log", len(rows), extra=_about(request_id))


def tell_ranked(generation: Generation, users: Sequence[UserId], stores: Stores) -> None:
    """Log of each request of these users that its list is ready."""
    if users and log.isEnabledFor(logging.INFO):
        with suppress(RedisError):
            for request_id in stores.traces.take(generation, users):
                log.info("the list is ranked", extra=_about(request_id))


def _requests(received: Received) -> Iterator[tuple[str, Sequence[Sequence[str]]]]:
    """Yield the id of each request and its rows; nothing of a message that is not ours."""
    match received.args, received.headers.get(REQUESTS):
        case [int(), list(rows)], list(requests):
            start = 0
            for each in requests:
                match each:
                    case [str(request_id), int(count)]:
                        some = rows[start : start + count]
                        yield request_id, [each for each in some if _has_user(each)]
                        start += count


def _has_user(row: object) -> bool:
    return isinstance(row, list) and bool(row) and not complaint_about_id(row[0])


def _about(request_id: str) -> dict[str, str]:
    return {"request_id": request_id}

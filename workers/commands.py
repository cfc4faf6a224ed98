"""What commands that people type have in common."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from redis.exceptions import RedisError

from recs.stores.trouble import advice_on


@contextmanager
def without_traceback() -> Iterator[None]:
    """End with one sentence if Redis does not do what is asked."""
    try:
        yield
    except RedisError as error:
        sys.exit(
            f"Redis cannot be used: {advice_on(error)} ({type(error).__name__}). "
            "In trial mode it is there only while `make run` runs; else: make services. "
            "Its address is REDIS_URL."
        )

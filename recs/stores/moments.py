"""The time of a slate's ranking, in four bytes."""

MOMENTS = 2**32


def moment(microseconds: int) -> int:
    """Return milliseconds modulo 2^32, as stored in a slate: they start again after 49 days."""
    return microseconds // 1_000 % MOMENTS

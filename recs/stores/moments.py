"""When a slate was ranked, in four bytes."""

MOMENTS = 2**32


def moment(microseconds: int) -> int:
    """Return milliseconds modulo 2^32, as a slate keeps them: 49 days, then from the start."""
    return microseconds // 1_000 % MOMENTS

"""A clock that a test sets."""


class Clock:
    """Seconds that pass only when a test says so."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now

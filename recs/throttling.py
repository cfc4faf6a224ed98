"""What happens again and again is logged once, then once a minute with a count."""

import logging
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from time import monotonic

QUIET_SECONDS = 60.0
KEYS_MOST = 1_000
"""Kinds of lines that are remembered; beyond that, the one said longest ago is forgotten."""


@dataclass(slots=True)
class _Said:
    at: float
    kept_back: int = 0


class Throttle:
    """Tells which of many equal events is worth a line. Any thread may ask."""

    def __init__(
        self, quiet_seconds: float = QUIET_SECONDS, clock: Callable[[], float] = monotonic
    ) -> None:
        self._quiet_seconds = quiet_seconds
        self._clock = clock
        self._lock = Lock()
        self._said: dict[Hashable, _Said] = {}

    def count(self, key: Hashable) -> int:
        """Count an event. Return 0 if it is to be passed over in silence.

        Else how many of its kind came since the last line about it, this one included.
        """
        with self._lock:
            now, said = self._clock(), self._said.get(key)
            if said is not None and now < said.at + self._quiet_seconds:
                said.kept_back += 1
                return 0
            self._said.pop(key, None)
            if len(self._said) >= KEYS_MOST:
                del self._said[next(iter(self._said))]
            self._said[key] = _Said(now)
            return 1 + (said.kept_back if said else 0)


class ThrottledLog:
    """A logger for what may come a thousand times a second. `key` says which lines are equal."""

    def __init__(self, log: logging.Logger, throttle: Throttle | None = None) -> None:
        self._log = log
        self._throttle = throttle or Throttle()

    def warning(self, key: Hashable, message: str, *args: object) -> None:
        """Warn, unless that was done within the last minute."""
        self._say(logging.WARNING, key, message, args, None)

    def error(
        self, key: Hashable, message: str, *args: object, error: BaseException | None = None
    ) -> None:
        """Log an error, with its traceback if `error` is given."""
        self._say(logging.ERROR, key, message, args, error)

    def _say(
        self,
        level: int,
        key: Hashable,
        message: str,
        args: tuple[object, ...],
        error: BaseException | None,
    ) -> None:
        if count := self._throttle.count((level, key)):
            self._log.log(level, message + _told(count), *args, exc_info=error)


class OnceAMinute(logging.Filter):
    """Throttles loggers that are not ours. To be added to a logger, not to a handler.

    Lines are equal that come from the same logger with the same text before its arguments are put
    in, of the same task, and with the same kind of error. Only the first one keeps its traceback.
    """

    def __init__(self, throttle: Throttle | None = None) -> None:
        super().__init__()
        self._throttle = throttle or Throttle()

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether a record is to be logged; if it stands for several, tell how many."""
        if record.levelno < logging.WARNING:
            return True
        task = record.args.get("name") if isinstance(record.args, dict) else None
        kind = record.exc_info[0] if record.exc_info else None
        key = (record.name, record.levelno, str(record.msg)[:200], task, kind)
        count = self._throttle.count(key)
        if count > 1:
            record.msg = f"{record.msg}{_told(count)}"
            record.exc_info = record.exc_text = None
        return count > 0


def throttle_loggers(*names: str) -> None:
    """Let loggers say each thing once a minute. Twice is harmless."""
    for name in names:
        logger = logging.getLogger(name)
        if not any(isinstance(each, OnceAMinute) for each in logger.filters):
            logger.addFilter(OnceAMinute())


def _told(count: int) -> str:
    return f" ({count:,} times since this was last logged)" if count > 1 else ""

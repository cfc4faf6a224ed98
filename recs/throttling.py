"""Throttles log lines: a repeated event is logged once, then once a minute with a count."""

import logging
import re
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass
from threading import Lock
from time import monotonic

QUIET_SECONDS = 60.0
KEYS_MOST = 1_000
"""How many kinds of lines are remembered. Beyond that, the one logged longest ago is forgotten."""

Key = Hashable | type[BaseException]
"""A class is hashable, but mypy compares the `__hash__` of its instances."""
NUMBERS = re.compile(r"\d+")
TEXT_LENGTH = 300
SEEN = "is_counted"
"""Attribute of records that this filter has already counted: a second handler must not do it
again."""


@dataclass(slots=True)
class _Said:
    at: float
    kept_back: int = 0


class Throttle:
    """Decides which of many equal events are logged. Safe for threads."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._said: dict[Key, _Said] = {}

    def count(self, key: Key) -> int:
        """Count an event. Return 0 if it must not be logged.

        Otherwise return how many equal events came since the last line, including this one.
        """
        with self._lock:
            now, said = self._clock(), self._said.get(key)
            if said is not None and now < said.at + QUIET_SECONDS:
                said.kept_back += 1
                return 0
            self._said.pop(key, None)
            if len(self._said) >= KEYS_MOST:
                del self._said[next(iter(self._said))]
            self._said[key] = _Said(now)
            return 1 + (said.kept_back if said else 0)


class ThrottledLog:
    """A logger for events that may come a thousand times a second. Lines with one key are equal."""

    def __init__(self, log: logging.Logger, throttle: Throttle | None = None) -> None:
        self._log = log
        self._throttle = throttle or Throttle()

    def warning(self, key: Key, message: str, *args: object) -> None:
        """Log a warning, unless an equal one was logged within the last minute."""
        self._say(logging.WARNING, key, message, args, None)

    def error(
        self, key: Key, message: str, *args: object, error: BaseException | None = None
    ) -> None:
        """Log an error, with its traceback if `error` is given."""
        self._say(logging.ERROR, key, message, args, error)

    def _say(
        self,
        level: int,
        key: Key,
        message: str,
        args: tuple[object, ...],
        error: BaseException | None,
    ) -> None:
        if count := self._throttle.count((level, key)):
            self._log.log(level, message + _told(count), *args, exc_info=error)


class OnceAMinute(logging.Filter):
    """Throttles log lines from WARNING on. Add it to a logger or to a handler.

    Lines are equal if they have the same logger, the same type of error and the same text; numbers
    in the text do not count. foreign: prefixes of names of loggers that write details of each case
    into their lines: for them, only the text without its arguments is compared, and the name of the
    task. The first of equal lines keeps its traceback. cause_of: if an error means that a server is
    down or a disk is full, says so in a few words. Such errors get one line with these words and
    without a traceback, because nothing is wrong in the code.
    """

    def __init__(
        self,
        foreign: Collection[str],
        cause_of: Callable[[BaseException], str | None] = lambda _: None,
        throttle: Throttle | None = None,
    ) -> None:
        super().__init__()
        self._foreign = tuple(foreign)
        self._cause_of = cause_of
        self._throttle = throttle or Throttle()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to log a record. If it stands for several, add how many to its text."""
        if record.levelno < logging.WARNING or hasattr(record, SEEN):
            return True
        setattr(record, SEEN, True)
        error = record.exc_info[1] if record.exc_info else None
        count = self._throttle.count((record.name, record.levelno, self._text(record), type(error)))
        cause = None if error is None else self._cause_of(error)
        if count and (count > 1 or cause is not None):
            line = _first_line(record.getMessage())
            record.msg = (
                line + (f" ({cause})" if cause and cause not in line else "") + _told(count)
            )
            record.args = ()
            record.exc_info = record.exc_text = None
        return count > 0

    def _text(self, record: logging.LogRecord) -> str:
        if not record.name.startswith(self._foreign):
            return NUMBERS.sub("0", record.getMessage()[:TEXT_LENGTH])
        task = record.args.get("name") if isinstance(record.args, dict) else None
        return f"{task} {str(record.msg)[:TEXT_LENGTH]}"


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]


def _told(count: int) -> str:
    return f" ({count:,} times since this was last logged)" if count > 1 else ""

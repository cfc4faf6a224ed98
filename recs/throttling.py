"""What happens again and again is logged once, then once a minute with a count."""

import logging
import re
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass
from threading import Lock
from time import monotonic

QUIET_SECONDS = 60.0
KEYS_MOST = 1_000
"""Kinds of lines that are remembered; beyond that, the one said longest ago is forgotten."""

Key = Hashable | type[BaseException]
NUMBERS = re.compile(r"\d+")
TEXT_LENGTH = 300
SEEN = "is_counted"
"""Attribute of records that have passed one filter already: another handler has it, too."""


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
        self._said: dict[Key, _Said] = {}

    def count(self, key: Key) -> int:
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

    def warning(self, key: Key, message: str, *args: object) -> None:
        """Warn, unless that was done within the last minute."""
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
    """Throttles what loggers say from WARNING on. To be added to a logger or to a handler.

    Lines are equal that come from the same logger with the same kind of error and the same text;
    numbers in it do not count. Of loggers whose names begin with one of `foreign`, which say more
    of each case, only the text before its arguments are put in counts, and the name of the task.
    The first of equal lines keeps its traceback. `away`: errors that mean that a server is away.
    They get one line, without a traceback: there is nothing wrong in the code.
    """

    def __init__(
        self,
        foreign: Collection[str],
        away: tuple[type[BaseException], ...] = (),
        throttle: Throttle | None = None,
    ) -> None:
        super().__init__()
        self._foreign = tuple(foreign)
        self._away = away
        self._throttle = throttle or Throttle()

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether a record is to be logged; if it stands for several, tell how many."""
        if record.levelno < logging.WARNING or hasattr(record, SEEN):
            return True
        setattr(record, SEEN, True)
        error = record.exc_info[1] if record.exc_info else None
        count = self._throttle.count((record.name, record.levelno, self._text(record), type(error)))
        if count and (count > 1 or isinstance(error, self._away)):
            record.msg = _first_line(record.getMessage()) + _told(count)
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

"""Throttles log lines: a repeated line is logged once, then once a minute with a count."""

import logging
import re
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass
from threading import Lock
from time import monotonic

QUIET_SECONDS = 60.0
KEYS_MOST = 1_000
"""How many kinds of lines are remembered. Beyond that, the one logged longest ago is forgotten."""

NUMBERS = re.compile(r"\d+")
TEXT_LENGTH = 300
SEEN = "is_counted"
"""Attribute of records that this filter has already counted: a second handler must not do it
again."""


@dataclass(slots=True)
class _Said:
    at: float
    kept_back: int = 0


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
        clock: Callable[[], float] = monotonic,
    ) -> None:
        super().__init__()
        self._foreign = tuple(foreign)
        self._cause_of = cause_of
        self._clock = clock
        self._lock = Lock()
        self._said: dict[Hashable, _Said] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to log a record. If it stands for several, add how many to its text."""
        if record.levelno < logging.WARNING or hasattr(record, SEEN):
            return True
        setattr(record, SEEN, True)
        error = record.exc_info[1] if record.exc_info else None
        count = self._count((record.name, record.levelno, self._text(record), type(error)))
        cause = None if error is None else self._cause_of(error)
        if count and (count > 1 or cause is not None):
            record.msg = record.getMessage().strip().partition("\n")[0]
            if cause and cause not in record.msg:
                record.msg += f" ({cause})"
            if count > 1:
                record.msg += f" ({count:,} times since this was last logged)"
            record.args = ()
            record.exc_info = record.exc_text = None
        return count > 0

    def _text(self, record: logging.LogRecord) -> str:
        if not record.name.startswith(self._foreign):
            return NUMBERS.sub("0", record.getMessage()[:TEXT_LENGTH])
        task = record.args.get("name") if isinstance(record.args, dict) else None
        return f"{task} {str(record.msg)[:TEXT_LENGTH]}"

    def _count(self, key: Hashable) -> int:
        """Count a line. Return 0 if it must not be logged.

        Otherwise return how many equal lines came since the last one, including this one.
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

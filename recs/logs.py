"""Log lines, as text or as JSON. No id of a user is ever in one: addresses lose theirs here."""

import logging
import os
import re
import sys
from collections.abc import Callable, Iterable, MutableMapping
from typing import Any

import structlog
from structlog.processors import JSONRenderer, TimeStamper, format_exc_info
from structlog.stdlib import ExtraAdder, ProcessorFormatter

CHATTY = ("httpx", "httpcore", "urllib3", "qdrant_client", "kombu", "amqp", "matplotlib")
"""Loggers that tell, below WARNING, of each call: with its address, and so with a user's id."""
WITH_IDS = re.compile(r"/(recs|users|interact|items|similar|as)/[^\n]*")
"""Addresses behind which an id comes. The rest of the line goes with it: ids may hold spaces."""
FRAME = '  File "'
EXTRAS = ("request_id", "seconds")
"""What else a call to log may tell: no library says more than its line."""
Event = MutableMapping[str, Any]
About = Callable[[], dict[str, str]]
"""Returns what else is known at this moment, such as the id of a request."""


def formatter(style: str, about: About = dict) -> logging.Formatter:
    """Return what writes records in a style: console or json."""

    def tell_more(_logger: object, _method: str, event: Event) -> Event:
        return {**about(), **event}

    common: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        ExtraAdder(allow=EXTRAS),
        TimeStamper(fmt="iso", utc=True),
        _add_process,
        tell_more,
    ]
    return ProcessorFormatter(
        foreign_pre_chain=common,
        processors=[
            ProcessorFormatter.remove_processors_meta,
            format_exc_info,  # without the values of variables: users' ids are among them
            _without_ids,
            JSONRenderer(ensure_ascii=False, default=str) if style == "json" else _as_text,
        ],
    )


def set_up(
    style: str, level: str, filters: Iterable[logging.Filter] = (), about: About = dict
) -> None:
    """Have all loggers of this process write to stderr. Twice is harmless: the last call counts."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(style, about))
    for each in filters:
        handler.addFilter(each)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


def _add_process(_logger: object, _method: str, event: Event) -> Event:
    """Say which process speaks. honcho names those of the Procfile: rank.1."""
    event["process"] = os.environ.get("HONCHO_PROCESS_NAME") or str(os.getpid())
    return event


def _without_ids(_logger: object, _method: str, event: Event) -> Event:
    return {name: _scrubbed(value) for name, value in event.items()}


def _scrubbed(value: Any) -> Any:
    """Cut addresses off where an id begins. The files that a traceback names are no addresses."""
    if not isinstance(value, str) or "/" not in value:
        return value
    return "\n".join(
        line if line.startswith(FRAME) else WITH_IDS.sub(r"/\1/…", line)
        for line in value.split("\n")
    )


def _as_text(_logger: object, _method: str, event: Event) -> str:
    """Write a line as people read it: time, level, what happened, more."""
    time, level, told = event.pop("timestamp"), event.pop("level"), str(event.pop("event"))
    logger, traceback = event.pop("logger"), event.pop("exception", None)
    event.pop("process")  # honcho writes it in front, as do Docker and systemd
    more = "".join(f" {name}={value}" for name, value in event.items())
    line = f"{time[:19]}Z {level:<8} {logger}: {told}{more}"
    return f"{line}\n{traceback}" if traceback else line

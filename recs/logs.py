"""Log lines, as text or as JSON. They never contain user ids: ids in addresses are cut here."""

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
"""Loggers that log each call below WARNING, with its address, which contains a user's id."""
WITH_IDS = re.compile(r"/(recs|users|interact|items|similar|as)/[^\n]*")
"""Addresses followed by an id. The rest of the line is cut too: ids may contain spaces."""
FRAME = '  File "'
EXTRAS = ("request_id", "seconds")
"""The only extra fields of a log call that are written. Libraries cannot add others."""
Event = MutableMapping[str, Any]
About = Callable[[], dict[str, str]]
"""Returns fields to add to each line, such as the id of the current request."""


def formatter(style: str, about: About = dict) -> logging.Formatter:
    """Return a formatter. style: console or json."""

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
            format_exc_info,  # without the values of variables: they may contain user ids
            _without_ids,
            JSONRenderer(ensure_ascii=False, default=str) if style == "json" else _as_text,
        ],
    )


def set_up(
    style: str, level: str, filters: Iterable[logging.Filter] = (), about: About = dict
) -> None:
    """Make all loggers of this process write to stderr. May be repeated: the last call counts."""
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
    """Add the name of the process (from honcho's Procfile, such as rank.1) or its id."""
    event["process"] = os.environ.get("HONCHO_PROCESS_NAME") or str(os.getpid())
    return event


def _without_ids(_logger: object, _method: str, event: Event) -> Event:
    return {name: _scrubbed(value) for name, value in event.items()}


def _scrubbed(value: Any) -> Any:
    """Cut addresses where an id begins. File names in a traceback are left as they are."""
    if not isinstance(value, str) or "/" not in value:
        return value
    return "\n".join(
        line if line.startswith(FRAME) else WITH_IDS.sub(r"/\1/…", line)
        for line in value.split("\n")
    )


def _as_text(_logger: object, _method: str, event: Event) -> str:
    """Format a line for people: time, level, logger, message, other fields."""
    time, level, told = event.pop("timestamp"), event.pop("level"), str(event.pop("event"))
    logger, traceback = event.pop("logger"), event.pop("exception", None)
    event.pop("process")  # honcho, Docker and systemd already put it in front
    more = "".join(f" {name}={value}" for name, value in event.items())
    line = f"{time[:19]}Z {level:<8} {logger}: {told}{more}"
    return f"{line}\n{traceback}" if traceback else line

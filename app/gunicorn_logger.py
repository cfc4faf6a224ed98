"""Puts gunicorn's lines into the service's log, without what a client has sent."""

import logging
import re
from typing import Any

from gunicorn.config import Config
from gunicorn.glogging import Logger as GunicornLogger

from app.request_ids import about_request
from recs.settings import Settings
from workers import logs

SENT = re.compile(r"(Invalid request from ip=\S+: [^:'\"\[(]*).*", re.DOTALL)
"""What follows is not HTTP. It may be the body of the previous request, with a user's id."""


class Logger(GunicornLogger):  # type: ignore[misc]
    """Writes no access lines: app/access_log.py does, with routes in place of addresses."""

    def setup(self, cfg: Config) -> None:
        """Pass all lines to the handler that all loggers share."""
        super().setup(cfg)
        logs.set_up(Settings.from_env(), about_request)
        self.error_log.handlers.clear()
        self.error_log.propagate = True

    def warning(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Warn, without the text of a request that cannot be parsed."""
        super().warning(SENT.sub(r"\1…", msg) if isinstance(msg, str) else msg, *args, **kwargs)

    def access(self, *_: Any) -> None:
        """Log nothing."""


logging.captureWarnings(True)

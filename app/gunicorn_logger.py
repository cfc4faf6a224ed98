"""gunicorn's own lines, among those of the service, and without what a client has sent."""

import logging
import re
from typing import Any

from gunicorn.config import Config
from gunicorn.glogging import Logger as GunicornLogger

from app.request_ids import about_request
from recs.settings import Settings
from workers import logs

SENT = re.compile(r"(Invalid request from ip=\S+: [^:'\"\[(]*).*", re.DOTALL)
"""What is no HTTP may be anything: the body of a request before it, with a user's id."""


class Logger(GunicornLogger):  # type: ignore[misc]
    """Writes no access lines: those of app/access_log.py name routes, and not addresses."""

    def setup(self, cfg: Config) -> None:
        """Hand all lines to the handler that all loggers share."""
        super().setup(cfg)
        logs.set_up(Settings.from_env(), about_request)
        self.error_log.handlers.clear()
        self.error_log.propagate = True

    def warning(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Warn, and leave out what is quoted of a request that cannot be read."""
        super().warning(SENT.sub(r"\1…", msg) if isinstance(msg, str) else msg, *args, **kwargs)

    def access(self, *_: Any) -> None:
        """Log nothing."""


logging.captureWarnings(True)

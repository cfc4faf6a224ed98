"""Answers the most frequent requests without Flask, at a third of the cost.

Only plain requests: no parameters, no browser, nothing unusual. All others go the long way, through
Flask. Its views and hooks define the answers, and errors are answered by them, too.
"""

import re
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any, NamedTuple

from flask import Flask

from app import request_ids

HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?")
OF_BROWSERS = frozenset(
    {"HTTP_ACCEPT_LANGUAGE", "HTTP_ORIGIN", "HTTP_SEC_FETCH_SITE", "HTTP_REFERER"}
)
"""If a request has one of these, app/foreign.py must check it."""
BEGUN = "kinolenta.begun"
"""Where app/metrics.py keeps when it first saw a request."""
Environ = dict[str, Any]
Start = Callable[..., Any]
Headers = list[tuple[str, str]]
OF_ONE_ANSWER = frozenset({"content-length", request_ids.HEADER.lower()})


class Kind(NamedTuple):
    """Requests that may go the short way.

    read: returns what a request asks for, from its environ; None if it must go the long way.
    answer: returns the body of a 200 for that. It runs in the app's context, and may raise what a
    view may raise.
    """

    method: str
    route: str
    read: Callable[[Environ], Any]
    answer: Callable[[Any], bytes]


class ShortWay:
    """The last WSGI middleware before Flask."""

    def __init__(self, app: Flask) -> None:
        """Replace the app's WSGI application. Until `kind` is set, all requests go the long way."""
        self.kind: Kind | None = None
        self._app = app
        self._long_way = app.wsgi_app
        self._headers: Headers | None = None
        """Headers of a 200 as Flask has sent them once, without those that differ by answer."""
        app.wsgi_app = self  # type: ignore[method-assign, assignment]
        app.extensions["short_way"] = self

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        """Answer a request."""
        kind = self.kind
        if kind is None or not _is_plain(environ, kind.method):
            return self._long_way(environ, start)
        asked = kind.read(environ)
        if asked is None:
            return self._long_way(environ, start)
        if self._headers is None:
            return self._long_way(environ, self._learning(start))
        try:
            with self._app.app_context():
                body = kind.answer(asked)
        except Exception as error:
            told: Iterable[bytes] = self._told(error, environ)(environ, start)
            return told
        length = ("Content-Length", str(len(body)))
        start("200 OK", [length, *self._headers, (request_ids.HEADER, environ[request_ids.KEPT])])
        self._app.extensions["metrics"].answered(
            kind.method, kind.route, 200, perf_counter() - environ[BEGUN]
        )
        return (body,)

    def _learning(self, start: Start) -> Start:
        """Return a `start` that keeps the headers of a 200."""

        def learn(status: str, headers: Headers, *more: Any) -> Any:
            if status == "200 OK":
                self._headers = [each for each in headers if each[0].lower() not in OF_ONE_ANSWER]
            return start(status, headers, *more)

        return learn

    def _told(self, error: Exception, environ: Environ) -> Any:
        """Return the answer that Flask gives when a view raises this error."""
        app = self._app
        with app.request_context(environ):
            try:
                return app.finalize_request(app.handle_user_exception(error))
            except Exception as unexpected:
                return app.handle_exception(unexpected)


def _is_plain(environ: Environ, method: str) -> bool:
    return (
        environ["REQUEST_METHOD"] == method
        and not environ["QUERY_STRING"]
        and environ.get("RAW_URI") == environ["PATH_INFO"]
        and not environ.get("SCRIPT_NAME")
        and OF_BROWSERS.isdisjoint(environ)
        and HOST.fullmatch(environ.get("HTTP_HOST", "")) is not None
    )

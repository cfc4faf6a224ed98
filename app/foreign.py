"""Pages of foreign origins may change nothing; nor may HEAD and OPTIONS.

Browsers say which page sends a request, in Sec-Fetch-Site and Origin, and a page cannot change
these headers. Programs send neither. docs/security.md names the limits of this.
"""

import logging
from collections.abc import Callable
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import Forbidden, MethodNotAllowed

from recs.origins import ANY, host_of
from recs.settings import Settings, is_this_machine

log = logging.getLogger(__name__)

CHANGING_BY_GET = {"service.cleanup", "lists.recommend", "lists.recommend_to_group"}
"""Endpoints that change something on GET. The page has its own rule."""
CHANGES_NOTHING = {"GET", "HEAD", "OPTIONS"}
RUN_BY_HEAD = {
    *("health.alive", "health.alive_at_livez", "health.ready"),
    *("docs.openapi", "docs.page", "docs.asset", "page.versioned", "page.poster"),
}
"""Endpoints that run for HEAD, too: they change nothing, and not all answer only 200."""
NOT_LISTED = "This changes something, and a page of this origin may not: see CORS_ORIGINS."
NOT_OUR_NAME = "The browser used a host name that this service does not have: see PROXIES."


def register(app: Flask, settings: Settings, origins: frozenset[str]) -> None:
    """Check each request before its view runs. origins: pages of these may call."""
    is_ours = _names(settings, origins)

    @app.before_request
    def check() -> Response | None:
        environ = request.environ
        method = environ["REQUEST_METHOD"]
        if method == "HEAD":
            return _head()
        if method == "OPTIONS":
            return current_app.make_default_options_response() if request.url_rule else None
        if "HTTP_ACCEPT_LANGUAGE" in environ or "HTTP_ORIGIN" in environ:
            if not is_ours(environ.get("HTTP_HOST", "")):
                _refuse(NOT_OUR_NAME)
        elif "HTTP_SEC_FETCH_SITE" not in environ and "HTTP_REFERER" not in environ:
            return None  # not a browser
        changes = method not in CHANGES_NOTHING or request.endpoint in CHANGING_BY_GET
        if changes and is_foreign(origins):
            _refuse(NOT_LISTED)
        return None


def is_foreign(origins: frozenset[str]) -> bool:
    """Say whether a page that is neither of `origins` nor of this service sends this request."""
    environ = request.environ
    origin, site = environ.get("HTTP_ORIGIN"), environ.get("HTTP_SEC_FETCH_SITE")
    if ANY in origins or origin in origins:
        return False
    if site is not None:
        return site != "same-origin" and (site != "none" or origin is not None)
    if origin is None:
        origin = environ.get("HTTP_REFERER")
    return origin is not None and urlsplit(origin).netloc != environ.get("HTTP_HOST")


def _head() -> Response | None:
    """Answer without running the view, so that it changes nothing."""
    rule = request.url_rule
    if rule is None or rule.endpoint in RUN_BY_HEAD:
        return None
    methods = rule.methods or set()
    if methods - CHANGES_NOTHING:
        raise MethodNotAllowed(sorted(methods - {"HEAD"}))
    answer = Response(mimetype="application/json")
    answer.automatically_set_content_length = False  # nobody knows what GET would answer
    return answer


def _names(settings: Settings, origins: frozenset[str]) -> Callable[[str], bool]:
    """Return a function that says whether a Host header names this service.

    A page can give its own name the address of this machine (DNS rebinding). The browser then takes
    this service for the page's own origin. Only a service that is reached neither from other
    machines nor through a proxy knows all of its names: for others, every name is accepted.
    """
    if settings.proxies or not is_this_machine(settings.host):
        return lambda _: True
    names = {"localhost", settings.host, *map(host_of, origins)}

    @lru_cache(1_000)
    def is_ours(host: str) -> bool:
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        name = name.strip("[]").lower()
        if name in names or name.endswith(".localhost"):
            return True
        try:
            ip_address(name)
        except ValueError:
            return False
        return True

    return is_ours


def _refuse(why: str) -> None:
    """Raise Forbidden. The log tells the operator, who may have forgotten a setting."""
    log.warning("a browser was refused: %s", why)
    raise Forbidden(why)

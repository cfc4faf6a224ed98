"""Origins of web pages, as browsers name them: `https://kino.example`, `http://localhost:3000`."""

import re
from ipaddress import IPv6Address
from urllib.parse import urlsplit

from recs.errors import SettingError

ANY = "*"
"""Stands for every origin."""
DEFAULT_PORTS = {"http": 80, "https": 443}
NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")


def read_origins(text: str) -> frozenset[str]:
    """Read CORS_ORIGINS: origins or `*`, separated by commas; return them as browsers write them.

    Raises SettingError for an origin that no browser can send.
    """
    return frozenset(_origin(each) for part in text.split(",") if (each := part.strip()))


def host_of(origin: str) -> str:
    """Return the host of an origin, without its port; empty for `*`."""
    return urlsplit(origin).hostname or ""


def _origin(text: str) -> str:
    """Write an origin as browsers do: lower case, no slash at the end, no default port."""
    if text == ANY:
        return ANY
    try:
        parts = urlsplit(text)
        host, port = _host(parts.hostname or ""), parts.port
    except ValueError as error:
        raise _refused(text) from error
    if parts.scheme not in DEFAULT_PORTS or "@" in parts.netloc or port == 0:
        raise _refused(text)
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise _refused(text)
    usual = port in (None, DEFAULT_PORTS[parts.scheme])
    return f"{parts.scheme}://{host}" if usual else f"{parts.scheme}://{host}:{port}"


def _host(text: str) -> str:
    """Return a host as browsers write it. Raises ValueError."""
    if ":" in text:
        return f"[{IPv6Address(text)}]"
    name = text if text.isascii() else text.encode("idna").decode()
    if not NAME.fullmatch(name):
        raise ValueError(text)
    return name


def _refused(text: str) -> SettingError:
    allowed = (
        "`*`, or comma-separated origins such as https://kino.example or http://localhost:3000"
    )
    return SettingError("CORS_ORIGINS", text, allowed)

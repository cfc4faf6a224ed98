"""The URLs of the service, and whether they answer yet."""

import os
import random
import socket
from collections.abc import Container
from contextlib import ExitStack, suppress
from errno import EADDRNOTAVAIL, EAFNOSUPPORT
from urllib.request import ProxyHandler, build_opener

from recs.errors import SettingError
from recs.settings import Settings, reachable

NOT_HERE = {EADDRNOTAVAIL, EAFNOSUPPORT}
"""Errors where this machine has no such address, or no IPv6."""
DIRECTLY = build_opener(ProxyHandler({}))
"""Without the proxy that the environment may name: these requests stay on this machine."""


def endpoints(settings: Settings) -> dict[str, str]:
    """Return name -> URL of what people can open, in the order in which they look for it."""
    host, flower_host = reachable(settings.host), reachable(settings.flower_host)
    return {
        "page": f"http://{host}:{settings.page_port}",
        "collector": f"http://{host}:{settings.collector_port}",
        "recommender": f"http://{host}:{settings.recommender_port}",
        "Flower": f"http://{flower_host}:{settings.flower_port}",
    }


def check_ports(settings: Settings, besides: Container[int] = ()) -> None:
    """Raise SettingError, which names the variable, if a port is taken or a host unknown.

    besides: ports that may be taken.
    """
    with ExitStack() as all_at_once:
        for variable, host_variable, host, port in (
            ("COLLECTOR_PORT", "HOST", settings.host, settings.collector_port),
            ("RECOMMENDER_PORT", "HOST", settings.host, settings.recommender_port),
            ("PAGE_PORT", "HOST", settings.host, settings.page_port),
            ("FLOWER_PORT", "FLOWER_HOST", settings.flower_host, settings.flower_port),
        ):
            if port in besides:
                continue
            try:
                family = socket.AF_INET6 if ":" in host else socket.AF_INET
                all_at_once.enter_context(socket.create_server((host, port), family=family))
            except OSError as error:
                # Below 0: of getaddrinfo; socket.create_server makes an OSError of its gaierror.
                number = error.errno or 0
                if number < 0 or number in NOT_HERE:
                    here = "an address or a name of this machine, such as 127.0.0.1 or 0.0.0.0"
                    raise SettingError(host_variable, host, here) from error
                free = f"a port that is free ({os.strerror(number)})"
                raise SettingError(variable, str(port), free) from error


def in_url(host: str) -> str:
    """Return an address as URLs and gunicorn need it: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def free_port() -> int:
    """Return a port of this machine on which no process listens.

    It is below the range that Linux uses for outgoing connections: a port of that range may be
    taken before the caller uses it.
    """
    while True:
        port = random.randrange(20_000, 32_000)
        with suppress(OSError):
            socket.create_server(("127.0.0.1", port)).close()
            return port


def answers(url: str) -> bool:
    """Say whether a process at this URL is ready for requests."""
    try:
        with DIRECTLY.open(f"{url}/healthcheck", timeout=1):
            return True
    except OSError:
        return False

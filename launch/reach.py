"""Who can reach the service, and under which address."""

import socket
from collections.abc import Mapping

from recs.settings import Settings, is_this_machine

EVERYWHERE = {"0.0.0.0", "::", "[::]", ""}
SOMEWHERE_ELSE = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}
"""Addresses that nobody has (RFC 5737, RFC 3849): only the route is looked up, nothing is sent."""


def address_of_machine() -> str:
    """Return the address under which other machines know this one; its name, if it has none."""
    for family, address in SOMEWHERE_ELSE.items():
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as way:
                way.connect((address, 9))
                found: str = way.getsockname()[0]
                return f"[{found}]" if family == socket.AF_INET6 else found
        except OSError:
            continue
    return socket.gethostname()


def for_people(urls: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """Return the URLs with an address that is right on other machines too, where there is one."""
    hosts = {name: settings.flower_host if name == "Flower" else settings.host for name in urls}
    machine = address_of_machine() if EVERYWHERE & set(hosts.values()) else ""
    return {
        name: f"http://{machine}:{url.rpartition(':')[2]}" if hosts[name] in EVERYWHERE else url
        for name, url in urls.items()
    }


def who_reaches(settings: Settings) -> list[str]:
    """Say who can use the service, and how to change that."""
    if is_this_machine(settings.host):
        return ["Reachable from this machine only. For others: HOST=0.0.0.0 make run"]
    host = settings.host if settings.host not in EVERYWHERE else "this machine"
    lines = [f"Reachable by everybody who reaches {host}."]
    if not settings.api_token:
        lines.append("They may write, too: API_TOKEN is not set.")
    return lines

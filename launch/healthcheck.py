"""Checks one process by /readyz: `python -m launch.healthcheck [--heal] NAME`.

compose.yaml runs it in each container; NAME is a line of the Procfile. Docker restarts a container
that has ended, but not one that is unhealthy. So with --heal, a process that hangs or does nothing
for a minute is told to stop; not if another process or server is the cause.
"""

import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from launch.endpoints import DIRECTLY
from recs.settings import Settings, reachable

FAULTS_MOST = 6
"""Faults in a row. With a check every ten seconds, a container has a minute to recover by itself.
"""
SECONDS = 5.0
TICKED = ("rank", "statistics", "maintain")
"""Workers that beat sends tasks to every second or two."""
Fetch = Callable[[str], "Mapping[str, Any] | None"]
"""Returns the JSON behind an address, whatever the status; None if there is no answer."""


def fetch(url: str) -> Mapping[str, Any] | None:
    """Ask an address of this service."""
    try:
        with DIRECTLY.open(url, timeout=SECONDS) as answer:
            text = answer.read()
    except HTTPError as error:
        text = error.read()
    except OSError:
        return None
    try:
        content = json.loads(text)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def complaint(name: str, settings: Settings, fetch: Fetch = fetch) -> tuple[str, bool]:
    """Return what is wrong with a process ("" if nothing), and whether a restart may help."""
    host = reachable(settings.host)
    ports = {
        "collector": settings.collector_port,
        "recommender": settings.recommender_port,
        "page": settings.page_port,
    }
    if name in ports:
        told = fetch(f"http://{host}:{ports[name]}/readyz")
        if told is None:
            return f"{name} does not answer", True
        return ("", False) if told.get("status") != "down" else (_advice(told), False)
    if name == "flower":
        address = f"http://{reachable(settings.flower_host)}:{settings.flower_port}/healthcheck"
        return ("", False) if fetch(address) is not None else ("flower does not answer", True)
    told = fetch(f"{settings.recommender}/readyz")
    if told is None:
        return "", False  # the recommender's own check tells
    return _of_worker(name, told.get("servers") or {})


def _of_worker(name: str, states: Mapping[str, str]) -> tuple[str, bool]:
    if any(states.get(each) != "ok" for each in ("redis", "broker")):
        return "", False  # no worker can work, so nobody can tell how this one is
    if name == "beat":
        is_idle = all(states.get(each, "").startswith("idle") for each in TICKED)
        return ("no task comes from beat", True) if is_idle else ("", False)
    state = states.get(name, "ok")
    return ("", False) if state == "ok" else (f"{name} is {state}", True)


def _advice(told: Mapping[str, Any]) -> str:
    advice = told.get("advice") or {}
    return "; ".join(f"{name}: {advice[name]}" for name in advice) or "down"


def count_faults(name: str, is_fault: bool, folder: Path) -> int:
    """Return the number of faults in a row, including this one."""
    file = folder / f"unhealthy-{name}"
    if not is_fault:
        file.unlink(missing_ok=True)
        return 0
    count = file.stat().st_size + 1 if file.exists() else 1
    file.write_bytes(b"." * count)
    return count


def main(arguments: list[str]) -> int:
    """Return 0 if the process is healthy, else 1."""
    *options, name = arguments
    wrong, may_heal = complaint(name, Settings.from_env())
    faults = count_faults(name, bool(wrong) and may_heal, Path(tempfile.gettempdir()))
    if wrong:
        print(wrong)
    if "--heal" in options and faults >= FAULTS_MOST:
        os.kill(1, signal.SIGTERM)  # `restart: unless-stopped` starts the container again
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

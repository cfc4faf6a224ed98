"""wrk: requests per second that 16 connections get answered, and their processor time."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.processes import processor_seconds
from bench.web.contestants import INTERACTIONS, Contestant

CONNECTIONS = 16
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
LIST_SCRIPT = """
math.randomseed(os.time())
request = function()
  local user = math.random(0, USERS - 1)
  return wrk.format("GET", string.format("/recs/00000000-0000-4000-8000-%012d", user))
end
"""
INTERACTION_SCRIPT = """
math.randomseed(os.time())
local headers = {["Content-Type"] = "application/json"}
request = function()
  return wrk.format("POST", "/interact", headers, string.format(
    '{"user_id": "00000000-0000-4000-8000-%012d", "item_ids": ["item-%d"], "actions": ["like"]}',
    math.random(0, USERS - 1), math.random(0, ITEMS - 1)))
end
"""


@dataclass(frozen=True)
class Load:
    """What was measured. cpu_ms: of the web processes, per request. p50_ms, p99_ms: by wrk."""

    requests_a_second: float
    cpu_ms: float
    p50_ms: float
    p99_ms: float
    errors: int


def load(one: Contestant, seconds: int, users: int, items: int, folder: Path) -> Load:
    """Send requests without pause."""
    address = f"http://127.0.0.1:{one.port}{one.path}"
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", address]
    if not one.path:
        text = INTERACTION_SCRIPT if one.of == INTERACTIONS else LIST_SCRIPT
        script = folder / f"{one.of}.lua"
        script.write_text(text.replace("USERS", str(users)).replace("ITEMS", str(items)))
        command += ["-s", str(script)]
    before = _processor_seconds(one)
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    used = _processor_seconds(one) - before
    requests = int(_found(r"(\d+) requests in", told))
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    return Load(
        requests_a_second=float(_found(r"Requests/sec:\s+([\d.]+)", told)),
        cpu_ms=1000 * used / max(requests, 1),
        p50_ms=_milliseconds("50%", told),
        p99_ms=_milliseconds("99%", told),
        errors=int(bad[1]) if bad else 0,
    )


def _processor_seconds(one: Contestant) -> float:
    return sum(processor_seconds(each.pid) for each in one.processes())


def _found(pattern: str, told: str) -> str:
    return _match(pattern, told)[1]


def _milliseconds(share: str, told: str) -> float:
    found = _match(rf"{share}\s+([\d.]+)([a-z]+)", told)
    return float(found[1]) * UNITS[found[2]]


def _match(pattern: str, told: str) -> re.Match[str]:
    found = re.search(pattern, told)
    if found is None:
        raise ValueError(f"wrk says something else: {told}")
    return found

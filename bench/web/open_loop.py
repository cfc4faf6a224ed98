"""Requests at a pace: each is sent at its time, whether or not those before are answered.

A latency counts from when its request was due, with the time it waited for other requests (no
coordinated omission).
"""

import asyncio
import gc
import json
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any

import numpy as np

Action = Callable[["Pool", int], Awaitable[float | None]]
"""Given the number of a request; returns its latency (s); None: since it was due."""
AT_MOST_SECONDS = 120.0


class Pool:
    """Connections to this machine's ports: as many as are needed at once, kept open."""

    def __init__(self) -> None:
        self._idle: dict[int, list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]] = {}

    async def get(self, port: int, path: str) -> tuple[int, bytes]:
        """Return status and body."""
        return await self._ask(port, f"GET {path} HTTP/1.1\r\nHost: k\r\n\r\n".encode())

    async def post(self, port: int, path: str, body: Any) -> tuple[int, bytes]:
        """Send JSON; return status and body."""
        sent = json.dumps(body).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: k\r\nContent-Length: {len(sent)}\r\n\r\n"
        return await self._ask(port, head.encode() + sent)

    async def _ask(self, port: int, request: bytes) -> tuple[int, bytes]:
        idle = self._idle.setdefault(port, [])
        reader, writer = idle.pop() if idle else await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        body = await reader.readexactly(length)
        idle.append((reader, writer))
        return int(head.split()[1]), body

    def close(self) -> None:
        """Close all connections."""
        for idle in self._idle.values():
            for _, writer in idle:
                writer.close()


def run(action: Action, pace: float, seconds: float) -> dict[str, float]:
    """Begin `pace` actions a second; return percentiles of their latencies (ms), and failures.

    Meanwhile this process collects no garbage: it has many objects, and would stop for 60 ms.
    """
    gc.collect()
    gc.disable()
    try:
        return asyncio.run(_run(action, pace, int(pace * seconds)))
    finally:
        gc.enable()


async def _run(action: Action, pace: float, count: int) -> dict[str, float]:
    pool, latencies, failures = Pool(), [], 0
    begun = perf_counter() + 0.1

    async def one(number: int) -> None:
        nonlocal failures
        due = begun + number / pace
        try:
            took = await asyncio.wait_for(action(pool, number), AT_MOST_SECONDS)
        except (OSError, ValueError, asyncio.IncompleteReadError, TimeoutError):
            failures += 1
        else:
            latencies.append(perf_counter() - due if took is None else took)

    tasks = []
    for number in range(count):
        await asyncio.sleep(max(begun + number / pace - perf_counter(), 0))
        tasks.append(asyncio.create_task(one(number)))
    await asyncio.gather(*tasks)
    pool.close()
    return percentiles(latencies) | {"failures": failures}


def percentiles(latencies: list[float]) -> dict[str, float]:
    """Return p50, p95, p99 and the maximum, in ms."""
    if not latencies:
        return {}
    found = 1000 * np.quantile(latencies, [0.5, 0.95, 0.99, 1.0])
    return dict(zip(("p50_ms", "p95_ms", "p99_ms", "most_ms"), map(float, found), strict=True))


def check(answer: tuple[int, bytes]) -> bytes:
    """Return the body of a good answer. Raises ValueError."""
    status, body = answer
    if status != 200:
        raise ValueError(f"{status}: {body!r}")
    return body

"""Outcome and latency of every request, as the client saw them."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

import numpy as np

from simulator.client import Answer

LATE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Request:
    """One request. phase 0 is the preparation."""

    endpoint: str
    phase: int
    seconds: float
    outcome: str
    resent: bool


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds of the requests of one endpoint."""

    requests: int
    mean: float
    p50: float
    p95: float
    p99: float
    max: float


@dataclass
class Traffic:
    """Collects requests from all threads: appending to a list is safe.

    lags: seconds by which visits began later than they were due, one per visit.
    """

    requests: list[Request] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)

    def record(self, endpoint: str, phase: int, answer: Answer, outcome: str | None = None) -> None:
        """Count an answer. outcome: what the body says beyond the status."""
        outcome = outcome or answer.outcome
        self.requests.append(Request(endpoint, phase, answer.seconds, outcome, answer.resent))

    def milliseconds(self, endpoint: str, phase: int | None = None) -> list[float]:
        """Return the latencies of an endpoint in the order of the answers, failures included."""
        return [
            each.seconds * 1000
            for each in self.requests
            if each.endpoint == endpoint and phase in (None, each.phase)
        ]

    def is_fine(self, endpoint: str) -> list[bool]:
        """Return which requests of an endpoint got what they asked for, in the same order."""
        return [each.outcome == "200" for each in self.requests if each.endpoint == endpoint]

    def latency(self, endpoint: str, phase: int | None = None) -> Latency:
        """Sum up an endpoint's latencies; zeros without requests."""
        found = self.milliseconds(endpoint, phase)
        times = np.array(found or [0.0])
        p50, p95, p99 = np.percentile(times, [50, 95, 99]).tolist()
        return Latency(len(found), float(times.mean()), p50, p95, p99, float(times.max()))

    def errors(self) -> dict[str, dict[str, int]]:
        """Return endpoint -> status or failure -> how often."""
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for each in self.requests:
            if each.outcome != "200":
                counts[each.endpoint][each.outcome] += 1
        return {endpoint: dict(found) for endpoint, found in counts.items()}

    def resent(self) -> int:
        """Return how many requests were sent again, on a new connection."""
        return sum(each.resent for each in self.requests)

    def late_share(self) -> float:
        """Return the share of visits that the client itself began more than 50 ms late."""
        return float(np.mean(np.array(self.lags) > LATE_SECONDS)) if self.lags else 0.0

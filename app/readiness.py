"""What /readyz answers: whether this service can do its work, and if not, what to do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from threading import Lock
from time import monotonic

CACHED_SECONDS = 1.0
HANGING_SECONDS = 15.0
"""Probes take less, even if all servers are silent. A disk on the network may hang for ever."""
ERRORS_SECONDS = 60.0


@dataclass(frozen=True)
class State:
    """State of a part: "ok", or what is wrong in a few words, with what to do."""

    text: str = "ok"
    advice: str = ""
    is_usable: bool = False
    """Whether it can be used though something is wrong."""


OK = State()
Probe = Callable[[], Mapping[str, State]]
"""Returns name -> state of what it has checked. Raises nothing."""


class Readiness:
    """Probes everything, at most once a second. Any thread may ask.

    If two probes find the same part wrong, the first counts.
    """

    def __init__(
        self,
        probes: Sequence[Probe],
        needed: str = "",
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.needed = needed
        """The part without which this process cannot serve; empty: it always can."""
        self._probes = probes
        self._clock = clock
        self._lock = Lock()
        self._states: dict[str, State] = {}
        self._looked: float | None = None
        self._began = inf
        """When the probes began that run now."""

    def states(self) -> dict[str, State]:
        """Return name -> state of everything."""
        # While one thread probes, others take the last result, if there is one.
        if not self._lock.acquire(blocking=self._looked is None):
            took = self._clock() - self._began
            if took < HANGING_SECONDS:
                return self._states
            advice = "a server, or the disk of DATA_DIR, neither answers nor refuses"
            return {**self._states, "readiness": State(f"hangs for {took:.0f} s", advice)}
        try:
            if self._looked is None or self._clock() - self._looked >= CACHED_SECONDS:
                self._began = self._clock()
                self._states = _joined(self._probes)
                self._looked = self._clock()
        finally:
            self._began = inf
            self._lock.release()
        return self._states


class RecentErrors:
    """Errors in requests for lists that were answered all the same. Any thread may note."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._last: tuple[float, str] | None = None

    def note(self, error: Exception) -> None:
        """Note an error that does not pass by itself."""
        self._last = (self._clock(), type(error).__name__)

    def probe(self) -> dict[str, State]:
        """Report the last error for a minute."""
        if self._last is None or self._clock() - self._last[0] > ERRORS_SECONDS:
            return {"lists": OK}
        advice = "answers go on without it: see the log of this process"
        return {"lists": State(f"fails: {self._last[1]}", advice)}


def _joined(probes: Sequence[Probe]) -> dict[str, State]:
    states: dict[str, State] = {}
    for probe in probes:
        for name, state in probe().items():
            if states.get(name, OK) == OK:
                states[name] = state
    return states

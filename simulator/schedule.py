"""The order of visits: users take turns in groups, in each of two phases."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from simulator.datasets import Dataset

PHASES = (1, 2)
GROUP = 8


@dataclass(frozen=True, slots=True)
class Visit:
    """A user asks for a list, and interacts with each item that they know."""

    phase: int
    user_id: str


def visits(
    dataset: Dataset, seed: int, per_phase: int = 3, phases: Sequence[int] = PHASES
) -> Iterator[Visit]:
    """Yield every visit of the phases. Late items arrive before phase two.

    Users come in a new order in each phase. GROUP users take turns until each has come `per_phase`
    times. With a history all users do, so that all get a first list before anybody gets a second.
    """
    group = max(len(dataset.opinions), 1) if dataset.history else GROUP
    for phase in phases:
        order = list(dataset.opinions)
        Random(f"visits {seed} {phase}").shuffle(order)
        for start in range(0, len(order), group):
            for _ in range(per_phase):
                for user_id in order[start : start + group]:
                    yield Visit(phase, user_id)

"""Who comes when: groups take turns in phase one, and all come back in another order in two."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from simulator.worlds import World

PHASES = (1, 2)


@dataclass(frozen=True, slots=True)
class Visit:
    """One look at a list, and an interaction to each title that the viewer knows."""

    phase: int
    user_id: str


def visits(world: World, seed: int, per_phase: int = 3, group: int = 8) -> Iterator[Visit]:
    """Yield every visit of both phases. Titles that are late arrive before phase two."""
    for phase in PHASES:
        order = list(world.opinions)
        Random(f"visits {seed} {phase}").shuffle(order)
        for start in range(0, len(order), group):
            for _ in range(per_phase):
                for user_id in order[start : start + group]:
                    yield Visit(phase, user_id)

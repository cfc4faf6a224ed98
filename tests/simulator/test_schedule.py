"""The order of visits."""

from collections import Counter

from simulator.datasets import Dataset
from simulator.schedule import Visit, visits

DATASET = Dataset([], [], {f"u{number}": {} for number in range(20)})


def phase(number: int) -> list[str]:
    return [visit.user_id for visit in visits(DATASET, seed=1) if visit.phase == number]


def test_every_user_comes_three_times_in_each_phase() -> None:
    counts = Counter(visits(DATASET, seed=1))

    assert counts == {Visit(phase, user): 3 for phase in (1, 2) for user in DATASET.opinions}


def test_phase_one_ends_before_phase_two_begins() -> None:
    phases = [visit.phase for visit in visits(DATASET, seed=1)]

    assert phases == sorted(phases)


def test_a_group_of_eight_takes_turns() -> None:
    first = phase(1)[:24]

    assert first == first[:8] * 3
    assert len(set(first)) == 8


def test_users_come_back_in_another_order() -> None:
    assert phase(1) != phase(2)


def test_the_same_seed_gives_the_same_visits_and_another_does_not() -> None:
    assert list(visits(DATASET, seed=1)) == list(visits(DATASET, seed=1))
    assert list(visits(DATASET, seed=1)) != list(visits(DATASET, seed=2))

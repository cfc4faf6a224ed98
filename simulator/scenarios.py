"""The scenarios of the laboratory: which data set is played, and how."""

import argparse
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from simulator.datasets import Dataset
from simulator.options import dataset_of
from simulator.synthetic import small_catalogue
from simulator.variations import drifting, shuffled, with_history

SHUFFLED = {"shuffle": True}
SCENARIOS: Mapping[str, Mapping[str, Any]] = {
    "shuffled": SHUFFLED,
    "ordered": {},
    "history": {**SHUFFLED, "history": 0.8, "visits": 6, "phases": 1},
    "crowd": {**SHUFFLED, "crowd": True},
    "small catalogue": {"small_catalogue": True, "visits": 2},
    "drift": {**SHUFFLED, "drift": True},
    "dense": {"most_rated": 1600, "most_active": 600},
    "dense shuffled": {**SHUFFLED, "most_rated": 1600, "most_active": 600},
    "lenient": {**SHUFFLED, "threshold": 3.5},
    "long": {**SHUFFLED, "visits": 6},
    "late": {**SHUFFLED, "late": 0.1},
}
"""Scenario -> options that it changes; the command line sets the others. Only `ordered` and `dense`
keep the order of the file, which tells what is liked. Real catalogues have no such order."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """The options of one scenario: see `simulator.options`. shuffle: the order of the items.

    history: share of each user's opinions that they bring with them, the oldest. phases: in each
    phase all users come `visits` times. drift: tastes change between the phases. small_catalogue:
    it is played instead of the data. crowd: `simulator.crowd` is played instead of visits.
    """

    data: Path | None
    users: int | None
    threshold: float
    most_rated: int | None
    most_active: int | None
    late: float
    visits: int
    shuffle: bool = False
    history: float = 0.0
    phases: int = 2
    drift: bool = False
    small_catalogue: bool = False
    crowd: bool = False


def conditions_of(arguments: argparse.Namespace, scenario: str) -> Conditions:
    """Return the options of the command line with those that the scenario changes."""
    given = {each.name: getattr(arguments, each.name, each.default) for each in fields(Conditions)}
    return Conditions(**{**given, **SCENARIOS[scenario]})


@lru_cache(maxsize=2)
def make_dataset(conditions: Conditions, seed: int) -> Dataset:
    """Read or generate the data set of a scenario. The last two are kept."""
    if conditions.small_catalogue:
        users = {"n_users": conditions.users} if conditions.users else {}
        return small_catalogue(seed, **users)
    dataset, _ = dataset_of(argparse.Namespace(**asdict(conditions)), seed)
    if conditions.shuffle:
        dataset = shuffled(dataset, seed)
    if conditions.drift:
        dataset = drifting(dataset, seed)
    return with_history(dataset, conditions.history) if conditions.history else dataset

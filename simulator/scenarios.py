"""The scenarios of the laboratory: which data set is played, and how."""

import argparse
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from simulator.datasets import Dataset, with_history
from simulator.options import dataset_of

SCENARIOS: Mapping[str, Mapping[str, Any]] = {
    "plain": {},
    "shuffled": {"shuffle": True},
    "lenient": {"threshold": 3.5},
    "dense": {"most_rated": 1600, "most_active": 600},
    "long": {"visits": 6},
    "late": {"late": 0.1},
    "history": {"shuffle": True, "history": 0.8, "visits": 1, "phases": 1},
}
"""Scenario -> options that it changes. In `plain` the command line decides all of them."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """The options of one scenario: see `simulator.options`. shuffle: the order of the items.

    history: share of each user's opinions, the oldest, that they bring with them. phases: how often
    all users come, `visits` times each.
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


def conditions_of(arguments: argparse.Namespace, scenario: str) -> Conditions:
    """Return the options of the command line with those that the scenario changes."""
    given = {each.name: getattr(arguments, each.name, each.default) for each in fields(Conditions)}
    return Conditions(**{**given, **SCENARIOS[scenario]})


@lru_cache(maxsize=2)
def make_dataset(conditions: Conditions, seed: int) -> Dataset:
    """Read or generate the data set of a scenario. The last two are kept."""
    dataset, _ = dataset_of(argparse.Namespace(**asdict(conditions)), seed)
    if conditions.shuffle:
        dataset = _shuffled(dataset, seed)
    return with_history(dataset, conditions.history) if conditions.history else dataset


def _shuffled(dataset: Dataset, seed: int) -> Dataset:
    """Return the same data set with its items in another order."""
    items = list(zip(dataset.item_ids, dataset.genres, strict=True))
    Random(f"shuffle {seed}").shuffle(items)
    item_ids, genres = (list(column) for column in zip(*items, strict=True))
    return replace(dataset, item_ids=item_ids, genres=genres)

"""Makes a data set harder: in another order, with a history, with changing tastes."""

from collections.abc import Mapping
from dataclasses import replace
from random import Random

from simulator.datasets import Dataset

DRIFTING = 0.5
"""Share of the items that swap places in all opinions."""


def shuffled(dataset: Dataset, seed: int) -> Dataset:
    """Return the same data set with its items in random order."""
    items = list(zip(dataset.item_ids, dataset.genres, strict=True))
    Random(f"shuffle {seed}").shuffle(items)
    item_ids, genres = (list(column) for column in zip(*items, strict=True))
    return replace(dataset, item_ids=item_ids, genres=genres)


def with_history(dataset: Dataset, share: float) -> Dataset:
    """Return the same data, with each user's oldest share of opinions as history."""
    history: dict[str, dict[str, bool]] = {}
    left: dict[str, dict[str, bool]] = {}
    for user_id, opinions in dataset.opinions.items():
        pairs = list(opinions.items())
        n_brought = round(share * len(pairs))
        history[user_id], left[user_id] = dict(pairs[:n_brought]), dict(pairs[n_brought:])
    return replace(dataset, opinions=left, history=history)


def drifting(dataset: Dataset, seed: int) -> Dataset:
    """Return the same data with other opinions in the second phase.

    Half of the items swap places: all opinions on one become opinions on another. Genres stay. So
    half of what was learned in the first phase is wrong, both popularity and similarity, and
    nothing tells which half.
    """
    random = Random(f"drift {seed}")
    moving = random.sample(dataset.item_ids, round(DRIFTING * len(dataset.item_ids)))
    becomes: Mapping[str, str] = dict(zip(moving, moving[1:] + moving[:1], strict=True))
    later = {
        user_id: {becomes.get(item, item): like for item, like in opinions.items()}
        for user_id, opinions in dataset.opinions.items()
    }
    return replace(dataset, later=later)

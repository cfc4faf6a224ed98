"""Textbook recommenders, fitted to a history."""

import numpy as np
import pytest

from simulator.datasets import Dataset
from simulator.game import bring
from simulator.policies import TEXTBOOK, make_policy
from simulator.policies.fitted import Fitted, Predict
from simulator.synthetic import synthetic
from simulator.variations import with_history

DATASET = with_history(synthetic(seed=1, n_users=40, n_items=200, mean_opinions=25.0), 0.8)


@pytest.mark.parametrize("name", TEXTBOOK)
def test_nobody_is_recommended_what_they_brought_or_were_shown(name: str) -> None:
    policy = make_policy(name, 1)
    policy.add_items(DATASET.item_ids, DATASET.genres)
    bring(policy, DATASET)

    for user in list(DATASET.history)[:10]:
        first, second = policy.recommend(user), policy.recommend(user)
        assert len({*first, *second} - set(DATASET.history[user])) == 20


def two_tastes() -> Dataset:
    """Of forty users each likes six of ten items that are theirs, or of ten others."""
    items = [f"i{number}" for number in range(20)]
    opinions = {
        f"u{number}": {items[10 * (number % 2) + (number + k) % 10]: True for k in range(6)}
        for number in range(40)
    }
    return Dataset(items, [["Drama"]] * 20, {}, history=opinions)


@pytest.mark.parametrize("name", sorted(set(TEXTBOOK) - {"most popular"}))
def test_two_tastes_are_told_apart(name: str) -> None:
    policy, dataset = make_policy(name, 1), two_tastes()
    policy.add_items(dataset.item_ids, dataset.genres)
    bring(policy, dataset)

    assert len(set(policy.recommend("u0")[:4]) & {"i6", "i7", "i8", "i9"}) >= 3
    assert len(set(policy.recommend("u1")[:4]) & {"i10", "i17", "i18", "i19"}) >= 3


class Tuned(Fitted):
    """Shows items in their order, or the other way round, as its setting says."""

    settings = ({"sign": 1.0}, {"sign": -1.0})

    def fit(self, likes: object, **settings: float) -> Predict:
        self.chosen = settings["sign"]
        return lambda users, theirs: (
            self.chosen * np.tile(np.arange(float(theirs.shape[1])), (len(users), 1))
        )


@pytest.mark.parametrize(("held_back", "chosen"), [(range(90, 100), 1.0), (range(10), -1.0)])
def test_the_newest_of_the_history_chooses_settings(held_back: range, chosen: float) -> None:
    policy = Tuned(1)
    policy.add_items([str(number) for number in range(100)], [[]] * 100)
    for row in [*range(30, 70), *held_back]:
        policy.react("ann", str(row), True)
    policy.learn()

    assert policy.chosen == chosen


def test_what_is_liked_later_counts_at_once() -> None:
    policy, dataset = make_policy("item cosine", 1), two_tastes()
    policy.add_items(dataset.item_ids, dataset.genres)
    bring(policy, dataset)
    for item in ("i10", "i11"):
        policy.react("new", item, True)

    assert set(policy.recommend("new")[:8]) == {f"i{number}" for number in range(12, 20)}

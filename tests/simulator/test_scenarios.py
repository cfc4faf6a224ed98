"""Scenarios: data sets in another order, with a past, with tastes that change."""

from argparse import Namespace

import pytest

from simulator.scenarios import SCENARIOS, conditions_of, make_dataset
from simulator.synthetic import synthetic
from simulator.variations import drifting, shuffled, with_history

DATASET = synthetic(seed=1, n_users=20, n_items=200, mean_opinions=25.0)
OPTIONS = Namespace(
    data=None, users=6, threshold=4.0, most_rated=None, most_active=None, late=0.0, visits=3
)


def test_shuffled_comes_first_and_ordered_second() -> None:
    assert list(SCENARIOS)[:2] == ["shuffled", "ordered"]


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_each_scenario_is_the_same_for_a_seed(name: str) -> None:
    conditions = conditions_of(OPTIONS, name)
    one = make_dataset(conditions, 1)
    make_dataset.cache_clear()

    assert make_dataset(conditions, 1) == one
    assert len(one.opinions) == 6


@pytest.mark.parametrize("name", sorted(set(SCENARIOS) - {"ordered", "dense", "small catalogue"}))
def test_all_others_have_an_order_that_tells_nothing(name: str) -> None:
    items = make_dataset(conditions_of(OPTIONS, name), 1).item_ids
    ordered = make_dataset(conditions_of(OPTIONS, "ordered"), 1).item_ids

    assert items != ordered
    assert sorted(items) == sorted(ordered)


def test_a_shuffled_item_keeps_its_genres() -> None:
    genres = dict(zip(DATASET.item_ids, DATASET.genres, strict=True))
    other = shuffled(DATASET, 1)

    assert dict(zip(other.item_ids, other.genres, strict=True)) == genres
    assert other.opinions == DATASET.opinions


def test_the_oldest_opinions_are_brought_the_others_are_left() -> None:
    brought = with_history(DATASET, 0.8)
    for user, opinions in DATASET.opinions.items():
        n_brought = round(0.8 * len(opinions))

        assert list(brought.history[user]) == list(opinions)[:n_brought]
        assert list(brought.opinions[user]) == list(opinions)[n_brought:]


def test_when_tastes_change_half_of_the_items_take_the_places_of_others() -> None:
    dataset = drifting(DATASET, 1)
    moved: set[str] = set()
    for user, before in dataset.opinions.items():
        after = dataset.later[user]
        assert list(after.values()) == list(before.values())
        pairs = zip(before, after, strict=True)
        moved.update(one for one, other in pairs if one != other)
    met = {item for opinions in dataset.opinions.values() for item in opinions}

    assert 0.3 < len(moved) / len(met) < 0.7

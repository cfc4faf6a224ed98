"""Our ranking code in the laboratory."""

import pytest

from simulator.datasets import Dataset
from simulator.game import bring, play
from simulator.policies import make_policy
from simulator.policies.served import Served
from simulator.policies.without import WITHOUT, WithoutModel, WithoutNearest
from simulator.synthetic import synthetic
from simulator.variations import with_history


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return synthetic(seed=1, n_users=40, n_items=200, mean_opinions=25.0)


@pytest.mark.parametrize("name", ["ours", "ours, at once", *WITHOUT])
def test_every_variant_of_ours_plays_a_game_without_repeating_an_item(
    name: str, dataset: Dataset
) -> None:
    policy = make_policy(name, 1)
    policy.add_items(dataset.item_ids, dataset.genres)
    user, opinions = next(iter(dataset.opinions.items()))

    for _ in range(3):
        items = policy.recommend(user)
        for item in items:
            if item in opinions:
                policy.react(user, item, opinions[item])

        assert len(set(items)) == 10


@pytest.mark.slow
def test_ours_finds_more_likes_than_random_items(dataset: Dataset) -> None:
    scores = [
        play(make_policy(name, 1), dataset, seed=1, per_phase=2)["precision"]
        for name in ("ours", "random")
    ]

    assert scores[0] > 1.5 * scores[1]


@pytest.fixture(scope="module")
def brought(dataset: Dataset) -> Dataset:
    return with_history(dataset, 0.8)


def test_nobody_is_recommended_what_they_brought(brought: Dataset) -> None:
    policy = make_policy("ours", 1)
    policy.add_items(brought.item_ids, brought.genres)
    bring(policy, brought)

    for user in list(brought.history)[:10]:
        assert not set(policy.recommend(user)) & set(brought.history[user])


def test_slates_are_ranked_with_the_candidates_of_the_service(brought: Dataset) -> None:
    policy = Served(1)
    policy.add_items(brought.item_ids, brought.genres)
    assert policy.sources().nearest is None
    bring(policy, brought)
    sources = policy.sources()

    assert sources.vectors is not None
    assert sources.nearest is not None
    assert sources.nearest(sources.vectors.vectors[3], 5)[0] == 3


@pytest.mark.parametrize("make", [WithoutModel, WithoutNearest])
def test_a_part_left_out_is_not_there(make: type[Served], brought: Dataset) -> None:
    policy = make(1)
    policy.add_items(brought.item_ids, brought.genres)
    bring(policy, brought)

    assert policy.sources().nearest is None
    assert (policy.sources().vectors is None) == (make is WithoutModel)

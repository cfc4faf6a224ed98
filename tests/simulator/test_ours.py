"""Our ranking code in the laboratory, and what it is compared with where users bring a history."""

import pytest

from simulator import lab
from simulator.datasets import Dataset, synthetic, with_history
from simulator.policies import WITH_HISTORY, compared, make_policy
from simulator.policies.without import WITHOUT


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return synthetic(seed=1, n_users=40, n_items=200, mean_opinions=25.0)


@pytest.fixture(scope="module")
def brought(dataset: Dataset) -> Dataset:
    return with_history(dataset, 0.8)


@pytest.mark.parametrize("name", ["ours", "ours, as served", "the recipe", *WITHOUT])
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


def test_ours_finds_more_likes_than_random_items(dataset: Dataset) -> None:
    scores = [
        lab.play(make_policy(name, 1), dataset, seed=1, per_phase=2)["precision"]
        for name in ("ours", "random")
    ]

    assert scores[0] > 1.5 * scores[1]


def test_the_oldest_opinions_are_brought_the_others_are_left(dataset: Dataset) -> None:
    brought = with_history(dataset, 0.8)
    for user, opinions in dataset.opinions.items():
        n_brought = round(0.8 * len(opinions))

        assert list(brought.history[user]) == list(opinions)[:n_brought]
        assert list(brought.opinions[user]) == list(opinions)[n_brought:]


@pytest.mark.parametrize("name", [*WITH_HISTORY, "ours"])
def test_nobody_is_recommended_what_they_brought(name: str, brought: Dataset) -> None:
    policy = make_policy(name, 1)
    policy.add_items(brought.item_ids, brought.genres)
    for user, opinions in brought.history.items():
        for item, like in opinions.items():
            policy.react(user, item, like)
    policy.learn()

    for user in list(brought.history)[:10]:
        assert not set(policy.recommend(user)) & set(brought.history[user])


def test_histories_are_compared_with_textbook_recommenders() -> None:
    assert set(WITH_HISTORY) < set(compared(with_history=True))
    assert not set(WITH_HISTORY) & set(compared(with_history=False))

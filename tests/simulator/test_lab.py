"""The laboratory: its command and its games, with the reference policies. Ours: test_ours.py."""

import json
from pathlib import Path

import pytest

from simulator import lab
from simulator.datasets import Dataset
from simulator.game import SCORES, play
from simulator.policies import REFERENCES, TEXTBOOK, compared, make_policy
from simulator.policies.factors import FIT_EVERY, Factors
from simulator.scenarios import SCENARIOS
from simulator.synthetic import synthetic
from simulator.variations import drifting, with_history


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return synthetic(seed=1, n_users=12, n_items=150, mean_opinions=20.0, late_share=0.1)


class Oracle:
    """Knows what each user likes, and shows it at once."""

    def __init__(self, dataset: Dataset) -> None:
        self.likes = {
            user: [item for item, like in opinions.items() if like]
            for user, opinions in dataset.opinions.items()
        }
        self.asked: list[str] = []

    def add_items(self, item_ids: list[str], genres: list[list[str]]) -> None:
        """Do nothing: it is known already."""

    def learn(self) -> None:
        """Do nothing: it is known already."""

    def recommend(self, user_id: str) -> list[str]:
        """Return ten likes that were not shown yet."""
        self.asked.append(user_id)
        best, self.likes[user_id] = self.likes[user_id][:10], self.likes[user_id][10:]
        return best

    def react(self, user_id: str, item_id: str, like: bool) -> None:
        """Do nothing: it is known already."""


def test_an_oracle_has_the_highest_scores() -> None:
    dataset = synthetic(seed=1, n_users=5, n_items=400, mean_opinions=100.0)

    scores = play(Oracle(dataset), dataset, seed=1, per_phase=1)

    assert scores["ndcg"] == pytest.approx(1.0)
    assert scores["precision"] > 0.5


def test_with_histories_everybody_gets_a_first_list_before_anybody_gets_a_second() -> None:
    dataset = with_history(synthetic(seed=1, n_users=12, n_items=150), 0.8)
    oracle = Oracle(dataset)
    scores = play(oracle, dataset, seed=1, per_phase=3, phases=[1])

    assert set(oracle.asked[:12]) == set(dataset.opinions)
    assert scores["first_precision"] > scores["precision"] > 0
    assert scores["first_ndcg"] == pytest.approx(1.0)


def test_when_tastes_change_an_oracle_of_the_old_ones_loses() -> None:
    dataset = drifting(synthetic(seed=1, n_users=12, n_items=400, mean_opinions=100.0), 1)
    scores = play(Oracle(dataset), dataset, seed=1, per_phase=2)

    assert 0 < scores["precision_after"] < scores["precision"]


@pytest.mark.parametrize("name", REFERENCES)
def test_every_reference_policy_plays_and_gives_full_lists_of_known_items(
    name: str, dataset: Dataset
) -> None:
    policy = make_policy(name, seed=1)
    policy.add_items(*dataset.arrivals(late=False))
    known = set(dataset.arrivals(late=False)[0])

    for user_id in list(dataset.opinions)[:3] * 2:
        item_ids = policy.recommend(user_id)
        for item_id in item_ids[:2]:
            policy.react(user_id, item_id, like=True)

        assert len(set(item_ids)) == 10
        assert set(item_ids) <= known


@pytest.mark.parametrize("loss", ["warp", "bpr"])
def test_factors_tell_apart_what_two_groups_like(loss: str) -> None:
    factors = Factors(loss, seed=1)
    factors.add_items(["a", "b", "c", "d"])
    for number in range(20):
        for item_id in ("a", "b") if number % 2 else ("c", "d"):
            factors.like(str(number), item_id)
    factors.like("Anna", "a")
    assert factors.scores("Anna") is None

    for _ in range(FIT_EVERY):
        factors.visit()

    scores = factors.scores("Anna")
    assert scores is not None
    _, b, c, d = scores
    assert b > max(c, d)


@pytest.mark.parametrize("name", REFERENCES)
def test_the_same_seed_gives_the_same_scores(name: str, dataset: Dataset) -> None:
    def scores() -> list[float]:
        played = play(make_policy(name, seed=3), dataset, seed=3, per_phase=1)
        return [played[score] for score in SCORES]

    assert scores() == scores()


def test_late_items_are_listed_once_they_have_arrived(dataset: Dataset) -> None:
    played = play(make_policy("random", seed=1), dataset, seed=1, per_phase=10)

    assert played["coverage"] == 1.0
    assert "late_hit_rate_at_first" in played


@pytest.mark.slow
def test_the_command_prints_every_game_and_draws_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chart = tmp_path / "lab.png"
    options = ["--users", "4", "--visits", "1", "--scenarios", "shuffled", "ordered", "crowd"]
    policies = ["--policies", "random", "top 100, then random", "--seeds", "1", "2"]

    code = lab.main([*options, *policies, "--processes", "1", "--json", "--plot", str(chart)])

    found = json.loads(capsys.readouterr().out)
    assert code == 0
    assert list(found) == ["shuffled", "ordered", "crowd"]
    assert len(found["shuffled"]["random"]) == 2
    assert set(found["crowd"]["random"][0]) > {"disliked_most", "newcomers_most"}
    assert chart.stat().st_size > 10_000


def test_an_unknown_policy_is_refused_with_the_names_of_all(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for option in ("--policies", "--reference"):
        with pytest.raises(SystemExit):
            lab.main([option, "none such"])

        assert "Thompson + factors" in capsys.readouterr().err


def test_shuffled_is_what_is_played_first() -> None:
    assert lab.DEFAULT_SCENARIOS[:2] == tuple(SCENARIOS)[:2] == ("shuffled", "ordered")


def test_histories_are_compared_with_textbook_recommenders() -> None:
    assert {*TEXTBOOK, "the recipe", "top 100, then random"} < set(compared(with_history=True))
    assert not set(TEXTBOOK) & set(compared(with_history=False))

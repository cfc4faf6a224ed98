import json
from pathlib import Path

import pytest

from simulator import lab
from simulator.policies import POLICIES
from simulator.policies.factors import TRAIN_EVERY, Factors
from simulator.worlds import World, synthetic


@pytest.fixture(scope="module")
def world() -> World:
    return synthetic(seed=1, n_viewers=12, n_items=150, mean_opinions=20.0, late_share=0.1)


class Oracle:
    """Knows what everybody likes, and shows it at once."""

    def __init__(self, world: World) -> None:
        self.likes = {
            user: [item for item, like in opinions.items() if like]
            for user, opinions in world.opinions.items()
        }

    def add_items(self, item_ids: list[str], genres: list[list[str]]) -> None:
        """Know it already."""

    def recommend(self, user_id: str) -> list[str]:
        """Return likes, and each only once."""
        best, self.likes[user_id] = self.likes[user_id][:10], self.likes[user_id][10:]
        return best

    def react(self, user_id: str, item_id: str, like: bool) -> None:
        """Know it already."""


def test_whoever_knows_everything_gets_all_that_can_be_got():
    world = synthetic(seed=1, n_viewers=5, n_items=400, mean_opinions=100.0)

    scores = lab.play(Oracle(world), world, seed=1, per_phase=1)

    assert scores["ndcg"] == pytest.approx(1.0)
    assert scores["precision"] > 0.5


@pytest.mark.parametrize("name", POLICIES)
def test_every_policy_plays_and_gives_full_lists_of_known_titles(name: str, world: World):
    policy = POLICIES[name](1)
    policy.add_items(*world.arrivals(late=False))
    known = set(world.arrivals(late=False)[0])

    for user_id in list(world.opinions)[:3] * 2:
        item_ids = policy.recommend(user_id)
        for item_id in item_ids[:2]:
            policy.react(user_id, item_id, like=True)

        assert len(set(item_ids)) == 10
        assert set(item_ids) <= known


@pytest.mark.parametrize("loss", ["warp", "bpr"])
def test_factors_know_who_likes_what(loss: str):
    factors = Factors(loss, seed=1)
    factors.add_items(["a", "b", "c", "d"])
    for number in range(20):
        for item_id in ("a", "b") if number % 2 else ("c", "d"):
            factors.like(str(number), item_id)
    factors.like("Anna", "a")
    assert factors.scores("Anna") is None

    for _ in range(TRAIN_EVERY):
        factors.visit()

    _, b, c, d = factors.scores("Anna")
    assert b > max(c, d)


@pytest.mark.parametrize("name", ["ours", "Thompson + factors"])
def test_the_same_seed_gives_the_same_scores(name: str, world: World):
    def scores() -> list[float]:
        played = lab.play(POLICIES[name](3), world, seed=3, per_phase=1)
        return [played[score] for score in lab.SCORES]

    assert scores() == scores()


def test_ours_beats_luck(world: World):
    ours = lab.play(POLICIES["ours"](1), world, seed=1, per_phase=2)
    luck = lab.play(POLICIES["random"](1), world, seed=1, per_phase=2)

    assert ours["precision"] > 1.3 * luck["precision"]


def test_late_titles_are_listed_once_they_came(world: World):
    played = lab.play(POLICIES["ours"](1), world, seed=1, per_phase=3)

    assert played["coverage"] == 1.0


def test_a_table_shows_mean_and_spread_of_each_policy():
    game = dict.fromkeys([*lab.SCORES, lab.LATE_SCORE, lab.LATENCY], 0.0)
    results = {"plain": {"ours": [{**game, "precision": 0.1}, {**game, "precision": 0.2}]}}

    assert "ours   0.150 ± 0.071" in lab.tables(results)


def test_the_command_prints_every_game_and_draws_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    picture = tmp_path / "lab.png"
    world = ["--viewers", "4", "--visits", "1", "--worlds", "plain", "shuffled"]
    policies = ["--policies", "random", "top 100, then random", "--seeds", "1", "2"]

    code = lab.main([*world, *policies, "--processes", "1", "--json", "--plot", str(picture)])

    found = json.loads(capsys.readouterr().out)
    assert code == 0
    assert list(found) == ["plain", "shuffled"]
    assert len(found["shuffled"]["random"]) == 2
    assert picture.stat().st_size > 10_000

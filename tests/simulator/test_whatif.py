"""Settings compared in one and the same game."""

import pytest

from recs.ranking.settings import RankingSettings
from simulator.game import play
from simulator.policies.served import Served
from simulator.policies.shadows import AS_IT_IS, COUNTED, Shadows
from simulator.synthetic import synthetic
from simulator.whatif import changed, difference, main


def test_each_setting_is_halved_and_doubled_and_the_others_stay() -> None:
    found = changed(["genre_weight", "shortlist"])

    assert list(found) == [
        "genre_weight 0.125",
        "genre_weight 0.5",
        "shortlist 30",
        "shortlist 120",
    ]
    assert found["genre_weight 0.5"] == RankingSettings(genre_weight=0.5)
    assert found["shortlist 30"] == RankingSettings(shortlist=30)


def test_lists_are_compared_one_by_one() -> None:
    games = [
        {AS_IT_IS: [0.1, 0.2], "other": [0.2, 0.2]},
        {AS_IT_IS: [0.3, 0.0], "other": [0.3, 0.1]},
    ]

    mean, error = difference(games, "other")

    assert mean == pytest.approx(0.05)
    assert error == pytest.approx(0.0289, abs=1e-4)  # sd of 0.1, 0, 0, 0.1 over √4


@pytest.mark.slow
def test_the_game_is_the_one_without_shadows() -> None:
    dataset = synthetic(1, 20)
    others = changed(["genre_weight", "prior_exposure"])

    assert without_time(play(Shadows(1, dataset, others), dataset, 1, 2)) == without_time(
        play(Served(1), dataset, 1, 2)
    )


def without_time(scores: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in scores.items() if name != "milliseconds"}


@pytest.mark.parametrize("name", sorted(COUNTED))
def test_what_a_window_makes_use_of_is_a_setting(name: str) -> None:
    assert hasattr(RankingSettings(), name)


@pytest.mark.slow
def test_settings_change_what_is_ranked_and_what_is_counted() -> None:
    """A weight of the score, and one that only a window of its own can know."""
    dataset = synthetic(1, 40)
    settings = {
        "no genres": RankingSettings(genre_weight=0.0, genre_aversion_weight=0.0),
        "no optimism": RankingSettings(optimism=0.01, prior_exposure=0.1),
        "the same": RankingSettings(),
    }
    policy = Shadows(1, dataset, settings)
    play(policy, dataset, 1, 3)

    found = policy.precisions
    assert found["the same"] == found[AS_IT_IS]
    assert len(found[AS_IT_IS]) > 100
    assert sum(found[AS_IT_IS]) > 0
    assert found["no genres"] != found[AS_IT_IS]
    assert found["no optimism"] != found[AS_IT_IS]


@pytest.mark.slow
def test_the_command_prints_a_line_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    command = "--users 12 --scenarios shuffled --settings genre_weight --visits 1 --processes 1"

    assert main(command.split()) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("shuffled: 0.")
    assert [line.split()[:2] for line in lines[1:]] == [
        ["genre_weight", "0.125"],
        ["genre_weight", "0.5"],
    ]

"""The report as text."""

from simulator.table import columns, means


def game(precision: float) -> dict[str, object]:
    latency = {"all": {"mean": 5.0, "p95": 9.0}}
    names = ("ndcg", "diversity", "coverage", "hit_rate")
    scores = {"precision": precision, **dict.fromkeys(names, 0.5)}
    return {"scores": {"all": scores}, "latency_ms": {"recs": latency, "interact": latency}}


def test_several_games_are_shown_by_mean_and_spread() -> None:
    lines = means([game(0.1), game(0.2)]).splitlines()

    assert lines[0] == "2 games"
    assert lines[2].split() == ["precision", "0.1500", "0.0707"]


def test_columns_are_aligned() -> None:
    assert columns([["", "a"], ["name", "10.0"]]) == "         a\nname  10.0"

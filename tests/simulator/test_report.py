"""The report of a game: what the chart is drawn from."""

from simulator.client import Answer
from simulator.play import Game, Options
from simulator.report import make_report
from simulator.synthetic import synthetic


def test_visits_without_a_list_move_no_latency_to_another_visit() -> None:
    game = Game(synthetic(seed=1, n_users=4, n_items=30, mean_opinions=5), Options())
    user = next(iter(game.dataset.opinions))
    for _ in range(30):
        game.traffic.record("recs", 1, Answer("ConnectionRefusedError", b"", 9.0, False))
    for number in range(10):
        game.traffic.record("recs", 1, Answer("200", b"", 0.001 * number, False))
        game.scores.list_served(user, game.dataset.item_ids[:10], 1)

    report = make_report(game, "any")

    assert [window["visits"] for window in report["series"]] == list(range(31, 41))
    assert [round(window["p95_ms"]) for window in report["series"]] == list(range(10))

from pathlib import Path

import pytest

from cli.evaluation import SCENARIO, TooLittle, dataset_of, evaluate
from recs.types import Json
from simulator.comparison import tables
from simulator.lab_chart import draw

ITEMS: list[Json] = [
    {"item_id": f"{kind}-{number}", "genres": [kind]}
    for kind in ("drama", "war")
    for number in range(20)
]


def facts(users: int = 40, action: str = "like") -> list[Json]:
    """Half of the users like dramas, half wars: ten each."""
    return [
        {
            "user_id": f"u{user}",
            "item_id": f"{('drama', 'war')[user % 2]}-{(user // 2 + 3 * number) % 20}",
            "action": action,
            "timestamp": float(number),
        }
        for number in range(10)
        for user in range(users)
    ]


def test_what_users_like_alike_is_foreseen_better_than_what_is_popular() -> None:
    dataset = dataset_of(ITEMS, facts(), watched_counts=False)

    results = evaluate(dataset, ["most popular", "item cosine", "ours"], range(2), users=100)

    first = {
        name: sum(game["first_precision"] for game in games) / len(games)
        for name, games in results[SCENARIO].items()
    }
    assert first["item cosine"] > first["most popular"]
    assert first["ours"] > first["most popular"]


@pytest.mark.slow
def test_the_comparison_is_told_and_drawn(tmp_path: Path) -> None:
    dataset = dataset_of(ITEMS, facts(), watched_counts=False)
    results = evaluate(dataset, ["most popular", "item cosine"], range(2), users=20)

    assert "± half of the 95 % interval, 2 seeds" in tables(results, "item cosine")
    draw(results, tmp_path / "picture.png", "item cosine")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


def test_each_draw_of_users_brings_the_oldest_part() -> None:
    dataset = dataset_of(ITEMS, facts(), watched_counts=False)

    assert len(dataset.opinions) == 40
    assert next(iter(dataset.opinions["u0"])) == "drama-0"


@pytest.mark.parametrize(("action", "counts"), [("watched", False), ("like", True)])
def test_too_little_is_said(action: str, counts: bool) -> None:
    said = facts(40 if action == "watched" else 5, action)

    with pytest.raises(TooLittle):
        dataset_of(ITEMS, said, watched_counts=counts)
    assert len(dataset_of(ITEMS, facts(action="watched"), watched_counts=True).opinions) == 40

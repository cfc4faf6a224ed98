import re

import pytest

from app.page.charts import number, round_up, svg
from app.page.time_series import Chart, Series, charts, newest_values, rates

NARROW = "\u202f"
STATS = {
    "now": 110.0,
    "samples": [  # newest first, as they come
        {"time": 110.0, "interactions": 120, "impressions": 400, "likes": 90, "coverage": 0.5},
        {"time": 100.0, "interactions": 100, "impressions": 200, "likes": 80, "coverage": 0.4},
        {"time": 90.0, "interactions": 0, "impressions": 0, "likes": 0, "coverage": 0.0},
    ],
    "models": [
        {"version": 2, "created": 50.0, "auc": 0.9, "precision_at_10": 0.2},
        {"version": 1, "created": 10.0, "auc": 0.8, "precision_at_10": 0.1},
    ],
}


def chart(name: str, stats: dict[str, object] = STATS) -> Chart:
    return next(each for each in charts(stats) if each.name == name)


def test_totals_become_rates_over_the_last_seconds() -> None:
    assert chart("rate").series[0].values == [None, 10.0, 6.0]


def test_likes_are_counted_per_impression() -> None:
    assert chart("like_rate").series[0].values == [None, 0.4, 0.225]


def test_a_total_that_falls_back_has_begun_again() -> None:
    samples = [{"time": 0.0, "n": 50}, {"time": 2.0, "n": 10}]

    assert rates(samples, "n", "time") == [None, None]


def test_a_total_that_is_missing_was_zero_before() -> None:
    samples = [{"time": 0.0}, {"time": 2.0, "n": 10}]

    assert rates(samples, "n", "time") == [None, 5.0]


def test_only_the_last_seconds_count() -> None:
    samples = [{"time": float(at), "n": min(at, 100)} for at in range(0, 200, 10)]

    assert rates(samples, "n", "time")[-1] == 0.0


def test_charts_run_from_old_to_new() -> None:
    assert chart("coverage").at == [20.0, 10.0, 0.0]
    assert chart("quality").series[0].values == [0.8, 0.9]


def test_the_tiles_show_the_newest_values() -> None:
    shown = newest_values(STATS, charts(STATS))

    assert (shown["interactions"], shown["model"], shown["model_age"]) == (6.0, 2, 60.0)


@pytest.mark.parametrize("stats", [{}, {"samples": [], "models": []}, {"samples": [{"time": 1.0}]}])
def test_what_is_missing_is_unknown(stats: dict[str, object]) -> None:
    drawn = charts(stats)

    assert not any(each.known for each in drawn)
    assert set(newest_values(stats, drawn).values()) == {None}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0, "0"),
        (0.00123, "0.001"),
        (0.123, "0.12"),
        (1.234, "1.2"),
        (3.0, "3"),
        (12.34, "12"),
        (123.4, "123"),
        (12345, f"12{NARROW}345"),
    ],
)
def test_a_number_is_written_in_a_few_digits(value: float | None, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(("value", "top"), [(0, 1), (0.3, 0.4), (1, 1), (3, 4), (7, 8), (90, 100)])
def test_an_axis_ends_at_a_round_number(value: float, top: float) -> None:
    assert round_up(value) == pytest.approx(top)


def test_unknown_values_leave_a_gap() -> None:
    values = [None, 1.0, 2.0, None, 3.0]
    drawn = svg(Chart("rate", [0.0] * 5, [Series("interactions", values)]), newest="", oldest="")

    assert re.search(r'class="line line-0" d="M([^ML]+)L([^ML]+)"', drawn)
    assert drawn.count("<circle") == 1


def test_texts_under_an_axis_are_escaped() -> None:
    assert "<b>" not in svg(chart("rate"), newest="<b>", oldest="")


@pytest.mark.parametrize("most", [1, 2, 4, 5, 8, 10])
def test_the_numbers_at_an_axis_are_where_they_stand(most: int) -> None:
    chart = Chart("rate", [0.0, 1.0], [Series("interactions", [0.0, float(most)])])
    steps = re.findall(r'text-anchor="end">([^<]+)</text>', svg(chart, "", ""))

    assert [float(each) for each in steps] == pytest.approx(
        [most * n / (len(steps) - 1) for n in range(len(steps))]
    )

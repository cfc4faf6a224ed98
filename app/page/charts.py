"""Charts as SVG, drawn by the server, so that they need no JavaScript."""

from collections.abc import Iterator
from math import floor, log10

from markupsafe import Markup

from app.page.time_series import Chart, Series

WIDTH, HEIGHT = 480, 180
LEFT, RIGHT, TOP, BOTTOM = 46, 8, 10, 24
STEPS = 5


def svg(chart: Chart, newest: str, oldest: str) -> Markup:
    """Draw a chart, with texts under both ends of its axis. Colours come from the style sheet."""
    values = [value for each in chart.series for value in each.values if value is not None]
    ceiling = round_up(max(values, default=0))
    grid = "".join(_step(ceiling * n / STEPS, ceiling) for n in range(STEPS + 1))
    lines = "".join(_line(each, ceiling, n) for n, each in enumerate(chart.series))
    ends = _text(LEFT, oldest) + _text(WIDTH - RIGHT, newest, ' text-anchor="end"')
    return Markup(
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">'
        f"{grid}{lines}{ends}</svg>"
    )


def round_up(value: float) -> float:
    """Return a round number not below a value, for the top of an axis."""
    if value <= 0:
        return 1.0
    power = 10.0 ** floor(log10(value))
    return next(step * power for step in (1, 2, 4, 5, 8, 10) if step * power >= value)


def number(value: float | None) -> str:
    """Write a number in a few digits; "–" for none."""
    if value is None:
        return "–"
    if value == int(value) or value >= 10:
        return f"{value:,.0f}".replace(",", "\u202f")
    return f"{value:.1f}" if value >= 1 else f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def _text(x: int, text: str, attributes: str = "") -> str:
    return f'<text x="{x}" y="{HEIGHT - 6}"{attributes}>{Markup.escape(text)}</text>'


def _step(value: float, ceiling: float) -> str:
    y = _height(value, ceiling)
    return (
        f'<path class="step" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>'
        f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{number(value)}</text>'
    )


def _line(series: Series, ceiling: float, index: int) -> str:
    """Draw the runs of known values; a run of a single value is a dot."""
    width = (WIDTH - LEFT - RIGHT) / max(1, len(series.values) - 1)
    runs = [
        [(LEFT + place * width, _height(value, ceiling)) for place, value in run]
        for run in _runs(series.values)
    ]
    drawn = "".join(
        "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) for points in runs if len(points) > 1
    )
    dots = "".join(
        f'<circle class="dot dot-{index}" cx="{points[0][0]:.1f}" cy="{points[0][1]:.1f}" r="3"/>'
        for points in runs
        if len(points) == 1
    )
    return f'<path class="line line-{index}" d="{drawn}"/>{dots}'


def _runs(values: list[float | None]) -> Iterator[list[tuple[int, float]]]:
    """Yield the runs of known values, each with its place."""
    run: list[tuple[int, float]] = []
    for place, value in enumerate([*values, None]):
        if value is not None:
            run.append((place, value))
        elif run:
            yield run
            run = []


def _height(value: float, ceiling: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - min(value / ceiling, 1))

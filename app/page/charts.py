"""Lines as SVG: drawn here, so that they need no script and are there without one."""

from collections.abc import Iterator
from math import floor, log10

from markupsafe import Markup

from app.page.figures import Line, Plot

WIDTH, HEIGHT = 480, 180
LEFT, RIGHT, TOP, BOTTOM = 46, 8, 10, 24
STEPS = 4


def svg(plot: Plot, newest: str, oldest: str) -> Markup:
    """Draw a plot, words under the ends of its axis. Colours come from the style sheet."""
    values = [value for line in plot.lines for value in line.values if value is not None]
    ceiling = nice(max(values, default=0))
    grid = "".join(_step(ceiling * n / STEPS, ceiling) for n in range(STEPS + 1))
    lines = "".join(_line(line, ceiling, n) for n, line in enumerate(plot.lines))
    ends = _word(LEFT, oldest) + _word(WIDTH - RIGHT, newest, ' text-anchor="end"')
    return Markup(
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">'
        f"{grid}{lines}{ends}</svg>"
    )


def nice(value: float) -> float:
    """Return a round number not below a value, for the top of an axis."""
    if value <= 0:
        return 1.0
    power = 10.0 ** floor(log10(value))
    return next(step * power for step in (1, 2, 4, 5, 8, 10) if step * power >= value)


def figure(value: float | None) -> str:
    """Write a number as short as it can be read; "–" for none."""
    if value is None:
        return "–"
    if value == int(value) or value >= 10:
        return f"{value:,.0f}".replace(",", "\u202f")
    return f"{value:.1f}" if value >= 1 else f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def _word(x: int, word: str, how: str = "") -> str:
    return f'<text x="{x}" y="{HEIGHT - 6}"{how}>{Markup.escape(word)}</text>'


def _step(value: float, ceiling: float) -> str:
    y = _height(value, ceiling)
    return (
        f'<path class="step" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>'
        f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{figure(value)}</text>'
    )


def _line(line: Line, ceiling: float, number: int) -> str:
    """Draw the known stretches of a line; one that is a single point becomes a dot."""
    width = (WIDTH - LEFT - RIGHT) / max(1, len(line.values) - 1)
    stretches = [
        [(LEFT + place * width, _height(value, ceiling)) for place, value in stretch]
        for stretch in _stretches(line.values)
    ]
    drawn = "".join(
        "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        for points in stretches
        if len(points) > 1
    )
    dots = "".join(
        f'<circle class="dot dot-{number}" cx="{points[0][0]:.1f}" cy="{points[0][1]:.1f}" r="3"/>'
        for points in stretches
        if len(points) == 1
    )
    return f'<path class="line line-{number}" d="{drawn}"/>{dots}'


def _stretches(values: list[float | None]) -> Iterator[list[tuple[int, float]]]:
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

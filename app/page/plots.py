"""Lines as SVG: drawn here, so that they need no script and are there without one."""

from collections.abc import Iterator
from math import ceil, floor, log10

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
    if value == 0 or value >= 100:
        return f"{value:,.0f}".replace(",", "\u202f")
    return f"{value:.{max(0, 2 - ceil(log10(value)))}f}" if value >= 0.1 else f"{value:.3f}"


def _word(x: int, word: str, how: str = "") -> str:
    return f'<text x="{x}" y="{HEIGHT - 6}"{how}>{Markup.escape(word)}</text>'


def _step(value: float, ceiling: float) -> str:
    y = _height(value, ceiling)
    return (
        f'<path class="step" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>'
        f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{figure(value)}</text>'
    )


def _line(line: Line, ceiling: float, number: int) -> str:
    """Draw the known stretches of a line; a point that stands alone becomes a dot."""
    width = (WIDTH - LEFT - RIGHT) / max(1, len(line.values) - 1)
    drawn = "".join(
        f"M{LEFT + first * width:.1f} "
        + "L".join(
            f"{'' if n == 0 else f'{LEFT + (first + n) * width:.1f} '}{_height(value, ceiling):.1f}"
            for n, value in enumerate(stretch)
        )
        + ("h.1" if len(stretch) == 1 else "")
        for first, stretch in _stretches(line.values)
    )
    return f'<path class="line line-{number}" d="{drawn}"/>'


def _stretches(values: list[float | None]) -> Iterator[tuple[int, list[float]]]:
    """Yield the runs of known values with the place of their first."""
    run: list[float] = []
    for place, value in enumerate([*values, None]):
        if value is not None:
            run.append(value)
        elif run:
            yield place - len(run), run
            run = []


def _height(value: float, ceiling: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - min(value / ceiling, 1))

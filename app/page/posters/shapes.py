"""Cut paper in SVG: the few shapes that the drawn posters are made of."""

from collections.abc import Iterable
from math import cos, pi, sin
from random import Random

Point = tuple[float, float]


def circle(x: float, y: float, r: float, fill: str, opacity: float = 1) -> str:
    """A disc."""
    return f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{r:.0f}" fill="{fill}"{_see(opacity)}/>'


def ring(x: float, y: float, r: float, width: float, colour: str, opacity: float = 1) -> str:
    """A circle's line."""
    return (
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{r:.0f}" fill="none" stroke="{colour}" '
        f'stroke-width="{width:.0f}"{_see(opacity)}/>'
    )


def oval(x: float, y: float, rx: float, ry: float, style: str) -> str:
    """An ellipse; `style` are attributes that fill or outline it."""
    return f'<ellipse cx="{x:.0f}" cy="{y:.0f}" rx="{rx:.0f}" ry="{ry:.0f}" {style}/>'


def polygon(points: Iterable[Point], fill: str, opacity: float = 1) -> str:
    """A shape with straight sides."""
    text = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
    return f'<polygon points="{text}" fill="{fill}"{_see(opacity)}/>'


def path(d: str, fill: str, opacity: float = 1) -> str:
    """A shape with curved sides."""
    return f'<path d="{d}" fill="{fill}"{_see(opacity)}/>'


def strip(
    rng: Random, x: float, y: float, width: float, height: float, fill: str, opacity: float = 1
) -> str:
    """A rectangle cut by hand: no side is quite straight."""
    slip = min(width, height) * 0.12 + 2

    def near(value: float) -> float:
        return value + rng.uniform(-slip, slip)

    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    return polygon([(near(a), near(b)) for a, b in corners], fill, opacity)


def star(x: float, y: float, outer: float, inner: float, spikes: int, fill: str) -> str:
    """A star, or with many spikes a burst."""
    return polygon(
        [
            (x + r * cos(pi * n / spikes - pi / 2), y + r * sin(pi * n / spikes - pi / 2))
            for n in range(2 * spikes)
            for r in [inner if n % 2 else outer]
        ],
        fill,
    )


def half(x: float, y: float, r: float, fill: str, side: str = "up", opacity: float = 1) -> str:
    """Half a disc that lies on its straight side, or hangs from it."""
    sweep = 1 if side == "up" else 0
    return path(
        f"M{x - r:.0f} {y:.0f}A{r:.0f} {r:.0f} 0 0 {sweep} {x + r:.0f} {y:.0f}Z", fill, opacity
    )


def _see(opacity: float) -> str:
    return "" if opacity == 1 else f' opacity="{opacity:.2f}"'

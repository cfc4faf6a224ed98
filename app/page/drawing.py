"""Drawing of motifs as SVG: each is a template of Jinja, `motifs/*.jinja`.

A motif fills a field of 400 by 400. It knows the five colours of the palette by name, the shapes of
this module, and `between`, `choice`, `choices` and `shuffled` for random values. These come in
order, so the same seed always gives the same picture.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from math import cos, pi, sin
from pathlib import Path
from random import Random
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

FOLDER = Path(__file__).parent / "motifs"
MOTIFS = Environment(loader=FileSystemLoader(FOLDER), undefined=StrictUndefined)
Point = tuple[float, float]


@dataclass(frozen=True)
class Palette:
    """Colours as "#rrggbb": the background, three for shapes, one for letters."""

    ground: str
    main: str
    second: str
    accent: str
    ink: str


def draw_motif(name: str, rng: Random, palette: Palette) -> str:
    """Return a motif as SVG elements. Raises TemplateNotFound for a motif without a file."""
    chance = {
        "between": rng.randint,
        "choice": rng.choice,
        "choices": rng.choices,
        "shuffled": partial(_shuffled, rng),
        "strip": partial(strip, rng),
    }
    text = MOTIFS.get_template(f"{name}.jinja").render(**asdict(palette), **chance)
    return "".join(line.strip() for line in text.splitlines())


def circle(x: float, y: float, r: float, **paint: Any) -> str:
    """Return a circle."""
    return f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{r:.0f}"{_painted(**paint)}'


def ellipse(x: float, y: float, rx: float, ry: float, **paint: Any) -> str:
    """Return an ellipse."""
    return f'<ellipse cx="{x:.0f}" cy="{y:.0f}" rx="{rx:.0f}" ry="{ry:.0f}"{_painted(**paint)}'


def dome(x: float, y: float, r: float, sweep: int = 1, **paint: Any) -> str:
    """Return the upper half of a disc."""
    arc = f"M{x - r:.0f} {y:.0f}A{r:.0f} {r:.0f} 0 0 {sweep} {x + r:.0f} {y:.0f}Z"
    return f'<path d="{arc}"{_painted(**paint)}'


def bowl(x: float, y: float, r: float, **paint: Any) -> str:
    """Return the lower half of a disc."""
    return dome(x, y, r, sweep=0, **paint)


def star(x: float, y: float, outer: float, inner: float, spikes: int, **paint: Any) -> str:
    """Return a star of two radii; with many spikes, a burst."""
    turns = [pi * n / spikes - pi / 2 for n in range(2 * spikes)]
    radii = [outer, inner] * spikes
    corners = [(x + r * cos(turn), y + r * sin(turn)) for r, turn in zip(radii, turns, strict=True)]
    return polygon(corners, **paint)


def strip(rng: Random, x: float, y: float, width: float, height: float, **paint: Any) -> str:
    """Return a rectangle as if cut by hand: no side is quite straight."""
    slip = min(width, height) * 0.12 + 2
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    moved = [(a + rng.uniform(-slip, slip), b + rng.uniform(-slip, slip)) for a, b in corners]
    return polygon(moved, **paint)


def polygon(corners: Sequence[Point], **paint: Any) -> str:
    """Return a polygon."""
    points = " ".join(f"{x:.0f},{y:.0f}" for x, y in corners)
    return f'<polygon points="{points}"{_painted(**paint)}'


def _painted(
    fill: str = "none", stroke: str = "", width: float = 0, opacity: float | None = None
) -> str:
    """Return the colour attributes and the end of an element."""
    line = f' stroke="{stroke}" stroke-width="{width}"' if stroke else ""
    seen = "" if opacity is None else f' opacity="{opacity:.2f}"'
    return f' fill="{fill}"{line}{seen}/>'


def _shuffled(rng: Random, values: list[Any]) -> list[Any]:
    rng.shuffle(values)
    return values


for shape in (circle, ellipse, dome, bowl, star, polygon):
    MOTIFS.globals[shape.__name__] = shape

"""Drawing of motifs as SVG: `motifs/*.json` holds coordinates, this module interprets them.

A motif is a list of steps on a field of 400 by 400. Steps and random numbers come in order, so the
same seed always gives the same picture. A step is one of
    {"let": {name: value, ...}}                    names for the steps after it
    {"repeat": count, "steps": [...]}              with n = 0, 1, ...
    {"each": [{name: value, ...}, ...], "steps": [...]}
    {"rotate": [degrees, x, y], "steps": [...]}
    a shape: "circle", "ellipse", "dome", "bowl", "star", "strip", "polygon" or "path" with its
    numbers, "fill" (or "stroke" and "stroke_width") and "opacity".
A step may also have "when" (a condition) and "layer" (higher is in front; 0 by default).
A value is a number, "3..9" (a random whole number), a list (a random one of it), {"nth": list},
{"shuffle": list}, {"choices": list, "k": count}, "#rrggbb", or arithmetic with known names: those
of "let", and the five colours of the palette.
"""

import ast
import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from math import cos, pi, sin
from pathlib import Path
from random import Random
from typing import Any

FOLDER = Path(__file__).parent / "motifs"
RANDOM_NUMBER = re.compile(r"(-?\d+)\.\.(-?\d+)")
PLACEHOLDER = re.compile(r"\{(.+?)\}")
OPERATORS: Mapping[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}

Step = Mapping[str, Any]


@dataclass(frozen=True)
class Palette:
    """Colours as "#rrggbb": the background, three for shapes, one for letters."""

    ground: str
    main: str
    second: str
    accent: str
    ink: str


def draw_motif(name: str, rng: Random, palette: Palette) -> str:
    """Return a motif as SVG elements. Raises OSError for a motif without a file."""
    return "".join(_draw(_steps_of(name), _Scope(rng, asdict(palette))))


@cache
def _steps_of(name: str) -> list[Step]:
    steps: list[Step] = json.loads((FOLDER / f"{name}.json").read_text())["steps"]
    return steps


class _Scope:
    """The context in which values are read: random numbers, and the names known so far."""

    def __init__(self, rng: Random, names: dict[str, Any]) -> None:
        self.rng = rng
        self.names = names

    def let(self, values: Mapping[str, Any]) -> None:
        """Name values, one after the other: later ones may use earlier ones."""
        for name, value in values.items():
            self.names[name] = self.value(value)

    def value(self, value: Any) -> Any:
        """Evaluate a value of a motif. Raises KeyError for an unknown name."""
        if isinstance(value, str):
            if between := RANDOM_NUMBER.fullmatch(value):
                return self.rng.randint(int(between[1]), int(between[2]))
            return value if value.startswith("#") else self._calculate(_parsed(value))
        if isinstance(value, list):
            return self.rng.choice(self._all(value))
        if isinstance(value, dict):
            return self._of_list(value)
        return value

    def text(self, template: str) -> str:
        """Replace the calculations in braces by their results."""
        return PLACEHOLDER.sub(lambda found: str(self.value(found[1])), template)

    def _of_list(self, value: Mapping[str, Any]) -> Any:
        if "shuffle" in value:
            shuffled = self._all(value["shuffle"])
            self.rng.shuffle(shuffled)
            return shuffled
        if "choices" in value:
            return self.rng.choices(self._all(value["choices"]), k=value["k"])
        nth = value["nth"]
        values = self._all(nth) if isinstance(nth, list) else self.names[nth]
        return values[self.names["n"] % len(values)]

    def _all(self, values: Sequence[Any]) -> list[Any]:
        return [self.value(each) for each in values]

    def _calculate(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant():
                return node.value
            case ast.Name():
                return self.names[node.id]
            case ast.BinOp():
                left, right = self._calculate(node.left), self._calculate(node.right)
                return OPERATORS[type(node.op)](left, right)
            case ast.Compare(ops=[operation], comparators=[right]):
                return OPERATORS[type(operation)](
                    self._calculate(node.left), self._calculate(right)
                )
        raise ValueError(f"motifs cannot use {ast.dump(node)}")


@cache
def _parsed(calculation: str) -> ast.expr:
    return ast.parse(calculation, mode="eval").body


def _draw(steps: Sequence[Step], scope: _Scope) -> list[str]:
    """Return the elements of steps, from back to front."""
    layers = [
        (step.get("layer", 0), element)
        for step in steps
        if "when" not in step or scope.value(step["when"])
        for element in _elements(step, scope)
    ]
    return [element for _, element in sorted(layers, key=lambda each: each[0])]


def _elements(step: Step, scope: _Scope) -> Iterator[str]:
    if "let" in step:
        scope.let(step["let"])
    elif "repeat" in step:
        for n in range(step["repeat"]):
            scope.names["n"] = n
            yield from _draw(step["steps"], scope)
    elif "each" in step:
        for names in step["each"]:
            scope.let(names)
            yield from _draw(step["steps"], scope)
    elif "rotate" in step:
        degrees, x, y = (scope.value(each) for each in step["rotate"])
        inside = "".join(_draw(step["steps"], scope))
        yield f'<g transform="rotate({degrees} {x} {y})">{inside}</g>'
    else:
        yield _shape(step, scope)


def _shape(step: Step, scope: _Scope) -> str:
    kind = next(kind for kind in (*SHAPES, "polygon", "path") if kind in step)
    if kind == "polygon":
        shape = _polygon([(scope.value(x), scope.value(y)) for x, y in step[kind]])
    elif kind == "path":
        shape = f'<path d="{scope.text(step[kind])}"'
    else:
        numbers = [scope.value(each) for each in step[kind]]
        paint = _paint(step, scope)  # first, because a strip draws random numbers, too
        return SHAPES[kind](scope.rng, *numbers) + paint
    return shape + _paint(step, scope)


def _paint(step: Step, scope: _Scope) -> str:
    """Return the colour attributes and the end of the element."""
    opacity = f' opacity="{step["opacity"]:.2f}"' if "opacity" in step else ""
    if "stroke" in step:
        line = f'stroke="{scope.value(step["stroke"])}" stroke-width="{step["stroke_width"]}"'
        return f' fill="none" {line}{opacity}/>'
    return f' fill="{scope.value(step["fill"])}"{opacity}/>'


def _circle(_rng: Random, x: float, y: float, r: float) -> str:
    return f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{r:.0f}"'


def _ellipse(_rng: Random, x: float, y: float, rx: float, ry: float) -> str:
    return f'<ellipse cx="{x:.0f}" cy="{y:.0f}" rx="{rx:.0f}" ry="{ry:.0f}"'


def _dome(_rng: Random, x: float, y: float, r: float, sweep: int = 1) -> str:
    """The upper half of a disc."""
    return f'<path d="M{x - r:.0f} {y:.0f}A{r:.0f} {r:.0f} 0 0 {sweep} {x + r:.0f} {y:.0f}Z"'


def _bowl(rng: Random, x: float, y: float, r: float) -> str:
    """The lower half of a disc."""
    return _dome(rng, x, y, r, sweep=0)


def _star(_rng: Random, x: float, y: float, outer: float, inner: float, spikes: int) -> str:
    """A star of two radii; with many spikes, a burst."""
    turns = [pi * n / spikes - pi / 2 for n in range(2 * spikes)]
    radii = [outer, inner] * spikes
    return _polygon(
        [(x + r * cos(turn), y + r * sin(turn)) for r, turn in zip(radii, turns, strict=True)]
    )


def _strip(rng: Random, x: float, y: float, width: float, height: float) -> str:
    """A rectangle as if cut by hand: no side is quite straight."""
    slip = min(width, height) * 0.12 + 2
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    return _polygon(
        [(a + rng.uniform(-slip, slip), b + rng.uniform(-slip, slip)) for a, b in corners]
    )


def _polygon(points: Sequence[tuple[float, float]]) -> str:
    text = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
    return f'<polygon points="{text}"'


SHAPES: Mapping[str, Callable[..., str]] = {
    "circle": _circle,
    "ellipse": _ellipse,
    "dome": _dome,
    "bowl": _bowl,
    "star": _star,
    "strip": _strip,
}

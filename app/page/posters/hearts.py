"""Sketches of people: drama and romance; and of a title of which nothing is known."""

from random import Random

from app.page.posters.palettes import Palette
from app.page.posters.shapes import circle, half, path, polygon, strip


def drama(rng: Random, ink: Palette) -> list[str]:
    """Two faces, or half a face and its shadow: great arcs that lean on one another."""
    return rng.choice((_arcs, _horizon, _window))(rng, ink)


def romance(rng: Random, ink: Palette) -> list[str]:
    """Two that meet: as moons, or under one umbrella."""
    return rng.choice((_moons, _umbrella))(rng, ink)


def unknown(rng: Random, ink: Palette) -> list[str]:
    """A strip of film."""
    frames = [
        piece
        for n in range(3)
        for piece in (
            strip(rng, 130, 28 + 124 * n, 140, 98, rng.choice((ink.second, ink.accent, ink.main))),
        )
    ]
    holes = [strip(rng, x, 16 + 44 * n, 18, 22, ink.ground) for x in (94, 288) for n in range(9)]
    return [strip(rng, 78, -20, 244, 440, ink.ink), *holes, *frames]


def _arcs(rng: Random, ink: Palette) -> list[str]:
    y = rng.randint(190, 240)
    return [
        half(130, y, 130, ink.second),
        half(270, y, 130, ink.main, "down"),
        circle(rng.choice((130, 270)), y, rng.randint(34, 56), ink.accent),
        strip(rng, 0, y - 4, 400, 8, ink.ink),
    ]


def _horizon(rng: Random, ink: Palette) -> list[str]:
    x, y = rng.randint(110, 290), rng.randint(230, 280)
    walker = x + rng.choice((-60, 60))
    return [
        circle(x, y - 60, 112, ink.accent),
        strip(rng, -10, y, 420, 200, ink.main),
        strip(rng, -10, y + 60, 420, 150, ink.second),
        circle(walker, y - 48, 11, ink.ink),
        polygon(
            [
                (walker - 12, y - 34),
                (walker + 12, y - 34),
                (walker + 20, y + 34),
                (walker - 20, y + 34),
            ],
            ink.ink,
        ),
    ]


def _window(rng: Random, ink: Palette) -> list[str]:
    lit = rng.randrange(9)
    panes = [
        strip(
            rng,
            62 + 98 * (n % 3),
            30 + 116 * (n // 3),
            80,
            98,
            ink.accent if n == lit else rng.choice((ink.main, ink.second)),
        )
        for n in range(9)
    ]
    x, y = 102 + 98 * (lit % 3), 128 + 116 * (lit // 3)
    return [
        *panes,
        circle(x, y - 52, 14, ink.ink),
        path(f"M{x - 26} {y}q4 -38 26 -38t26 38Z", ink.ink),
    ]


def _moons(rng: Random, ink: Palette) -> list[str]:
    y, apart = rng.randint(170, 220), rng.randint(52, 80)
    r = rng.randint(96, 118)
    heart = path(f"M200 {y + 34}c-70 -46 -30 -96 0 -58c30 -38 70 12 0 58Z", ink.accent)
    return [
        half(200, 400, 240, ink.second, "up", 0.55),
        circle(200 - apart, y, r, ink.main),
        circle(200 + apart, y, r, ink.second, 0.82),
        heart,
    ]


def _umbrella(rng: Random, ink: Palette) -> list[str]:
    x, y = rng.randint(180, 220), rng.randint(170, 200)
    rain = [
        strip(rng, rng.randint(0, 396), rng.randint(-10, 380), 4, rng.randint(18, 34), ink.second)
        for _ in range(40)
    ]
    pair = [
        piece
        for side, colour in ((-1, ink.main), (1, ink.accent))
        for at in [x + side * 34]
        for piece in (circle(at, y + 58, 24, colour), half(at, y + 176, 40, colour))
    ]
    folds = [half(x + 50 * n, y, 25, ink.ground) for n in (-1.5, -0.5, 0.5, 1.5)]
    roof = [half(x, y, 132, ink.main), half(x, y, 66, ink.second)]
    return [*rain, *roof, *folds, strip(rng, x - 3, y - 146, 6, 290, ink.ink), *pair]

"""Sketches of the bright genres: adventure, laughter, tales and songs."""

from random import Random

from app.page.posters.palettes import Palette
from app.page.posters.shapes import circle, half, oval, path, polygon, star, strip


def western(rng: Random, ink: Palette) -> list[str]:
    """A sun that goes down behind mesas."""
    x = rng.randint(110, 290)
    mesa = rng.randint(40, 240)
    cactus = rng.choice((50, 330))
    return [
        circle(x, 190, 120, ink.accent),
        polygon([(mesa, 330), (mesa + 22, 210), (mesa + 118, 210), (mesa + 140, 330)], ink.main),
        strip(rng, -10, 320, 420, 100, ink.second),
        path(f"M{cactus} 350V210q0-14 12-14t12 14V350Z", ink.second),
        path(f"M{cactus - 30} 250h14v28h60v-44h14v58h-88Z", ink.second),
    ]


def musical(rng: Random, ink: Palette) -> list[str]:
    """Bars that dance to a sound."""
    bars = [
        strip(
            rng,
            24 + 45 * n,
            205 - height,
            27,
            2 * height,
            rng.choice((ink.main, ink.second, ink.accent)),
        )
        for n, height in enumerate(rng.randint(40, 160) for _ in range(8))
    ]
    return [*bars, circle(rng.randint(70, 330), rng.randint(60, 110), 30, ink.ink)]


def animation(rng: Random, ink: Palette) -> list[str]:
    """A creature with big eyes."""
    x = rng.randint(170, 230)
    eye, gap = rng.randint(34, 48), rng.randint(48, 60)
    look = rng.randint(-12, 12)
    ears = [circle(x + side * 96, 150, rng.randint(42, 58), ink.main) for side in (-1, 1)]
    eyes = [
        piece
        for side in (-1, 1)
        for piece in (
            circle(x + side * gap, 220, eye, "#fffaf0"),
            circle(x + side * gap + look, 224, eye * 0.45, "#1b1b1f"),
        )
    ]
    blobs = [
        circle(rng.randint(0, 400), rng.randint(0, 360), rng.randint(18, 60), ink.second)
        for _ in range(6)
    ]
    body = path(f"M{x - 150} 410C{x - 170} 60 {x + 170} 60 {x + 150} 410Z", ink.main)
    return [*blobs, *ears, body, *eyes, half(x, 296, 34, ink.accent, "down")]


def documentary(rng: Random, ink: Palette) -> list[str]:
    """A lens that looks back."""
    x, y = rng.randint(170, 230), rng.randint(180, 215)
    marks = [strip(rng, 30 + 42 * n, 24, 22, 14, ink.second) for n in range(9)]
    return [
        *marks,
        circle(x, y, 150, ink.main),
        circle(x, y, 118, ink.second),
        circle(x, y, 92, ink.main),
        circle(x, y, 44, ink.accent),
        circle(x - 34, y - 38, 18, ink.ground, 0.9),
    ]


def fantasy(rng: Random, ink: Palette) -> list[str]:
    """A castle under a crescent."""
    x = rng.choice((90, 300))
    stars = [
        star(rng.randint(10, 390), rng.randint(10, 190), 8, 3, 4, ink.accent) for _ in range(14)
    ]
    towers = [
        piece
        for at, top, wide in (
            (70, rng.randint(200, 260), 56),
            (170, rng.randint(120, 180), 66),
            (282, rng.randint(190, 260), 52),
        )
        for piece in (
            polygon([(at, 400), (at, top), (at + wide, top), (at + wide, 400)], ink.main),
            polygon([(at - 10, top), (at + wide / 2, top - 84), (at + wide + 10, top)], ink.accent),
            strip(rng, at + wide / 2 - 7, top + 34, 14, 30, ink.ground),
        )
    ]
    hills = path("M-10 410V330Q110 270 210 330T410 310V410Z", ink.second)
    return [*stars, circle(x, 90, 50, ink.main), circle(x + 20, 80, 44, ink.ground), *towers, hills]


def children(rng: Random, ink: Palette) -> list[str]:
    """Kites and balloons."""
    colours = [ink.main, ink.accent, ink.second, ink.main]
    rng.shuffle(colours)
    thread = f'fill="none" stroke="{ink.ink}" stroke-width="3"'
    balloons = [
        piece
        for n, colour in enumerate(colours)
        for x, y in [(70 + 88 * n, rng.randint(80, 220))]
        for piece in (
            f'<path d="M{x} {y + 52}Q{x + 24} {y + 140} 200 400" {thread}/>',
            oval(x, y, 42, 54, f'fill="{colour}"'),
            circle(x - 14, y - 18, 9, "#fffaf0", 0.8),
        )
    ]
    return [
        half(80, 400, 90, ink.second, "up", 0.5),
        half(300, 400, 130, ink.second, "up", 0.5),
        *balloons,
    ]


def adventure(rng: Random, ink: Palette) -> list[str]:
    """Mountains, a sun, and a path."""
    sun, peak = rng.randint(90, 310), rng.randint(120, 280)
    top = rng.randint(100, 150)
    return [
        circle(sun, 120, 66, ink.accent),
        polygon([(peak - 230, 400), (peak - 90, 190), (peak + 60, 400)], ink.second),
        polygon([(peak - 150, 400), (peak, top), (peak + 190, 400)], ink.main),
        polygon(
            [
                (peak, top),
                (peak + 38, top + 62),
                (peak + 8, top + 48),
                (peak - 22, top + 66),
                (peak - 31, top + 56),
            ],
            ink.ground,
        ),
        polygon([(peak + 60, 400), (peak + 180, 250), (peak + 330, 400)], ink.second),
        path(
            f"M{peak - 30} 400q60 -40 10 -80q-30 -34 20 -70q-8 44 30 70q46 40 -10 80Z", ink.accent
        ),
    ]


def action(rng: Random, ink: Palette) -> list[str]:
    """A burst, and something fast through it."""
    x, y = rng.randint(150, 250), rng.randint(160, 210)
    slope = rng.randint(40, 110)
    bolt = polygon(
        [(-20, y + slope), (420, y - slope - 26), (420, y - slope + 26), (-20, y + slope + 10)],
        ink.ground,
    )
    return [
        star(x, y, 240, 110, rng.randint(11, 15), ink.second),
        star(x, y, 160, 78, rng.randint(9, 12), ink.main),
        star(x, y, 84, 44, 9, ink.accent),
        bolt,
    ]


def comedy(rng: Random, ink: Palette) -> list[str]:
    """A grin among confetti."""
    x, y = rng.randint(170, 230), rng.randint(170, 205)
    confetti = [
        circle(
            rng.randint(0, 400),
            rng.randint(0, 390),
            rng.randint(7, 20),
            rng.choice((ink.second, ink.accent, ink.main)),
        )
        for _ in range(24)
    ]
    tilt = rng.randint(-14, 14)
    face = [
        circle(x, y, 128, ink.ground),
        circle(x, y, 114, ink.main),
        circle(x - 42, y - 34, 13, ink.ground),
        circle(x + 42, y - 34, 13, ink.ground),
        half(x, y + 14, 72, ink.ground, "down"),
        half(x, y + 14, 40, ink.accent, "down"),
    ]
    return [*confetti, f'<g transform="rotate({tilt} {x} {y})">{"".join(face)}</g>']

"""Sketches of the dark genres: horror, crime, riddles, and what is between the stars."""

from random import Random

from app.page.posters.palettes import Palette
from app.page.posters.shapes import circle, half, oval, path, polygon, ring, strip


def horror(rng: Random, ink: Palette) -> list[str]:
    """A moon, and claws that tear the night open."""
    x, y = rng.randint(120, 280), rng.randint(130, 190)
    claws = [
        path(
            f"M{at} {top}q{bend} 150 {bend // 2} {length}q-34 -120 -{20 + bend // 3} -{length}Z",
            ink.ground,
        )
        for at, top, bend, length in (
            (
                80 + 72 * n + rng.randint(-8, 8),
                rng.randint(20, 70),
                rng.randint(8, 40),
                rng.randint(250, 340),
            )
            for n in range(4)
        )
    ]
    return [circle(x, y, 128, ink.second), circle(x, y, 104, ink.main), *claws]


def film_noir(rng: Random, ink: Palette) -> list[str]:
    """A lamp's cone, cut by blinds."""
    x = rng.randint(90, 310)
    blinds = [strip(rng, 0, y, 400, 13, ink.ground) for y in range(40, 400, 34)]
    cone = polygon([(x - 18, 20), (x + 18, 20), (x + 190, 400), (x - 190, 400)], ink.main)
    return [strip(rng, 20, 30, 360, 350, ink.second), cone, *blinds, circle(x, 26, 22, ink.accent)]


def sci_fi(rng: Random, ink: Palette) -> list[str]:
    """A planet with its orbits, and something that travels."""
    x, y = rng.randint(140, 260), rng.randint(170, 220)
    stars = [
        circle(rng.randint(0, 400), rng.randint(0, 400), rng.choice((2, 2, 3)), ink.accent)
        for _ in range(34)
    ]
    tilt = rng.randint(-32, 32)
    line = f'fill="none" stroke="{ink.accent}" stroke-width="4"'
    orbits = "".join(oval(x, y, r, r / 4, line) for r in (150, 182))
    return [
        *stars,
        circle(x + 20, y + 10, 150, ink.second),
        circle(x, y, 92, ink.main),
        half(x, y, 92, ink.ground, "down", 0.28),
        f'<g transform="rotate({tilt} {x} {y})">{orbits}</g>',
        circle(x + rng.choice((-150, 150)), y + rng.randint(-60, 60), 16, ink.accent),
    ]


def mystery(rng: Random, ink: Palette) -> list[str]:
    """A keyhole, and what shines behind it."""
    x = rng.randint(170, 230)
    rings = [ring(x, 180, r, 16, ink.second) for r in (120, 160, 200, 240)]
    return [
        *rings,
        circle(x, 170, 84, ink.main),
        polygon([(x - 34, 200), (x + 34, 200), (x + 78, 370), (x - 78, 370)], ink.main),
        circle(x + rng.randint(-10, 10), 166, 30, ink.accent),
        circle(x, 166, 13, ink.ground),
    ]


def crime(rng: Random, ink: Palette) -> list[str]:
    """Jagged strips that fall, as torn evidence."""
    strips = [
        strip(rng, 30 + 60 * n, rng.randint(-30, 20), 42, rng.randint(180, 340), colour)
        for n, colour in enumerate(rng.choices((ink.main, ink.second), (3, 2), k=6))
    ]
    x, y = rng.randint(120, 280), rng.randint(180, 260)
    return [
        *strips,
        circle(x, y, 58, ink.accent),
        circle(x, y, 40, ink.ground),
        circle(x, y, 20, ink.accent),
    ]


def thriller(rng: Random, ink: Palette) -> list[str]:
    """A corridor that turns as it narrows, with someone at its end."""
    turn = rng.choice((-1, 1)) * rng.randint(5, 9)
    frames = [
        f'<g transform="rotate({turn * n} 200 195)">'
        + strip(
            rng, 20 + 27 * n, 15 + 27 * n, 360 - 54 * n, 360 - 54 * n, (ink.main, ink.second)[n % 2]
        )
        + "</g>"
        for n in range(6)
    ]
    figure = [
        circle(200, 172, 11, ink.ground),
        polygon([(188, 186), (212, 186), (218, 236), (182, 236)], ink.ground),
    ]
    return [*frames, circle(200, 200, 46, ink.accent), *figure]


def war(rng: Random, ink: Palette) -> list[str]:
    """Searchlights over a broken town."""
    beams = [
        polygon([(x, 330), (x + 14, 330), (to + 60, -10), (to - 40, -10)], ink.second, 0.8)
        for x, to in ((60, rng.randint(0, 200)), (320, rng.randint(180, 380)))
    ]
    roofs = [
        polygon(
            [(x, 400), (x, y), (x + 24, y + rng.randint(-30, 20)), (x + 52, y + 12), (x + 52, 400)],
            ink.main,
        )
        for x, y in ((x, rng.randint(250, 330)) for x in range(-10, 400, 50))
    ]
    return [*beams, circle(rng.randint(120, 280), 150, 34, ink.accent), *roofs]


def imax(rng: Random, ink: Palette) -> list[str]:
    """Rays out of a projector."""
    x = rng.randint(120, 280)
    rays = [
        polygon([(x, 330), (-60 + 70 * n, -20), (-25 + 70 * n, -20)], (ink.main, ink.second)[n % 2])
        for n in range(8)
    ]
    return [*rays, circle(x, 330, 50, ink.accent), circle(x, 330, 26, ink.ground)]

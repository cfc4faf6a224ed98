"""What is drawn on a poster, one sketch per genre, on a field of 400 by 400.

A sketch takes chance and colours, and returns pieces of SVG from back to front.
"""

from collections.abc import Callable
from random import Random

from app.page.palettes import Palette
from app.page.shapes import circle, half, oval, path, polygon, ring, star, strip

Sketch = Callable[[Random, Palette], list[str]]


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


def romance(rng: Random, ink: Palette) -> list[str]:
    """Two moons that meet."""
    y, apart = rng.randint(170, 220), rng.randint(52, 80)
    r = rng.randint(96, 118)
    heart = path(f"M200 {y + 34}c-70 -46 -30 -96 0 -58c30 -38 70 12 0 58Z", ink.accent)
    return [
        half(200, 400, 240, ink.second, "up", 0.55),
        circle(200 - apart, y, r, ink.main),
        circle(200 + apart, y, r, ink.second, 0.82),
        heart,
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
        circle(x - 42, y - 34, 13, ink.ink),
        circle(x + 42, y - 34, 13, ink.ink),
        half(x, y + 14, 72, ink.ink, "down"),
        half(x, y + 14, 40, ink.accent, "down"),
    ]
    return [*confetti, f'<g transform="rotate({tilt} {x} {y})">{"".join(face)}</g>']


def drama(rng: Random, ink: Palette) -> list[str]:
    """Two faces, or half a face and its shadow: great arcs that lean on one another."""
    return rng.choice((_arcs, _horizon, _window))(rng, ink)


def imax(rng: Random, ink: Palette) -> list[str]:
    """Rays out of a projector."""
    x = rng.randint(120, 280)
    rays = [
        polygon([(x, 330), (-60 + 70 * n, -20), (-25 + 70 * n, -20)], (ink.main, ink.second)[n % 2])
        for n in range(8)
    ]
    return [*rays, circle(x, 330, 50, ink.accent), circle(x, 330, 26, ink.ground)]


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


MOTIFS: dict[str, Sketch] = {
    "Horror": horror,
    "Film-Noir": film_noir,
    "Western": western,
    "War": war,
    "Sci-Fi": sci_fi,
    "Musical": musical,
    "Animation": animation,
    "Documentary": documentary,
    "Fantasy": fantasy,
    "Mystery": mystery,
    "Crime": crime,
    "Romance": romance,
    "Thriller": thriller,
    "Children": children,
    "Adventure": adventure,
    "Action": action,
    "Comedy": comedy,
    "Drama": drama,
    "IMAX": imax,
}

"""Drawn posters: the same title always gets the same picture, in the colours of its genre."""

from random import Random
from xml.sax.saxutils import escape

from app.page.posters.hearts import unknown
from app.page.posters.lettering import Lettering, letter
from app.page.posters.motifs import MOTIFS
from app.page.posters.palettes import PALETTES, UNKNOWN, Palette
from app.page.titles import Title

WIDTH, HEIGHT = 400, 600
FACES = "'Oswald','Roboto Condensed','Arial Narrow','Liberation Sans Narrow',Arial,sans-serif"
QUOTED = {'"': "&quot;"}


def draw(title: Title, name: str) -> str:
    """Return an SVG picture of 400 by 600 with a title's name and year."""
    rng = Random(title.item_id)
    telling = telling_genres(title.genres)
    ink = rng.choice(PALETTES[telling[0]] if telling else UNKNOWN)
    sketch = MOTIFS[rng.choice(telling[:3])] if telling else unknown
    pieces = "".join(sketch(rng, ink))
    mirror = ' transform="translate(400 0) scale(-1 1)"' if rng.random() < 0.5 else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{escape(name, QUOTED)}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{ink.ground}"/>'
        f'<clipPath id="field"><rect width="400" height="392"/></clipPath>'
        f'<g clip-path="url(#field)"><g{mirror}>{pieces}</g></g>'
        f"{_letters(letter(main_part(name)), ink)}{_foot(title, ink)}</svg>"
    )


def main_part(name: str) -> str:
    """Return a name without the other names that stand in brackets behind it."""
    return name.partition(" (")[0] or name


def telling_genres(genres: tuple[str, ...]) -> list[str]:
    """Return those of a title's genres that have a look, the most telling first."""
    return [genre for genre in PALETTES if genre in genres]


def _letters(lettering: Lettering, ink: Palette) -> str:
    """Set the name under the picture, each line to a measured length: fonts differ."""
    first = 481 - lettering.height / 2 + lettering.size * 0.74
    return "".join(
        f'<text x="28" y="{first + n * lettering.size * 1.02:.0f}" font-family="{FACES}" '
        f'font-weight="700" font-size="{lettering.size:.0f}" fill="{ink.ink}" '
        f'textLength="{width:.0f}" lengthAdjust="spacingAndGlyphs">{escape(line)}</text>'
        for n, (line, width) in enumerate(lettering.lines)
    )


def _foot(title: Title, ink: Palette) -> str:
    """Add the year, and for a series three small frames in a row."""
    year = (
        f'<text x="28" y="580" font-family="{FACES}" font-size="27" font-weight="700" '
        f'letter-spacing="3" fill="{ink.ink}">{title.year}</text>'
        if title.year
        else ""
    )
    frames = "".join(
        f'<rect x="{296 + 28 * n}" y="560" width="20" height="16" fill="{colour}"/>'
        for n, colour in enumerate((ink.main, ink.accent, ink.second))
        if title.kind == "series"
    )
    return f'<rect x="28" y="398" width="344" height="5" fill="{ink.main}"/>{year}{frames}'

"""Drawn posters: an item always gets the same picture, in the colours of its genre."""

import json
from dataclasses import dataclass
from random import Random
from xml.sax.saxutils import escape

from app.page.drawing import FOLDER, Palette, draw_motif
from app.page.items import Item

WIDTH, HEIGHT = 400, 600
NAME_WIDTH, NAME_HEIGHT = 344.0, 122.0
"""The field for the name, under the picture."""
LARGEST, SMALLEST = 68.0, 25.0
"""Font sizes of the name."""
LINES_AT_MOST = 4
LINE_HEIGHT = 1.02
FONTS = "'Oswald','Roboto Condensed','Arial Narrow','Liberation Sans Narrow',Arial,sans-serif"
QUOTED = {'"': "&quot;"}

# Approximate advance widths of bold condensed capitals, in parts of the font size.
THIN, WIDE = set("IІJ1.,:;'’!|()-–—[]· "), set("MWШЩЖЮМФЫ@%—")
THIN_WIDTH, USUAL_WIDTH, WIDE_WIDTH = 0.29, 0.58, 0.76


@dataclass(frozen=True)
class Look:
    """How posters of a genre look: one of its palettes, one of its motifs."""

    palettes: tuple[Palette, ...]
    motifs: tuple[str, ...]


LOOKS = {
    genre: Look(tuple(Palette(*colours) for colours in fields["palettes"]), tuple(fields["motifs"]))
    for genre, fields in json.loads((FOLDER / "genres.json").read_text()).items()
}
"""By genre, the most telling genre first: a horror comedy should look like horror."""
UNKNOWN = LOOKS.pop("unknown")
"""The look of items none of whose genres has one."""


@dataclass(frozen=True)
class Lettering:
    """Lines with their widths, and the font size."""

    lines: list[tuple[str, float]]
    size: float

    @property
    def height(self) -> float:
        """Height of all lines."""
        return len(self.lines) * self.size * LINE_HEIGHT


def draw(item: Item, name: str) -> str:
    """Return an SVG picture of 400 by 600 with an item's name and year."""
    rng = Random(item.item_id)
    telling = telling_genres(item.genres)
    colours = rng.choice((LOOKS[telling[0]] if telling else UNKNOWN).palettes)
    motifs = (LOOKS[rng.choice(telling[:3])] if telling else UNKNOWN).motifs
    motif = rng.choice(motifs) if len(motifs) > 1 else motifs[0]
    picture = draw_motif(motif, rng, colours)
    mirror = ' transform="translate(400 0) scale(-1 1)"' if rng.random() < 0.5 else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{escape(name, QUOTED)}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{colours.ground}"/>'
        f'<clipPath id="field"><rect width="400" height="392"/></clipPath>'
        f'<g clip-path="url(#field)"><g{mirror}>{picture}</g></g>'
        f"{_letters(fit(name), colours)}{_foot(item, colours)}</svg>"
    )


def telling_genres(genres: tuple[str, ...]) -> list[str]:
    """Return an item's genres that have a look, in the order of genres.json."""
    return [genre for genre in LOOKS if genre in genres]


def fit(name: str) -> Lettering:
    """Break a name into lines for the largest font size; a very long one ends with "…"."""
    words = name.upper().split() or ["—"]
    choices = [_lines(words, count) for count in range(1, min(len(words), LINES_AT_MOST) + 1)]
    size, lines = max(((_size(lines), lines) for lines in choices), key=lambda pair: pair[0])
    if size < SMALLEST:
        size, lines = SMALLEST, [_shortened(line) for line in lines]
    return Lettering([(line, _width(line) * size) for line in lines], size)


def _lines(words: list[str], count: int) -> list[str]:
    """Return words in at most `count` lines of about the same width."""
    limit = max(_width(" ".join(words)) / count, *map(_width, words))
    while len(lines := _wrapped(words, limit)) > count:
        limit *= 1.06
    return lines


def _wrapped(words: list[str], limit: float) -> list[str]:
    lines = [words[0]]
    for word in words[1:]:
        longer = f"{lines[-1]} {word}"
        if _width(longer) <= limit:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _size(lines: list[str]) -> float:
    """Return the largest font size at which the lines fit the field."""
    widest = max(map(_width, lines))
    return min(LARGEST, NAME_WIDTH / widest, NAME_HEIGHT / (len(lines) * LINE_HEIGHT))


def _shortened(line: str) -> str:
    """Cut a line that is too wide at the smallest size."""
    while _width(line) * SMALLEST > NAME_WIDTH:
        line = f"{line.rstrip('…')[:-1]}…"
    return line


def _width(line: str) -> float:
    """Width of a line, in parts of the font size."""
    return sum(
        THIN_WIDTH if letter in THIN else WIDE_WIDTH if letter in WIDE else USUAL_WIDTH
        for letter in line
    )


def _letters(lettering: Lettering, colours: Palette) -> str:
    """Set the name under the picture. Each line has a fixed length, because fonts differ."""
    first = 481 - lettering.height / 2 + lettering.size * 0.74
    return "".join(
        f'<text x="28" y="{first + n * lettering.size * LINE_HEIGHT:.0f}" font-family="{FONTS}" '
        f'font-weight="700" font-size="{lettering.size:.0f}" fill="{colours.ink}" '
        f'textLength="{width:.0f}" lengthAdjust="spacingAndGlyphs">{escape(line)}</text>'
        for n, (line, width) in enumerate(lettering.lines)
    )


def _foot(item: Item, colours: Palette) -> str:
    """Add the year, and for a series three small frames in a row."""
    year = (
        f'<text x="28" y="580" font-family="{FONTS}" font-size="27" font-weight="700" '
        f'letter-spacing="3" fill="{colours.ink}">{item.year}</text>'
        if item.year
        else ""
    )
    frames = "".join(
        f'<rect x="{296 + 28 * n}" y="560" width="20" height="16" fill="{colour}"/>'
        for n, colour in enumerate((colours.main, colours.accent, colours.second))
        if item.kind == "series"
    )
    return f'<rect x="28" y="398" width="344" height="5" fill="{colours.main}"/>{year}{frames}'

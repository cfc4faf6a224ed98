"""Fitting a name into the field under a poster's picture."""

from dataclasses import dataclass

WIDTH, HEIGHT = 344.0, 122.0
LARGEST, SMALLEST = 68.0, 25.0
LINES_AT_MOST = 4
LINE = 1.02

# Advance widths of bold condensed capitals, in parts of the font size, near enough.
THIN, WIDE = set("IІJ1.,:;'’!|()-–—[]· "), set("MWШЩЖЮМФЫ@%—")
THIN_WIDTH, USUAL_WIDTH, WIDE_WIDTH = 0.29, 0.58, 0.76


@dataclass(frozen=True)
class Lettering:
    """Lines with their widths, and the size of the letters."""

    lines: list[tuple[str, float]]
    size: float

    @property
    def height(self) -> float:
        """Height of all lines."""
        return len(self.lines) * self.size * LINE


def letter(name: str) -> Lettering:
    """Break a name into the lines that let it be largest; a very long one ends with "…"."""
    words = name.upper().split() or ["—"]
    choices = [broken(words, count) for count in range(1, min(len(words), LINES_AT_MOST) + 1)]
    size, lines = max(((fitting(lines), lines) for lines in choices), key=lambda pair: pair[0])
    if size < SMALLEST:
        size, lines = SMALLEST, shortened(lines)
    return Lettering([(line, measure(line) * size) for line in lines], size)


def broken(words: list[str], count: int) -> list[str]:
    """Return words in at most `count` lines, the longest as short as greed allows."""
    limit = max(measure(" ".join(words)) / count, *(measure(word) for word in words), 0)
    while len(lines := _greedy(words, limit)) > count:
        limit *= 1.06
    return lines


def fitting(lines: list[str]) -> float:
    """Return the largest size at which lines fit the field."""
    widest = max(map(measure, lines))
    return min(LARGEST, WIDTH / widest, HEIGHT / (len(lines) * LINE))


def shortened(lines: list[str]) -> list[str]:
    """Cut every line that is too wide at the smallest size, and all beyond the last."""

    def cut(line: str) -> str:
        while measure(line) * SMALLEST > WIDTH:
            line = f"{line.rstrip('…')[:-1]}…"
        return line

    return [cut(line) for line in lines]


def measure(line: str) -> float:
    """Width of a line, in parts of the font size."""
    return sum(
        THIN_WIDTH if letter in THIN else WIDE_WIDTH if letter in WIDE else USUAL_WIDTH
        for letter in line
    )


def _greedy(words: list[str], limit: float) -> list[str]:
    lines = [words[0]]
    for word in words[1:]:
        longer = f"{lines[-1]} {word}"
        if measure(longer) <= limit:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines

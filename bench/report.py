"""Reports a benchmark: prints a table, and writes JSON for the charts of docs/scaling.md."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

RESULTS = Path(__file__).parent / "results"

Line = Mapping[str, float | int | str]


def report(name: str, lines: Sequence[Line]) -> None:
    """Print lines with the same columns, and write bench/results/<name>.json."""
    columns = list(lines[0])
    cells = [columns, *([_text(line[each]) for each in columns] for line in lines)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    print(f"\n{name}")
    for row in cells:
        print("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))
    RESULTS.mkdir(exist_ok=True)
    content = json.dumps(list(map(dict, lines)), indent=1)
    (RESULTS / f"{name}.json").write_text(content + "\n")


def _text(value: float | int | str) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else value

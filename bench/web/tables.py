"""Tables of rounds: medians, and ratios to the floor with their spread."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from bench.web.closed_loop import Load

Rounds = Mapping[str, Sequence[Load]]


def compared(rounds: Rounds, floor: str) -> list[dict[str, Any]]:
    """Return a line per contestant. Ratios are taken within a round, in which all took turns."""
    lines = []
    for name, loads in rounds.items():
        ratios = [
            each.requests_a_second / its.requests_a_second
            for each, its in zip(loads, rounds[floor], strict=True)
        ]
        cheap = [
            its.cpu_ms / max(each.cpu_ms, 1e-9)
            for each, its in zip(loads, rounds[floor], strict=True)
        ]
        lines.append(
            {
                "name": name,
                "requests_a_second": median(each.requests_a_second for each in loads),
                "ratio": median(ratios),
                "ratio_least": min(ratios),
                "ratio_most": max(ratios),
                "cpu_ms": median(each.cpu_ms for each in loads),
                "cpu_ratio": median(cheap),
                "p50_ms": median(each.p50_ms for each in loads),
                "p99_ms": median(each.p99_ms for each in loads),
                "errors": sum(each.errors for each in loads),
            }
        )
    return lines


def markdown(lines: Sequence[Mapping[str, Any]]) -> str:
    """Return a table of Markdown with the columns of the first line."""
    columns = list(lines[0])
    rows = [columns, ["---" if _is_text(lines[0][each]) else "---:" for each in columns]]
    rows += [[_text(line.get(each, "")) for each in columns] for line in lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)

"""The results as a Markdown table, for the terminal and for docs/faults-measured.md."""

from collections.abc import Sequence

from tests.chaos.trial import Result

HEAD = (
    "| fault | accepted | in the log | lost | duplicates | refused | longest without service "
    "/interact, /recs | lists right after | wrong |\n"
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |"
)


def row(result: Result) -> str:
    """Return one line of the table."""
    return (
        f"| {result.fault} | {result.accepted:,} | {result.logged:,} | {result.lost} "
        f"| {result.duplicates} | {result.refused} | {result.interact_gap_seconds:.1f} s, "
        f"{result.recs_gap_seconds:.1f} s | {result.right_after_seconds:.1f} s "
        f"| {_short(result.wrong)} |"
    )


def _short(wrong: Sequence[str]) -> str:
    more = f"; and {len(wrong) - 4} more" if len(wrong) > 4 else ""
    return "; ".join(wrong[:4]) + more or "—"

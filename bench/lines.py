"""Lines of code by room, at a commit and now: `python -m bench.lines 0dbb8cc`.

Counts lines of Python, Lua, JavaScript, CSS, shell and templates that are not empty, comments or
docstrings.
"""

import ast
import subprocess
import sys
from collections import Counter

from bench.report import report

CODE = (".py", ".lua", ".js", ".html", ".css", ".sh")
ROOMS = ("app/page", "app", "workers", "recs", "launch", "simulator", "bench", "tests")


def main() -> None:
    before, now = lines_of(sys.argv[1]), lines_of("HEAD")
    rows: list[dict[str, int | str]] = [
        {"room": room, "before": before[room], "now": now[room]} for room in ROOMS
    ]
    service = ROOMS[:5]
    rows.append(
        {
            "room": "service (the first five)",
            "before": sum(before[room] for room in service),
            "now": sum(now[room] for room in service),
        }
    )
    report("lines", rows)


def lines_of(commit: str) -> Counter[str]:
    """Count the lines of each room at a commit."""
    counts: Counter[str] = Counter()
    for path in _git("ls-tree", "-r", "--name-only", commit).splitlines():
        room = next((each for each in ROOMS if path.startswith(f"{each}/")), None)
        if room and path.endswith(CODE):
            counts[room] += _count(path, _git("show", f"{commit}:{path}"))
    return counts


def _count(path: str, text: str) -> int:
    lines = text.splitlines()
    left_out = _docstrings(text) if path.endswith(".py") else set()
    comments = ("#", "--", "//", "/*", "*", "<!--")
    return sum(
        bool(line.strip()) and not line.strip().startswith(comments) and number not in left_out
        for number, line in enumerate(lines, start=1)
    )


def _docstrings(text: str) -> set[int]:
    """Return the numbers of the lines of docstrings."""
    return {
        number
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()

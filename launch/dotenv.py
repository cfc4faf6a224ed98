"""Reads `.env` as honcho does, and warns of lines whose value is not what it seems to be.

`honcho start` reads the same file, so both must read it alike.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from honcho.environ import parse

from recs.errors import SettingError

NAME = re.compile(r"\s*(?P<export>export\s+)?(?P<name>[A-Za-z_][\w.-]*)\s*=(?P<value>.*)")
QUOTED = re.compile(r"""\s*(?P<quote>['"])(?P<text>.*)(?P=quote)\s*(#.*)?""")
COMMENT = re.compile(r"\s#.*")
BOM = "\ufeff"


def read_dotenv(path: Path) -> tuple[dict[str, str], list[str]]:
    """Return the variables of a file, none if there is no file, and warnings, which show no value.

    Raises SettingError, which names the line.
    """
    text = _text(path)
    values: dict[str, str] = {}
    warnings = []
    if text.startswith(BOM):
        warnings.append("it begins with a byte order mark, which hides line 1: save it without")
    for number, line in enumerate(text.splitlines(), 1):
        found = NAME.match(line)
        try:
            read = parse(line)
        except ValueError:
            name = found["name"] if found else "a variable"
            allowed = f'with each quote closed, in line {number} of {path}: NAME="it\'s"'
            raise SettingError(name, "…", allowed) from None
        values |= read
        warnings += [f"line {number}: {warning}" for warning in _warnings(line, read)]
    return values, [f"{path}, {warning}" for warning in warnings]


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise SettingError(str(path), "…", f"a file that can be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SettingError(str(path), "…", f"a text in UTF-8, in line {line} too") from None


def _warnings(line: str, read: dict[str, str]) -> Iterator[str]:
    """Yield how the value that is read differs from the value that the line seems to have."""
    line = line.removeprefix(BOM)
    if not line.strip() or line.lstrip().startswith("#"):
        return
    found = NAME.match(line)
    if not found:
        yield "it is not read: write NAME=value"
        return
    name, meant = found["name"], _meant(found["value"])
    if found["export"]:
        yield f"{name} is not set: leave out `export`"
        return
    taken = read.get(name)
    if taken == meant or (taken is None and not meant):
        return
    yield f"{name} is {_difference(meant, taken)}: put the value into 'single quotes'"


def _meant(value: str) -> str:
    """Return a value as a person reads it: within quotes, or up to a comment after a space."""
    quoted = QUOTED.fullmatch(value)
    return quoted["text"] if quoted else COMMENT.sub("", value).strip()


def _difference(meant: str, taken: str | None) -> str:
    if taken is None:
        return "not set"
    for sign, what in (
        ("#", "cut off at #"),
        ("\\", "read without \\"),
        (" ", "read without spaces"),
    ):
        if sign in meant and taken.count(sign) < meant.count(sign):
            return what
    return "read in another way than it looks"

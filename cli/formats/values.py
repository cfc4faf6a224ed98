"""Reads ratings, times and years from cells. Raises ValueError."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import product
from typing import Any

from app.schemas import MILLISECONDS_FROM

DATES = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%m/%d/%Y")
"""Besides those of ISO 8601. Zeros in front may be missing, and a time of day may follow."""
TIMES = ("", " %H:%M", " %H:%M:%S")
COMPACT_DATE = re.compile(r"(19|20)\d{6}", re.ASCII)
"""20210305. As seconds it would be a moment of August 1970."""
NOTHING = {"", "\\N", "null", "NULL", "None", "nan", "NaN", "N/A"}


def number_of(text: str) -> float:
    """Read a number, with a point or a comma."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{text!r} is not a number")
    return value


def seconds_of(text: str) -> float | None:
    """Read a time: seconds or milliseconds since 1970, or a date, in UTC if it names no zone."""
    text = text.strip()
    if text in NOTHING:
        return None
    if COMPACT_DATE.fullmatch(text):
        return _date_of(text).timestamp()
    try:
        value = float(text)
    except ValueError:
        value = _date_of(text).timestamp()
    else:
        value = value / 1_000 if value > MILLISECONDS_FROM else value
    if not 0 <= value < math.inf:
        raise ValueError(f"{text!r} is not a time since 1970")
    return value


def _date_of(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text.replace(" UTC", "+00:00"))
    except ValueError:
        for form, time in product(DATES, TIMES):
            try:
                found = datetime.strptime(text, form + time)
            except ValueError:
                continue
            break
        else:
            raise ValueError(f"{text!r} is not a time") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def year_of(text: str) -> int | None:
    """Read the year at the beginning of a text, such as 1995 or 1995-12-15; None without.

    A year before 1000 must be the whole text.
    """
    found = re.match(r"\d{4}(?!\d)|\d{1,3}$", text.strip(), re.ASCII)
    return int(found[0]) or None if found else None


def without_nothing(told: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out empty values."""
    return {name: value for name, value in told.items() if value not in (None, "", [])}

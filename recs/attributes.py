"""What is told of an item besides its genres: for people, and to choose by."""

from typing import Any

from recs.types import Json

TOLD = ("title", "year", "kind", "countries", "people", "description", "link")
YEAR_MOST = 9_999
TEXT_MOST = {"title": 1_000, "kind": 100, "description": 10_000, "link": 2_000}
"""Characters of each text."""
NAMES_MOST = {"countries": 50, "people": 100}
NAME_MOST = 200
"""Names in each list, and characters of a name."""


def checked(about: Any) -> Json:
    """Return what is told in a line of the catalogue; other names are left out.

    Raises TypeError, AttributeError, ValueError if it cannot be: the line is damaged.
    """
    told: Json = {name: about[name] for name in TOLD if about.get(name) is not None}
    for name, value in told.items():
        if name in NAMES_MOST:
            is_right = type(value) is list and all(type(each) is str for each in value)
        else:
            is_right = type(value) is (int if name == "year" else str)
        if not is_right:
            raise TypeError(f"{name} of the wrong type")
    if not 0 <= told.get("year", 0) <= YEAR_MOST:
        raise ValueError("no year")
    return told

"""Attributes of an item besides its genres: to show them, and to filter and rank by them."""

from typing import Any

from recs.types import Json

TOLD = ("title", "year", "kind", "countries", "people", "description", "link")
YEAR_MOST = 9_999
TEXT_MOST = {"title": 1_000, "kind": 100, "description": 10_000, "link": 2_000}
"""The most characters of each text."""
NAMES_MOST = {"countries": 50, "people": 100}
NAME_MOST = 200
"""The most names in each list, and the most characters in a name."""


def checked(about: Any) -> Json:
    """Return the attributes in a line of the catalogue, without unknown ones.

    Raises TypeError, AttributeError or ValueError if the line is damaged.
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
        raise ValueError(f"year must be from 0 to {YEAR_MOST}")
    return told

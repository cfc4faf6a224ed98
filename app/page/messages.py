"""The texts of the page in Russian and English, and the language of a request.

The browser's preference decides, `?lang=` changes it, and the session remembers the change.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from flask import g, request, session

FOLDER = Path(__file__).parent / "translations"
LANGUAGES = {"ru": "Русский", "en": "English"}
FOR_SCRIPTS = "js."
"""Prefix of the keys that the scripts in the browser use."""

Messages = Mapping[str, str]


@cache
def translations() -> dict[str, Messages]:
    """Return every translation file: language → key → text."""
    return {
        language: json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
        for language in LANGUAGES
    }


def choose_language() -> None:
    """Set `g.language`."""
    asked = request.args.get("lang", "")
    if asked in LANGUAGES:
        session["language"] = asked
    chosen = session.get("language")
    g.language = chosen or request.accept_languages.best_match(LANGUAGES, default="en")


def messages() -> Messages:
    """Return the texts in the language of this request."""
    return translations()[g.language]


def translate(key: str, **values: object) -> str:
    """Return a text with its values filled in. Raises KeyError for a key without a text."""
    return messages()[key].format(**values)


def genre_name(genre: str) -> str:
    """Return the name of a genre; one without a translation keeps its own."""
    return messages().get(f"genre.{genre}", genre)


def country_name(country: str) -> str:
    """Return the name of a country; one without a translation keeps its own."""
    return messages().get(f"country.{country}", country)


def join_names(names: list[str]) -> str:
    """Join names as in "A, B and C"."""
    if len(names) < 2:
        return "".join(names)
    return translate("list.and", first=", ".join(names[:-1]), last=names[-1])


def script_messages() -> dict[str, str]:
    """Return the texts that the scripts in the browser need, without their prefix."""
    return {
        key.removeprefix(FOR_SCRIPTS): text
        for key, text in messages().items()
        if key.startswith(FOR_SCRIPTS)
    }

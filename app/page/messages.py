"""The texts of the page in Russian and English, and the language of a request.

The browser's preference decides, `?lang=` changes it, and the session remembers the change.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from flask import g, request, session

FOLDER = Path(__file__).parent / "translations"
LANGUAGES = {"ru": "Русский", "en": "English"}
FOR_SCRIPTS = "js."
"""Prefix of the keys that the scripts in the browser use."""

Messages = Mapping[str, str]


def read_translations() -> dict[str, Messages]:
    """Read every translation file: language → key → text."""
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


def translate(messages: Messages, key: str, **values: object) -> str:
    """Return a text with its values filled in. Raises KeyError for a key without a text."""
    return messages[key].format(**values)


def genre_name(messages: Messages, genre: str) -> str:
    """Return the name of a genre; one without a translation keeps its own."""
    return messages.get(f"genre.{genre}", genre)


def country_name(messages: Messages, country: str) -> str:
    """Return the name of a country; one without a translation keeps its own."""
    return messages.get(f"country.{country}", country)


def join_names(messages: Messages, names: list[str]) -> str:
    """Join names as in "A, B and C"."""
    if len(names) < 2:
        return "".join(names)
    return translate(messages, "list.and", first=", ".join(names[:-1]), last=names[-1])


def script_messages(messages: Messages) -> dict[str, str]:
    """Return the texts that the scripts in the browser need, without their prefix."""
    return {
        key.removeprefix(FOR_SCRIPTS): text
        for key, text in messages.items()
        if key.startswith(FOR_SCRIPTS)
    }

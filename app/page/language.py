"""Russian or English: chosen by the browser, changed by `?lang=`, kept in the session."""

import json
from collections.abc import Mapping
from pathlib import Path

from flask import g, request, session

FOLDER = Path(__file__).parent / "translations"
LANGUAGES = {"ru": "Русский", "en": "English"}
FOR_SCRIPTS = "js."

Words = Mapping[str, str]


def read_words() -> dict[str, Words]:
    """Read every translation file: language → key → text."""
    return {
        language: json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
        for language in LANGUAGES
    }


def choose() -> None:
    """Set `g.language`."""
    asked = request.args.get("lang", "")
    if asked in LANGUAGES:
        session["language"] = asked
    known = session.get("language")
    g.language = known or request.accept_languages.best_match(LANGUAGES, default="en")


def say(words: Words, key: str, **facts: object) -> str:
    """Return a text with its facts filled in. Raises KeyError for a key without a text."""
    return words[key].format(**facts)


def genre_name(words: Words, genre: str) -> str:
    """Return a genre in words; one that nobody translated keeps its name."""
    return words.get(f"genre.{genre}", genre)


def listed(words: Words, names: list[str]) -> str:
    """Join names as in "A, B and C"."""
    if len(names) < 2:
        return "".join(names)
    return say(words, "list.and", first=", ".join(names[:-1]), last=names[-1])


def for_scripts(words: Words) -> dict[str, str]:
    """Return the texts that the modules in the browser need, without their prefix."""
    return {
        key.removeprefix(FOR_SCRIPTS): text
        for key, text in words.items()
        if key.startswith(FOR_SCRIPTS)
    }

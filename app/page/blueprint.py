"""The blueprint that all views of the page hang on, and what precedes and surrounds each."""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, g, request, url_for

from app.page import language, viewer
from app.page.room import NAME, room

page = Blueprint(
    NAME, __name__, template_folder="templates", static_folder="static", static_url_path="/assets"
)

FOR_EVERYBODY = {f"{NAME}.static", f"{NAME}.poster"}


@page.before_request
def introduce() -> None:
    """Know who is there and what he speaks."""
    if request.endpoint not in FOR_EVERYBODY:
        viewer.recognise()
        language.choose()


@page.url_defaults
def stay_a_guest(endpoint: str, values: dict[str, Any]) -> None:
    """Keep `?user_id=` in every link while someone else's list is looked at."""
    if g.get("guest_of") and endpoint not in FOR_EVERYBODY:
        values.setdefault("user_id", g.guest_of)


@page.app_context_processor
def surroundings() -> dict[str, Any]:
    """Give templates their texts."""
    if "language" not in g:
        language.choose()
    words = room().words

    def t(key: str, **facts: object) -> str:
        return language.say(words, key, **facts)

    return {
        "t": t,
        "language": g.language,
        "languages": language.LANGUAGES,
        "here_in": here_in,
        "genre_name": lambda genre: language.genre_name(words, genre),
        "script_words": language.for_scripts(words),
        "viewer": g.get("viewer", ""),
        "guest_of": g.get("guest_of"),
        "may_react": may_react(),
    }


def here_in(language_code: str) -> str:
    """Return the address of this tab in another language."""
    if request.method != "GET":
        return url_for(f"{NAME}.for_you", lang=language_code)
    return f"?{urlencode({**request.args.to_dict(), 'lang': language_code})}"


def may_react() -> bool:
    """Tell whether this visitor may like and dislike as the viewer whose list he sees."""
    return not (room().guarded and g.get("guest_of"))

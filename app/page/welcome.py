"""The first visit: the viewer chooses three of eighteen well-known titles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from app.page.cards import Card, make_cards
from app.page.client import Action, Entry
from app.page.context import blueprint, page_context
from app.page.lists import LISTED_AT_MOST
from app.page.memory import Viewer
from app.page.saying import remember, say
from app.page.session import checked_item_id

POSTERS = 18
WANTED = 3
"""Number of likes to ask for."""


@dataclass(frozen=True)
class Step:
    """The offered cards, and how many more likes are wanted. Without cards the step is left out."""

    cards: Sequence[Card] = ()
    wanted: int = WANTED


NOTHING = Step()


def step(viewer: Viewer, said: Mapping[str, Action]) -> Step:
    """Return the step for a viewer with too few likes. Raises ServiceDown, Refused."""
    likes = sum(action == "like" for action in said.values())
    entries = spread(page_context().services.popular("", LISTED_AT_MOST))
    if len(entries) < POSTERS:
        return NOTHING
    return Step(make_cards(entries, said, viewer), WANTED - likes)


def spread(entries: Sequence[Entry]) -> list[Entry]:
    """Choose titles of many genres among popular ones.

    Each turn takes the most popular title of the genres that were chosen least often.
    """
    titles = page_context().titles
    genres = {
        entry.item_id: item.genres if (item := titles.get(entry.item_id)) else ()
        for entry in entries
    }
    left, chosen, counts = list(entries), list[Entry](), dict[str, int]()
    while left and len(chosen) < POSTERS:
        best = min(left, key=lambda each: _crowded(genres[each.item_id], counts))
        left.remove(best)
        chosen.append(best)
        for genre in genres[best.item_id]:
            counts[genre] = counts.get(genre, 0) + 1
    return chosen


def _crowded(genres: Sequence[str], counts: Mapping[str, int]) -> float:
    """Return how often the genres of a title were chosen, on average."""
    return sum(counts.get(genre, 0) for genre in genres) / len(genres) if genres else 1.0


@blueprint.post("/welcome")
def be_welcomed() -> Response:
    """Like the titles chosen in a plain form; without any, the step is skipped for good."""
    for item_id in request.form.getlist("love")[:POSTERS]:
        say(checked_item_id(item_id), "like")
    remember(_welcomed)
    return redirect(url_for("page.for_you"), HTTPStatus.SEE_OTHER)


def _welcomed(viewer: Viewer) -> None:
    viewer.welcomed = True
    viewer.lists.clear()

"""The first visit: three posters that the viewer loves, out of eighteen well-known ones."""

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
"""Likes after which a list follows a taste."""


@dataclass(frozen=True)
class Step:
    """What is offered, and how many more are wanted. Without cards there is no such step."""

    cards: Sequence[Card] = ()
    wanted: int = WANTED


NOTHING = Step()


def step(viewer: Viewer, said: Mapping[str, Action]) -> Step:
    """Return the step for a viewer of whom too little is known. Raises ServiceDown, Refused."""
    likes = sum(action == "like" for action in said.values())
    entries = spread(page_context().services.popular("", LISTED_AT_MOST))
    if len(entries) < POSTERS:
        return NOTHING
    return Step(make_cards(entries, said, viewer), WANTED - likes)


def spread(entries: Sequence[Entry]) -> list[Entry]:
    """Choose posters of many genres among popular titles, the most popular of each first.

    In turns: of the genres that were chosen least often, the best title that is left.
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
    """Like the posters that were chosen by a plain form; without any, ask no more."""
    for item_id in request.form.getlist("love")[:POSTERS]:
        say(checked_item_id(item_id), "like")
    remember(_welcomed)
    return redirect(url_for("page.for_you"), HTTPStatus.SEE_OTHER)


def _welcomed(viewer: Viewer) -> None:
    viewer.welcomed = True
    viewer.lists.clear()

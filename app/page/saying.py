"""Actions of a viewer on a title: sent to the collector, or kept in the page's own memory.

Like, dislike, watched and undo are interactions: the recommender learns from them. The watch-list
and "not now" stay in the page: they say when a viewer wants to see a title, not whether they would
like it.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import get_args

from flask import g

from app.page.client import Action, ServiceDown
from app.page.context import page_context
from app.page.memory import NOT_NOW_SECONDS, Viewer

INTERACTIONS: tuple[Action, ...] = get_args(Action)
OWN = ("want", "unwant", "not_now", "now")
ACTIONS = (*INTERACTIONS, *OWN)


def say(item_id: str, action: str) -> None:
    """Send an interaction, or remember a wish. Raises ServiceDown, Refused: then none is saved."""
    if action not in INTERACTIONS:
        remember(lambda viewer: _note(viewer, item_id, action))
        return
    after = page_context().services.interact(g.user_id, item_id, action)
    with suppress(ServiceDown):  # the recommender: the collector has saved it
        remember(lambda viewer: _note(viewer, item_id, action, after))


def remember(change: Callable[[Viewer], object]) -> None:
    """Change the page's memory of this viewer. Raises ServiceDown, Refused."""
    context = page_context()
    context.memory.change(g.user_id, context.services.generation(), change)


def _note(viewer: Viewer, item_id: str, action: str, after: int = 0) -> None:
    now = time.time()
    if after:
        viewer.after, viewer.said_at = after, now
    if action in ("want", "unwant"):
        viewer.watch(item_id, action == "want")
    elif action == "not_now":
        viewer.not_now[item_id] = now + NOT_NOW_SECONDS
    else:
        viewer.not_now.pop(item_id, None)
    if action in ("undo", "now"):
        viewer.restore(item_id)

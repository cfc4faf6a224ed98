"""A user: their interactions and impressions."""

import re

from flask import jsonify
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from app import at_once, ignored, parsing, serving
from app.answers import Recorded, UserInteractions
from app.context import context
from app.describing import Blueprint, operation
from app.queries import PageQuery
from app.schemas import Shown
from recs.interactions import DISLIKED, LIKED, SIGNED_RATINGS, WATCHED
from recs.types import ItemId, Json, UserId

blueprint = Blueprint("users", __name__)

CURSOR = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?_[0-9]{1,9}")
ACTIONS = {sign: action.value for action, sign in SIGNED_RATINGS.items()}


@blueprint.get("/users/<id:user_id>/interactions")
@operation(UserInteractions, 404, 503, query=PageQuery)
def list_interactions(user_id: str, asked: Json) -> ResponseReturnValue:
    """What a user likes, dislikes and watched now, newest first, page by page."""
    user = UserId(parsing.checked_id("user_id", user_id))
    items = context().view.items()
    facts = context().stores.users.facts(items.generation, user)
    facts.sort(key=lambda fact: (-fact[2], -fact[0]))
    if asked["cursor"] is not None:
        before = _cursor(asked["cursor"])
        facts = [(row, sign, at) for row, sign, at in facts if (at, row) < before]
    page, rest = facts[: asked["limit"]], facts[asked["limit"] :]
    said = [
        {"item_id": item, "action": ACTIONS[sign], "timestamp": at}
        for row, sign, at in page
        for item in items.ids([row])
    ]
    lists = {
        name: [each["item_id"] for each in said if each["action"] == ACTIONS[sign]]
        for name, sign in (("liked", LIKED), ("disliked", DISLIKED), ("watched", WATCHED))
    }
    last = {"next": f"{page[-1][2]:.6f}_{page[-1][0]}"} if rest else {}
    return jsonify({**lists, "interactions": said, **last})


@blueprint.post("/users/<id:user_id>/impressions")
@operation(
    Recorded, body=Shown, asking={"item_ids": ["tt0078748"]},
    example={"status": "recorded", "items": 1},
)  # fmt: skip
def record_impressions(user_id: str, body: Json) -> ResponseReturnValue:
    """Record which items a user has seen, for clients that ask for lists with `peek`.

    The items count as shown, as those of a list do, and other items come next. Recording an item
    again does no harm. Unknown ids are left out.
    """
    user = UserId(parsing.checked_id("user_id", user_id))
    items = context().view.items()
    items.read_on()
    rows = [items.catalogue.row_or_none(ItemId(each)) for each in dict.fromkeys(body["item_ids"])]
    known = [row for row in rows if row is not None and items.is_known(row)]
    at_once.record(items, [user], known)
    if known:
        serving.renew(items, user)
    return ignored.answer(status="recorded", items=len(known))


def _cursor(text: str) -> tuple[float, int]:
    """Read the time and the row after which a page begins. Raises ValidationError."""
    if not CURSOR.fullmatch(text):
        raise ValidationError({"cursor": ["must be `next` of the page before"]})
    at, _, row = text.partition("_")
    return float(at), int(row)

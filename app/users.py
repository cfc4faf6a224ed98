"""A user: their interactions and impressions, their neighbours, and how to erase them."""

import logging
import re
from dataclasses import asdict

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from app import at_once, ignored, parsing, serving
from app.answers import Erased, NeighbourList, Recorded, UserInteractions
from app.context import context
from app.describing import operation
from app.queries import NeighboursQuery, PageQuery
from app.schemas import Shown
from recs.errors import ArraysUnreadable
from recs.interactions import DISLIKED, LIKED, SIGNED_RATINGS, WATCHED
from recs.ranking.user_neighbours import user_neighbours
from recs.stores.arrays_file import map_arrays
from recs.stores.erasing import erase
from recs.training.dataset import unpack_ids
from recs.types import Generation, ItemId, Json, UserId

log = logging.getLogger(__name__)

blueprint = Blueprint("users", __name__)

CURSOR = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?_[0-9]{1,9}")
ACTIONS = {sign: action.value for action, sign in SIGNED_RATINGS.items()}
NEIGHBOURS = {"users": [{"user_id": "u2", "similarity": 0.61, "in_common": 9}]}
ERASED = {
    "status": "erased",
    "user_id": "u1",
    "erased_at": 1726148676.3,
    "generations": 1,
    "rows": {"interactions": 12, "impressions": 3, "dead_letters": 0, "models": 1, "page": 1},
    "redis_keys": 4,
}


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
    rows = [items.catalogue.rows.get(ItemId(each)) for each in dict.fromkeys(body["item_ids"])]
    known = [row for row in rows if row is not None and items.is_known(row)]
    at_once.record(items, [user], known)
    if known:
        serving.renew(items, user)
    return ignored.answer(status="recorded", items=len(known))


@blueprint.get("/users/<id:user_id>/neighbours")
@operation(NeighbourList, 404, 503, query=NeighboursQuery, writes=True, example=NEIGHBOURS)
def list_neighbours(user_id: str, asked: Json) -> ResponseReturnValue:
    """Users who like and dislike the same as a user, nearest first.

    Computed from the snapshot of the window, which is some seconds old. The token is required:
    anybody who knows an id can get that user's lists.
    """
    user = UserId(parsing.checked_id("user_id", user_id))
    generation = context().view.items().generation
    return jsonify(users=_neighbours(generation, user, asked["k"] or context().settings.list_size))


@blueprint.delete("/users/<id:user_id>")
@operation(Erased, 404, 503, writes=True, example=ERASED)
def erase_user(user_id: str) -> ResponseReturnValue:
    """Erase a user: from Redis, the log, the statistics, the models and all later trainings.

    Their messages that are still queued are dropped. Later interactions start a new history.
    """
    user = UserId(parsing.checked_id("user_id", user_id))
    receipt = erase(context().stores, user)
    log.warning("a user was erased: %s rows, %d keys of Redis", receipt.rows, receipt.redis_keys)
    return jsonify(status="erased", user_id=user, **asdict(receipt))


def _cursor(text: str) -> tuple[float, int]:
    """Read the time and the row after which a page begins. Raises ValidationError."""
    if not CURSOR.fullmatch(text):
        raise ValidationError({"cursor": ["must be `next` of the page before"]})
    at, _, row = text.partition("_")
    return float(at), int(row)


def _neighbours(generation: Generation, user: UserId, k: int) -> list[Json]:
    """Return the nearest users. Raises RedisError."""
    stores = context().stores
    try:
        arrays, _ = map_arrays(stores.statistics.window(generation), check=False)
    except (FileNotFoundError, ArraysUnreadable):
        return []  # there is none yet
    (state,) = stores.users.states(generation, [user])
    users = unpack_ids(arrays["users"])
    found = user_neighbours(
        state, arrays["fact_users"], arrays["fact_rows"], arrays["fact_signs"], k,
        users.index(user) if user in users else None,
    )  # fmt: skip
    return [
        {"user_id": users[place], "similarity": round(float(similarity), 4), "in_common": int(n)}
        for place, similarity, n in zip(
            found.users.tolist(), found.similarities, found.in_common, strict=True
        )
    ]

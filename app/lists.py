"""Lists for a user, a group, a guest, or everybody."""

import re
from collections.abc import Sequence
from functools import partial
from typing import Any

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from app import at_once, ignored, parsing, ranked, serving
from app.answers import ItemList, RankedList
from app.context import context
from app.describing import operation
from app.explaining import explained
from app.filtering import is_filtered, mask_of
from app.item_view import ItemView, Mask
from app.queries import Explained, GroupQuery, LatestQuery, ListQuery, PopularQuery, split
from app.schemas import Guest
from app.short_way import Kind
from recs.interactions import DISLIKED, LIKED, WATCHED
from recs.ranking.slates import Entries
from recs.ranking.user_state import UserState, state_of
from recs.types import ItemId, Json, UserId

blueprint = Blueprint("lists", __name__)

USERS_MOST = 20
PLAIN = re.compile(r"/recs/([A-Za-z0-9._~@:-]{1,512})")
"""Addresses of lists without encoded characters."""
EXAMPLE = {"item_ids": ["tt0088846", "tt0078748"]}


@blueprint.get("/recs/<id:user_id>")
@operation(RankedList, 403, 404, query=ListQuery, example=EXAMPLE)
def recommend(user_id: str, asked: Json) -> ResponseReturnValue:
    """A user's next items, best first.

    They are recorded as shown, so the next call returns others; not with `peek` = 1.
    """
    user = UserId(parsing.checked_id("user_id", user_id))
    items, after = context().view.items(), asked["after"]
    more = {} if after is None else {"ranked": _is_ranked(items, user, after)}
    entries = _next(items, user, _k(asked), asked)
    return _answer(items, entries, _history(items, [user], asked), **more)


@blueprint.get("/recs")
@operation(ItemList, 403, query=GroupQuery, example=EXAMPLE)
def recommend_to_group(asked: Json) -> ResponseReturnValue:
    """What several users may like together, best first.

    An item counts as much as for the user who likes it least (least misery). What any of them has
    seen is left out. The items are recorded as shown to all, unless `peek` is 1.
    """
    users = [UserId(each) for each in dict.fromkeys(split(asked["users"]))]
    if not 1 <= len(users) <= USERS_MOST:
        raise ValidationError({"users": [f"must name 1 to {USERS_MOST} users"]})
    items = context().view.items()
    entries = at_once.next_items(items, users, _k(asked), asked)
    return _answer(items, entries, _history(items, users, asked))


@blueprint.post("/recs")
@operation(ItemList, query=Explained, body=Guest, example=EXAMPLE, asking={"likes": ["tt0083658"]})
def recommend_to_guest(asked: Json, body: Json) -> ResponseReturnValue:
    """What a guest who likes these items may like, best first. Nothing is kept."""
    items = context().view.items()
    items.read_on()
    said = {
        row: sign
        for name, sign in (("watched", WATCHED), ("likes", LIKED), ("dislikes", DISLIKED))
        for item in body[name]
        if (row := items.catalogue.rows.get(ItemId(item))) is not None
    }
    guest = state_of(said)
    entries = at_once.rank(items, [guest], _k(asked), mask_of(items, asked))
    return _answer(items, entries, guest if asked["explain"] else None, **ignored.named())


@blueprint.get("/popular")
@operation(ItemList, 503, query=PopularQuery, example=EXAMPLE)
def popular(asked: Json) -> ResponseReturnValue:
    """The most popular items; `user_id` leaves out what that user interacted with."""
    items = context().view.items()
    entries = items.popular(_k(asked), _hidden(items, asked), _within(items, asked))
    users = [UserId(asked["user_id"])] if asked["user_id"] else []
    return _answer(items, entries, _history(items, users, asked))


@blueprint.get("/latest")
@operation(ItemList, 503, query=LatestQuery, example=EXAMPLE)
def latest(asked: Json) -> ResponseReturnValue:
    """The items added last, newest first."""
    items = context().view.items()
    entries = items.latest(_k(asked), _hidden(items, asked), _within(items, asked))
    return _answer(items, entries, None)


def short(k: int) -> Kind:
    """Return the short way for plain requests for a list. k: how many items."""

    def read(environ: dict[str, Any]) -> UserId | None:
        found = PLAIN.fullmatch(environ["PATH_INFO"])
        return found and UserId(found[1])

    def answer(user: UserId) -> bytes:
        items = context().view.items()
        return items.answer(serving.serve(items, user, k)["row"].tolist())

    return Kind("GET", "/recs/<user_id>", read, answer)


def _next(items: ItemView, user: UserId, k: int, asked: Json) -> Entries:
    """Return a user's next items: from the prepared slate, or, with a filter, ranked now."""
    if is_filtered(asked):
        return at_once.next_items(items, [user], k, asked)
    return serving.look(items, user, k) if asked["peek"] else serving.serve(items, user, k)


def _is_ranked(items: ItemView, user: UserId, after: int) -> bool:
    """Say whether a user's slate is ranked with all until `after` (us). If not, rank it now."""
    is_ranked = partial(ranked.is_ranked, context(), items.generation, user, after)
    if is_ranked():
        return True
    serving.with_redis(items, user, partial(serving.rank_now, items, user))
    return is_ranked()


def _hidden(items: ItemView, asked: Json) -> dict[int, int]:
    """Return the rows that the user of `user_id` interacted with. Raises RedisError."""
    if asked["user_id"] is None:
        return {}
    return context().stores.users.interactions(items.generation, UserId(asked["user_id"]))


def _within(items: ItemView, asked: Json) -> Mask | None:
    return mask_of(items, asked) if is_filtered(asked) else None


def _answer(
    items: ItemView, entries: Entries, explained_to: UserState | None, **more: object
) -> Response:
    """Answer with these items, which are all known, and with why if that is asked for."""
    rows = entries["row"].tolist()
    if explained_to is not None:
        more["items"] = explained(items, entries, explained_to)
    if not more:
        return Response(items.answer(rows), mimetype="application/json")
    return jsonify(item_ids=items.ids(rows), **more)


def _history(items: ItemView, users: Sequence[UserId], asked: Json) -> UserState | None:
    """Return what explains a list to these users; None if nobody asks."""
    if not asked["explain"]:
        return None
    return _joined(at_once.states_of(items, users)) if users else UserState()


def _joined(states: Sequence[UserState]) -> UserState:
    """Return the interactions of several users as if one user had made them."""
    if len(states) == 1:
        return states[0]
    return state_of(
        {
            row: sign
            for state in states
            for row, sign in zip(state.rows.tolist(), state.signs.tolist(), strict=True)
        }
    )


def _k(asked: Json) -> int:
    return asked["k"] or context().settings.list_size

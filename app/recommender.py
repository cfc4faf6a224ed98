"""Port 5001: lists go out, items come in, generations begin."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from time import sleep, time

import numpy as np
from flask import Blueprint, Flask, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from redis.exceptions import RedisError
from werkzeug.exceptions import Conflict

from app import auth, health, parsing, readiness, stats
from app.explaining import explained
from app.marks import Marks
from app.schemas import Items
from app.shared_view import POPULAR, SharedView, as_entries
from recs.errors import StoreUnavailable
from recs.ranking.ranker import popular as popular_rows
from recs.ranking.slates import Entries, unpack
from recs.ranking.user_state import UserState
from recs.settings import Settings
from recs.stores import Stores, connection
from recs.stores.breaker import CircuitBreaker
from recs.stores.generations import LEASE_SECONDS
from recs.types import ItemId, UserId
from workers import celery

blueprint = Blueprint("recommender", __name__)
ITEMS = Items()


@dataclass(frozen=True)
class Context:
    """What the views of one app stand on."""

    settings: Settings
    stores: Stores
    view: SharedView
    marks: Marks
    breaker: CircuitBreaker


def context() -> Context:
    """Return that of the app which answers."""
    found: Context = current_app.extensions["recommender"]
    return found


@blueprint.get("/recs/<id:user_id>")
def recs(user_id: str) -> ResponseReturnValue:
    """Answer with a user's next items, whatever is down."""
    user = UserId(parsing.checked_id("user_id", user_id))
    settings = context().settings
    k = parsing.number("k", settings.list_size, settings.list_size_most)
    entries = _serve(user, k)
    return _answer(entries, user)


@blueprint.get("/popular")
def popular() -> ResponseReturnValue:
    """Answer with what everyone likes; of one genre, and without what a user interacted with."""
    settings, items = context().settings, context().view.items()
    k = parsing.number("k", settings.list_size, settings.list_size_most)
    user = request.args.get("user_id")
    known = {} if user is None else _interactions(UserId(parsing.checked_id("user_id", user)))
    statistics, genre = items.statistics, request.args.get("genre")
    if statistics is None:
        rows = np.zeros(0, np.int64)
    else:
        rows = popular_rows(statistics, k + len(known), genre).astype(np.int64)
    rows = rows[~np.isin(rows, np.fromiter(known, np.int64, len(known)))][:k]
    entries = as_entries(rows, POPULAR)
    if statistics is not None:
        entries["score"] = np.log(statistics.rates[rows])
    return _answer(entries, None)


@blueprint.get("/users/<id:user_id>/interactions")
def interactions(user_id: str) -> ResponseReturnValue:
    """Answer with what a user likes and dislikes now, newest first."""
    signs = _interactions(UserId(parsing.checked_id("user_id", user_id)))
    items = context().view.items()
    return jsonify(
        liked=items.ids([row for row, sign in signs.items() if sign > 0]),
        disliked=items.ids([row for row, sign in signs.items() if sign < 0]),
    )


@blueprint.get("/items")
def items() -> ResponseReturnValue:
    """Answer with the genres of those of ?ids= that are known."""
    catalogue = context().view.items().catalogue
    catalogue.refresh()
    rows = [catalogue.row_or_none(ItemId(each)) for each in request.args.getlist("ids")]
    return jsonify(
        items=[
            {"item_id": catalogue.ids[row], "genres": catalogue.genres[row]}
            for row in rows
            if row is not None and catalogue.known[row]
        ]
    )


@blueprint.get("/catalogue")
def catalogue() -> ResponseReturnValue:
    """Answer with how many items are known, and of which genres."""
    generation = context().stores.generations.current()
    known = context().stores.catalogues.of(generation)
    known.refresh()
    genres = Counter(
        genre
        for names, is_known in zip(known.genres, known.known, strict=False)
        if is_known
        for genre in names
    )
    return jsonify(
        generation=generation,
        first=context().stores.generations.is_first(generation),
        items=sum(known.known),
        genres=dict(genres.most_common()),
    )


@blueprint.post("/add_items")
@auth.require_token
def add_items() -> ResponseReturnValue:
    """Make items known; they can be recommended from now on. With ?generation=, only in that."""
    body = parsing.body(ITEMS)
    ids, genres = body["item_ids"], body["genres"] or [()] * len(body["item_ids"])
    generation = context().stores.generations.current()
    if request.args.get("generation", str(generation)) != str(generation):
        raise Conflict(f"This is generation {generation}; the one that was asked for is over.")
    if ids:
        pairs = [(ItemId(item), names) for item, names in zip(ids, genres, strict=True)]
        context().stores.catalogues.of(generation).add(pairs)
    return jsonify(status="added", items=len(ids))


@blueprint.route("/cleanup", methods=["GET", "POST"])
@auth.require_token
def cleanup() -> ResponseReturnValue:
    """Begin a new generation: everything that came before is gone.

    Other processes know the one before for LEASE_SECONDS more; the answer waits that out.
    """
    generation = context().stores.generations.begin()
    context().view.look_for_generation()
    sleep(LEASE_SECONDS)
    return jsonify(status="clean", generation=generation)


@blueprint.get("/stats")
def statistics() -> ResponseReturnValue:
    """Answer with the figures of the dashboard."""
    checks = current_app.extensions["checks"]
    return jsonify(stats.gather(context().stores, context().view.items().figures, checks))


def _serve(user: UserId, k: int) -> Entries:
    """Take a user's next items from Redis, and record them; popular ones while Redis is away."""
    here = context()
    here.view.start()
    try:
        with here.breaker:
            return _next_items(user, k)
    except (RedisError, StoreUnavailable, OSError):
        return here.view.next_items(k)


def _next_items(user: UserId, k: int) -> Entries:
    """Take a user's next items; when the slate is used up, the best that they have not seen."""
    here = context()
    items = here.view.items()
    generation, users, now = items.generation, here.stores.users, time()
    slate = here.view.cold_start_slate()
    served = users.serve(generation, user, k, now, slate, b"", last_resort=False)
    if not served.is_new and slate:
        here.view.put_back(slate)
    packed = served.entries
    missing = k - len(packed) // unpack(b"").itemsize
    if missing > 0:
        (state,) = users.states(generation, [user])
        rows = items.unseen(np.concatenate([state.shown, state.rows]), missing)
        fill = as_entries(rows, POPULAR).tobytes()
        packed += users.serve(generation, user, missing, now, b"", fill, last_resort=True).entries
    entries = unpack(packed)
    if len(entries):
        here.stores.impressions.note(generation, user, entries["row"].tolist(), now)
    if served.left < k:
        here.marks.add(generation, user)
    return entries


def _interactions(user: UserId) -> dict[int, int]:
    here = context()
    return here.stores.users.interactions(here.view.generation(), user)


def _answer(entries: Entries, user: UserId | None) -> ResponseReturnValue:
    items = context().view.items()
    rows: Sequence[int] = entries["row"].tolist()
    if request.args.get("explain") != "1":
        return Response(items.answer(rows), mimetype="application/json")
    state = UserState()
    if user is not None:
        try:
            (state,) = context().stores.users.states(items.generation, [user])
        except RedisError:
            pass  # then without reasons of their own
    return jsonify(item_ids=items.ids(rows), items=explained(entries, state, items))


def register(app: Flask, settings: Settings) -> None:
    """Make this app a recommender."""
    redis = connection.short_timeout(settings.redis_url, settings.redis_timeout_seconds)
    stores = Stores.open(settings, redis)
    app.extensions["recommender"] = Context(
        settings, stores, SharedView(stores), Marks(stores.waiting), CircuitBreaker("Redis")
    )
    checks = {
        "redis": readiness.check_redis(redis),
        "broker": readiness.check_broker(celery, settings),
    }
    app.extensions["checks"] = checks
    app.register_blueprint(blueprint)
    health.add_readiness(app, checks)

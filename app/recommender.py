"""Port 5001: slates go out, items come in, generations begin."""

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from time import sleep, time

import numpy as np
from flask import Blueprint, Flask, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from redis.exceptions import RedisError
from werkzeug.exceptions import Conflict

from app import auth, health, ignored, metrics, parsing, probes, ranked, stats
from app.addresses import takes
from app.background import Background
from app.explaining import explained
from app.item_schemas import LISTS, Items
from app.item_view import ItemView
from app.marks import Marks
from app.readiness import Readiness, RecentErrors
from app.schemas import ItemIds
from app.shared_view import REFRESH_SECONDS, SharedView
from recs.errors import StoreUnavailable
from recs.ranking.slates import NO_ENTRIES, Entries, pack, unpack
from recs.ranking.user_state import UserState
from recs.settings import Settings
from recs.stores import Stores, connection
from recs.stores.breaker import CircuitBreaker
from recs.stores.generations import LEASE_SECONDS
from recs.stores.trouble import advice_on, is_away, is_of_server
from recs.throttling import ThrottledLog
from recs.types import Generation, ItemId, UserId
from workers import celery

log = ThrottledLog(logging.getLogger(__name__))

blueprint = Blueprint("recommender", __name__)
ITEMS = Items()
ITEM_IDS = ItemIds()


@dataclass(frozen=True)
class Context:
    """What the views of one app stand on."""

    settings: Settings
    stores: Stores
    view: SharedView
    marks: Marks
    breaker: CircuitBreaker
    background: Background
    readiness: Readiness
    errors: RecentErrors


def context() -> Context:
    """Return that of the app which answers. Its background work begins with the first request."""
    found: Context = current_app.extensions["recommender"]
    found.background.start()
    return found


@blueprint.get("/recs/<id:user_id>")
@takes("k", "explain", "after")
def recs(user_id: str) -> ResponseReturnValue:
    """Answer with a user's next items, whatever is down."""
    user = UserId(parsing.checked_id("user_id", user_id))
    k, is_explained = _k(), parsing.flag("explain")
    after, items = ranked.asked_after(), context().view.items()
    if after is None:
        return _answer(items, _serve(items, user, k), user, is_explained)
    here = context()
    is_ranked = ranked.wait(here.stores.users, here.breaker, items.generation, user, after)
    return ranked.told(_answer(items, _serve(items, user, k), user, is_explained), is_ranked)


@blueprint.get("/popular")
@takes("k", "explain", "genre", "user_id")
def popular() -> ResponseReturnValue:
    """Answer with what everyone likes; of one genre, and without what a user interacted with."""
    k, is_explained, items = _k(), parsing.flag("explain"), context().view.items()
    sent = request.args.get("user_id")
    user = None if sent is None else UserId(parsing.checked_id("user_id", sent))
    hidden = {} if user is None else _interactions(items, user)
    return _answer(items, items.popular(k, hidden, request.args.get("genre")), user, is_explained)


@blueprint.get("/users/<id:user_id>/interactions")
def interactions(user_id: str) -> ResponseReturnValue:
    """Answer with what a user likes and dislikes now, newest first."""
    items = context().view.items()
    signs = _interactions(items, UserId(parsing.checked_id("user_id", user_id)))
    return jsonify(
        liked=items.ids(row for row, sign in signs.items() if sign > 0),
        disliked=items.ids(row for row, sign in signs.items() if sign < 0),
    )


@blueprint.get("/items")
@takes("ids")
def items() -> ResponseReturnValue:
    """Answer with the genres of those of ?ids= that are known."""
    return _genres_of(request.args.getlist("ids"))


@blueprint.post("/items")
def many_items() -> ResponseReturnValue:
    """Do the same for ids that would make an address too long."""
    return _genres_of(parsing.body(ITEM_IDS)["ids"])


def _genres_of(ids: Iterable[str]) -> Response:
    catalogue = context().view.items().catalogue
    catalogue.refresh()
    rows = [catalogue.row_or_none(ItemId(each)) for each in ids]
    return ignored.answer(
        items=[
            {"item_id": catalogue.ids[row], "genres": catalogue.genres[row]}
            for row in rows
            if row is not None and catalogue.known[row]
        ]
    )


@blueprint.get("/catalogue")
def catalogue() -> ResponseReturnValue:
    """Answer with how many items are known, and of which genres."""
    generation = _generation()
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
@takes("generation")
def add_items() -> ResponseReturnValue:
    """Make items known; they can be recommended from now on. With ?generation=, only in that."""
    body = parsing.body(ITEMS)
    ids = body["item_ids"]
    generation = _generation()
    if request.args.get("generation", str(generation)) != str(generation):
        raise Conflict(f"This is generation {generation}; the one that was asked for is over.")
    if ids:
        told = {name: values for list_, name in LISTS.items() if (values := body[list_])}
        context().stores.catalogues.of(generation).change(
            (
                ItemId(item),
                {name: value for name, value in zip(told, each, strict=True) if value is not None},
            )
            for item, *each in zip(ids, *told.values(), strict=True)
        )
    return ignored.answer(status="added", items=len(ids))


@blueprint.route("/cleanup", methods=["GET", "POST"])
@auth.require_token
def cleanup() -> ResponseReturnValue:
    """Begin a new generation: everything that came before is gone.

    Other processes know the one before for LEASE_SECONDS more; the answer waits that out.
    """
    generation = context().stores.generations.begin()
    context().view.look()
    sleep(LEASE_SECONDS)
    return jsonify(status="clean", generation=generation)


@blueprint.get("/stats")
def statistics() -> ResponseReturnValue:
    """Answer with the figures of the dashboard."""
    figures = context().view.items().figures
    states = context().readiness.states()
    servers = {name: state.text for name, state in states.items()}
    return jsonify(stats.gather(context().stores, _generation(), figures, servers))


def _serve(items: ItemView, user: UserId, k: int) -> Entries:
    """Return a user's next items, and record that they were shown them.

    While Redis is away these are popular ones, and only the log learns of them: they were shown,
    so they count in the item statistics, and a Redis that comes back empty gets them from there.
    """
    here = context()
    try:
        with here.breaker:
            entries = _next_items(items, user, k)
    except (RedisError, StoreUnavailable, ValueError) as error:
        _tell(error)
        entries = items.blind(k)
    entries = items.only_known(entries)
        metrics.of_app().served_without_user()
    if len(entries):
        here.stores.impressions.note(items.generation, user, entries["row"].tolist(), time())
    return entries

        metrics.of_app().served(entries["source"].tobytes())

def _tell(error: Exception) -> None:
    """Log why lists are answered that know nothing of their users: once a minute."""
    kind = type(error)
    if isinstance(error, StoreUnavailable) or is_away(error):
        log.warning("away", "lists are made without Redis, which is away: %s", error)
    elif isinstance(error, RedisError) and is_of_server(error):
        context().errors.note(error)
        log.error(kind, "lists are made without Redis: %s (%s)", error, advice_on(error))
    else:
        context().errors.note(error)
        log.error(kind, "lists are made without Redis, by a mistake: %r", error, error=error)


def _next_items(items: ItemView, user: UserId, k: int) -> Entries:
    """Take a user's next items out of their slate: one call. Two more when it is used up."""
    if not items.generation:  # nobody has begun one
        return NO_ENTRIES
    here = context()
    slate = items.take_cold_start()
    served = here.stores.users.serve(
        items.generation, user, k, time(), slate, b"", last_resort=False
    )
    if slate and not served.is_new:
        items.put_back(slate)
    if served.left < k:
        here.marks.add(items.generation, user)
    entries = unpack(served.entries)
    if len(entries) == k:
        return entries
    more = _best_unseen(items, user, k - len(entries))
    # Where nothing else is left, what was shown a moment ago comes again.
    return np.concatenate([entries, more[~np.isin(more["row"], entries["row"])]])


def _best_unseen(items: ItemView, user: UserId, k: int) -> Entries:
    """Take the best that a user has not seen; when they have seen everything, the oldest."""
    users = context().stores.users
    (state,) = users.states(items.generation, [user])
    best = items.popular(k, hidden={*state.shown.tolist(), *state.rows.tolist()})
    return unpack(users.serve(items.generation, user, k, time(), b"", pack(best)).entries)


def _answer(items: ItemView, entries: Entries, user: UserId | None, is_explained: bool) -> Response:
    """Answer with known items."""
    if not is_explained:
        return Response(items.answer(entries["row"].tolist()), mimetype="application/json")
    ranking = context().settings.ranking
    reasons = explained(entries, _state(items, user), items, ranking.dislike_weight)
    return jsonify(item_ids=items.ids(entries["row"].tolist()), items=reasons)


def _state(items: ItemView, user: UserId | None) -> UserState:
    """Return what is known of a user; nothing while Redis is away: then there are no reasons."""
    if user is None:
        return UserState()
    try:
        return context().stores.users.states(items.generation, [user])[0]
    except (RedisError, ValueError):
        return UserState()


def _interactions(items: ItemView, user: UserId) -> dict[int, int]:
    """Return row -> +1 like, -1 dislike, newest first. Raises RedisError."""
    return context().stores.users.interactions(items.generation, user)


def _generation() -> Generation:
    """Return the current generation as it is at this moment; begin the first one."""
    return context().view.look() or context().stores.generations.restore()


def _k() -> int:
    settings = context().settings
    return parsing.number("k", settings.list_size, settings.list_size_most)


def register(app: Flask, settings: Settings) -> None:
    """Make this app a recommender. Nothing is connected or started yet."""
    redis = connection.short_timeout(settings.redis_url, settings.redis_timeout_seconds)
    stores = Stores.open(settings, redis)
    view, marks = SharedView(stores), Marks(stores.waiting)
    background = Background([view.refresh, marks.flush], REFRESH_SECONDS)
    errors = RecentErrors("lists")
    state = Readiness(
        [
            probes.of_redis(redis, settings.namespace),
            probes.of_service(celery, settings, redis),
            probes.of_disk(settings.data_dir, settings.disk_spare_bytes),
            errors.probe,
        ]
    )
    app.extensions["recommender"] = Context(
        settings, stores, view, marks, CircuitBreaker("Redis"), background, state, errors
    )
    app.extensions["after_fork"] = [background.start]
    app.extensions["before_exit"] = [background.stop, stores.impressions.close]
    metrics.of(app).follow_dropped(lambda: stores.impressions.lost)
    app.register_blueprint(blueprint)
    health.add_readiness(app, state)

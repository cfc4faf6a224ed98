"""Port 5001: lists go out, titles come in, generations begin."""

from flask import Blueprint, Flask, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from redis.exceptions import RedisError
from werkzeug.exceptions import Conflict
from werkzeug.local import LocalProxy

from app import doors, health, requests, servers, statistics
from app.schemas import Items
from app.snapshot import Snapshot
from recs.errors import StoreUnavailable
from recs.settings import Settings
from recs.stores import Stores, connection
from recs.stores.breaker import Breaker
from recs.stores.lists import Listed
from recs.types import Generation, ItemId, UserId
from workers import celery

blueprint = Blueprint("recommender", __name__)
ITEMS = Items()

stores: Stores = LocalProxy(lambda: current_app.extensions["stores"])  # type: ignore[assignment]


@blueprint.get("/recs/<id:user_id>")
def recs(user_id: str) -> ResponseReturnValue:
    """Answer with a viewer's next titles, whatever is down."""
    user = UserId(requests.checked_id("user_id", user_id))
    settings: Settings = current_app.extensions["settings"]
    k = requests.number("k", settings.list_size, settings.list_size_most)
    return _answer(_next_titles(user, k))


@blueprint.get("/popular")
def popular() -> ResponseReturnValue:
    """Answer with what everyone likes; of one genre, and without what a viewer reacted to."""
    settings: Settings = current_app.extensions["settings"]
    k = requests.number("k", settings.list_size, settings.list_size_most)
    generation = stores.generations.current()
    entries = stores.lists.popular(generation, request.args.get("genre"))
    if user := request.args.get("user_id"):
        known = stores.viewers.interactions(generation, UserId(requests.checked_id("user_id", user)))
        entries = [entry for entry in entries if entry.item not in known]
    return _answer(entries[:k])


@blueprint.get("/interactions/<id:user_id>")
def interactions(user_id: str) -> ResponseReturnValue:
    """Answer with what a viewer likes and dislikes now, newest first."""
    user = UserId(requests.checked_id("user_id", user_id))
    tastes = stores.viewers.interactions(stores.generations.current(), user)
    return jsonify(
        liked=[item for item, taste in tastes.items() if taste > 0],
        disliked=[item for item, taste in tastes.items() if taste < 0],
    )


@blueprint.get("/items")
def items() -> ResponseReturnValue:
    """Answer with the genres of those of ?ids= that are known."""
    known = stores.catalogue.genres_of(stores.generations.current(), request.args.getlist("ids"))
    return jsonify(items=[{"item_id": item, "genres": genres} for item, genres in known])


@blueprint.get("/catalogue")
def catalogue() -> ResponseReturnValue:
    """Answer with how many titles are known, and of which genres."""
    generation = stores.generations.current()
    return jsonify(
        generation=generation,
        first=stores.generations.is_first(generation),
        items=stores.catalogue.size(generation),
        genres=stores.catalogue.genre_counts(generation),
    )


@blueprint.post("/add_items")
@doors.guarded
def add_items() -> ResponseReturnValue:
    """Make titles known; they can be recommended from now on. With ?generation=, only in that one."""
    body = requests.body(ITEMS)
    ids, genres = body["item_ids"], body["genres"] or [()] * len(body["item_ids"])
    generation = stores.generations.current()
    if request.args.get("generation", str(generation)) != str(generation):
        raise Conflict(f"This is generation {generation}; the one that was asked for is over.")
    stores.catalogue.add(
        generation,
        [(ItemId(item), names or ()) for item, names in zip(ids, genres, strict=True)],
    )
    return jsonify(status="added", items=len(ids))


@blueprint.route("/cleanup", methods=["GET", "POST"])
@doors.guarded
def cleanup() -> ResponseReturnValue:
    """Begin a new generation: everything that came before is gone."""
    return jsonify(status="clean", generation=stores.generations.begin())


@blueprint.get("/stats")
def stats() -> ResponseReturnValue:
    """Answer with the figures of the engine room."""
    return jsonify(statistics.gather(stores, current_app.extensions["checks"]))


def _next_titles(user: UserId, k: int) -> list[Listed]:
    """Take a viewer's next titles from Redis; from the snapshot while Redis cannot answer."""
    snapshot: Snapshot = current_app.extensions["snapshot"]
    snapshot.watch()
    try:
        with current_app.extensions["breaker"]:
            titles = stores.lists.serve(user, k, newest=snapshot.newest_generation() or Generation(0))
            if titles is None:
                stores.generations.current()
    except (RedisError, StoreUnavailable, OSError):
        titles = None
    return snapshot.next_titles(k) if titles is None else titles


def _answer(entries: list[Listed]) -> ResponseReturnValue:
    answer: dict[str, object] = {"item_ids": [entry.item for entry in entries]}
    if request.args.get("explain") == "1":
        answer["items"] = [entry.explain() for entry in entries]
    return jsonify(answer)


def register(app: Flask, settings: Settings) -> None:
    """Make this app a recommender."""
    redis = connection.impatient(settings.redis_url, settings.redis_timeout_seconds)
    app.extensions["settings"] = settings
    app.extensions["stores"] = Stores.open(settings, redis)
    app.extensions["snapshot"] = Snapshot(app.extensions["stores"])
    app.extensions["breaker"] = Breaker("Redis")
    checks = {"redis": servers.check_redis(redis), "broker": servers.check_broker(celery, settings)}
    app.extensions["checks"] = checks
    app.register_blueprint(blueprint)
    health.add_readiness(app, checks)

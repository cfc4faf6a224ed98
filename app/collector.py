"""Port 5000: takes interactions. The answer is 200 when the broker has confirmed them."""

import logging
from http import HTTPStatus

from flask import Blueprint, Flask, Response, current_app
from flask.typing import ResponseReturnValue

from app import (
    batches,
    health,
    ignored,
    metrics,
    parsing,
    plain_body,
    probes,
    request_ids,
)
from app.answers import Queued
from app.background import Background
from app.describing import operation
from app.noting import Noting
from app.publisher import NOW, Publisher
from app.readiness import Readiness
from app.schemas import InteractionSchema
from recs.interactions import Action, Interaction
from recs.settings import Settings
from recs.stores import Stores, connection
from recs.types import ItemId, Json, UserId
from workers import celery

log = logging.getLogger(__name__)

CATALOGUE_SECONDS = 0.5
"""Time between two looks at the catalogue. A request that names a newer item reads it itself."""

blueprint = Blueprint("interactions", __name__)

QUEUED = {"status": "queued", "interactions": 1, "after": 1732531737123456}


@blueprint.post("/interact")
@operation(
    Queued, 503, body=InteractionSchema, writes=True, example=QUEUED,
    asking={"user_id": "u1", "item_ids": ["tt0078748"], "actions": ["like"]},
)  # fmt: skip
def interact(body: Json) -> ResponseReturnValue:
    """Take a user's interactions, all or none. 200: the broker has stored them."""
    user = UserId(body["user_id"])
    common = NOW if body["timestamp"] is None else body["timestamp"]
    times = body["timestamps"] or [None] * len(body["item_ids"])
    return _publish(
        [
            Interaction(user, ItemId(item), Action(action), common if time is None else time)
            for item, action, time in zip(body["item_ids"], body["actions"], times, strict=True)
        ]
    )


@blueprint.delete("/interact/<id:ids>")
@operation(Queued, 404, 503, writes=True, example=QUEUED)
def undo(ids: str) -> ResponseReturnValue:
    """Undo a user's interaction with an item."""
    user_id, item_id = parsing.two_ids()
    user = UserId(parsing.checked_id("user_id", user_id))
    item = ItemId(parsing.checked_id("item_id", item_id))
    return _publish([Interaction(user, item, Action.UNDO, NOW)])


def _publish(interactions: list[Interaction]) -> ResponseReturnValue:
    publisher: Publisher = current_app.extensions["publisher"]
    after = 0
    if interactions:
        after = publisher.publish(interactions, request_ids.of_request())
        metrics.of_app().accepted(interactions)
        log.info("%d interactions are safe", len(interactions))
    return ignored.answer(status="queued", interactions=len(interactions), after=after)


@batches.blueprint.after_request
@blueprint.after_request
def count_refused(answer: Response) -> Response:
    """Count interactions that were not taken, for whatever reason."""
    if answer.status_code >= 400:
        metrics.of_app().refused(HTTPStatus(answer.status_code).phrase.lower().replace(" ", "_"))
    return answer


def register(app: Flask, settings: Settings) -> None:
    """Make this app a collector."""
    redis = connection.short_timeout(settings.redis_url, settings.redis_timeout_seconds)
    stores = Stores(settings, redis)
    noting = Noting(stores)
    reading = Background([noting.refresh], CATALOGUE_SECONDS)
    publisher = Publisher(celery, settings, stores.generations, stores.lease, noting.note)
    app.extensions["publisher"] = publisher
    app.extensions["after_fork"] = [publisher.start, reading.start]
    app.extensions["before_exit"] = [reading.stop, publisher.stop, redis.close]
    app.extensions["readiness"] = Readiness(probes.of_all(stores, celery), needed="broker")
    for each in (blueprint, batches.blueprint, health.blueprint):
        app.register_blueprint(each)
    if "short_way" in app.extensions:
        app.extensions["short_way"].kind = plain_body.kind(settings.api_token)

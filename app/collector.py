"""Port 5000: interactions come in. Answered with 200 when the broker has confirmed them."""

from http import HTTPStatus

from flask import Blueprint, Flask, Response, current_app
from flask.typing import ResponseReturnValue

from app import auth, health, ignored, metrics, parsing, probes
from app.background import Background
from app.noting import Noting
from app.publisher import NOW, Publisher
from app.readiness import Readiness
from app.schemas import InteractionSchema
from recs.interactions import Action, Interaction
from recs.settings import Settings
from recs.stores import connection
from recs.stores.catalogue import Catalogues
from recs.stores.generations import LEASE_SECONDS, Generations
from recs.stores.users import Users
from recs.types import ItemId, UserId
from workers import celery

REFRESH_SECONDS = LEASE_SECONDS / 3

blueprint = Blueprint("collector", __name__)
INTERACTION_SCHEMA = InteractionSchema()


@blueprint.post("/interact")
@auth.require_token
def interact() -> ResponseReturnValue:
    """Take a user's interactions, all or none."""
    body = parsing.body(INTERACTION_SCHEMA)
    user = UserId(body["user_id"])
    timestamp = NOW if body["timestamp"] is None else body["timestamp"]
    return _publish(
        [
            Interaction(user, ItemId(item), Action(action), timestamp)
            for item, action in zip(body["item_ids"], body["actions"], strict=True)
        ]
    )


@blueprint.delete("/interact/<id:ids>")
@auth.require_token
def undo(ids: str) -> ResponseReturnValue:
    """Undo a user's interaction with an item: /interact/<user_id>/<item_id>."""
    user_id, item_id = parsing.two_ids_after("/interact/")
    user = UserId(parsing.checked_id("user_id", user_id))
    item = ItemId(parsing.checked_id("item_id", item_id))
    return _publish([Interaction(user, item, Action.UNDO, NOW)])


def _publish(interactions: list[Interaction]) -> ResponseReturnValue:
    publisher: Publisher = current_app.extensions["publisher"]
    after = publisher.publish(interactions) if interactions else 0
    metrics.of_app().accepted(interactions)
    return ignored.answer(status="queued", interactions=len(interactions), after=after)


@blueprint.after_request
def count_refused(answer: Response) -> Response:
    """Count interactions that were not taken, whyever."""
    if answer.status_code >= 400:
        metrics.of_app().refused(HTTPStatus(answer.status_code).phrase.lower().replace(" ", "_"))
    return answer


def register(app: Flask, settings: Settings) -> None:
    """Make this app a collector."""
    redis = connection.short_timeout(settings.redis_url, settings.redis_timeout_seconds)
    generations = Generations(redis, settings.namespace, settings.data_dir)
    users = Users(
        redis, settings.namespace, settings.user_ttl_seconds, settings.visitor_ttl_seconds
    )
    noting = Noting(users, Catalogues(settings.data_dir), generations)
    reading = Background([noting.refresh], REFRESH_SECONDS)
    publisher = Publisher(celery, settings, generations, noting.note)
    app.extensions["publisher"] = publisher
    app.extensions["after_fork"] = [publisher.start, reading.start]
    app.extensions["before_exit"] = [reading.stop]
    app.register_blueprint(blueprint)
    looks = [
        probes.of_redis(redis, settings.namespace),
        probes.of_service(celery, settings, redis),
        probes.of_disk(settings.data_dir, settings.disk_spare_bytes),
    ]
    health.add_readiness(app, Readiness(looks, needed="broker"))

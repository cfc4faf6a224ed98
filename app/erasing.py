"""DELETE /users/<user_id>: erases a user, as they may ask for."""

import logging
from dataclasses import asdict

from flask import jsonify
from flask.typing import ResponseReturnValue

from app import parsing
from app.answers import Erased
from app.context import context
from app.describing import operation
from app.users import blueprint
from recs.stores.erasing import erase
from recs.types import UserId

log = logging.getLogger(__name__)

EXAMPLE = {
    "status": "erased",
    "user_id": "u1",
    "erased_at": 1726148676.3,
    "generations": 1,
    "rows": {"interactions": 12, "impressions": 3, "dead_letters": 0, "models": 1},
    "redis_keys": 4,
}


@blueprint.delete("/users/<id:user_id>")
@operation(Erased, 404, 503, writes=True, example=EXAMPLE)
def erase_user(user_id: str) -> ResponseReturnValue:
    """Erase a user: from Redis, the log, the statistics, the models and all later trainings.

    Their messages that are still queued are dropped. Later interactions start a new history.
    """
    user = UserId(parsing.checked_id("user_id", user_id))
    receipt = erase(context().stores, user)
    log.warning("a user was erased: %s rows, %d keys of Redis", receipt.rows, receipt.redis_keys)
    return jsonify(status="erased", user_id=user, **asdict(receipt))

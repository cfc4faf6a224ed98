"""POST /interactions: interactions of many users in one call. Bad rows are refused one by one."""

from collections.abc import Sequence
from itertools import islice

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from app import ignored, metrics, parsing, request_ids
from app.answers import Batch
from app.batch_rows import (
    COLUMNS,
    CSV,
    JSON,
    LINES,
    ROWS_MOST,
    described,
    read_row,
    rows_of,
)
from app.describing import operation
from app.publisher import Publisher
from app.queries import BatchQuery
from recs.interactions import Interaction
from recs.types import Json

blueprint = Blueprint("batches", __name__)

REFUSED_MOST = 1_000
"""An answer names no more rows."""
A_MESSAGE = 500
"""Interactions per message at most, so that calls of /interact need not wait for a whole batch."""
ROWS = [
    {"user_id": "u1", "item_id": "tt0078748", "action": "like", "timestamp": 1726148676.3},
    {"user_id": "u2", "item_id": "tt0078748", "rating": 2.5},
]
BODY = {
    JSON: {
        "schema": {
            "type": "object",
            "properties": {
                "interactions": {"type": "array", "items": described(), "maxItems": ROWS_MOST}
            },
            "required": ["interactions"],
        },
        "example": {"interactions": ROWS},
    },
    LINES: {
        "schema": {"type": "string"},
        "example": '{"user_id": "u1", "item_id": "tt0078748", "action": "watched"}\n',
    },
    CSV: {
        "schema": {"type": "string"},
        "example": "user_id,item_id,rating,timestamp\nu1,tt0078748,4.5,1726148676\n",
    },
}


@blueprint.post("/interactions")
@operation(
    Batch, 503, query=BatchQuery, contents=BODY, writes=True,
    example={
        "status": "queued", "interactions": 2, "refused": 1,
        "errors": [{"row": 3, "reason": "item_id is missing"}],
    },
)  # fmt: skip
def interact_in_batch(asked: Json) -> ResponseReturnValue:
    """Take interactions of many users: JSON, JSON lines or CSV. 200: the broker has stored them.

    Bad rows are refused, each with its number, from 1 on. The other rows are taken.
    """
    with parsing.sent_body() as sent:
        rows = list(islice(rows_of(sent, request.mimetype), ROWS_MOST + 1))
    if len(rows) > ROWS_MOST:
        raise ValidationError({"interactions": [f"must not hold more than {ROWS_MOST:,}"]})
    read = [read_row(row, asked["threshold"]) for row in rows]
    refused = [
        {"row": number, "reason": each}
        for number, each in enumerate(read, 1)
        if isinstance(each, str)
    ]
    first = next((row for row in rows if isinstance(row, dict)), {})
    ignored.note_unknown(first, COLUMNS)  # other rows mostly have the same
    taken = [each for each in read if isinstance(each, Interaction)]
    _publish(taken)
    if refused:
        metrics.of_app().refused("row", len(refused))
    return ignored.answer(
        status="queued",
        interactions=len(taken),
        refused=len(refused),
        errors=refused[:REFUSED_MOST],
    )


def _publish(interactions: Sequence[Interaction]) -> None:
    """Publish all. Raises BrokerUnavailable; some may have been published before."""
    publisher: Publisher = current_app.extensions["publisher"]
    for start in range(0, len(interactions), A_MESSAGE):
        portion = interactions[start : start + A_MESSAGE]
        publisher.publish(portion, request_ids.of_request())
        metrics.of_app().accepted(portion)

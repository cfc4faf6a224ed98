"""Schemas of bodies, with the message for each mistake."""

from collections.abc import Mapping
from itertools import islice
from time import time
from typing import Any, ClassVar

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validates_schema
from marshmallow.validate import OneOf

from recs.genres import INVISIBLE
from recs.interactions import ID_BYTES_MOST, Action, complaint_about_id, seconds
from recs.types import Json

INTERACTIONS_MOST = 1_000
IMPRESSIONS_MOST = 100
ITEMS_MOST = 100_000
GENRES_MOST = 1_000
COMPLAINTS_MOST = 10
"""Mistakes that an answer names of one list: nobody would read a hundred thousand."""
AHEAD_SECONDS_MOST = 86_400.0
"""Clocks differ; but an interaction from next week would hide every later one."""
MILLISECONDS_FROM = 1e11
"""In seconds it would be the year 5138; in milliseconds it is 1973 or later."""


NAME: Json = {
    "type": "string",
    "minLength": 1,
    "maxLength": ID_BYTES_MOST,
    "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]+$",
    "description": f"at most {ID_BYTES_MOST} bytes of UTF-8, no control characters",
}
"""An id, or the name of something, as OpenAPI describes it."""

# Each field of our own says in `described` what it accepts, for app/openapi.py.


class Id(fields.Field[str]):
    """An opaque id: a string, or an integer that is read as a string."""

    described: ClassVar = NAME | {"type": ["string", "integer"]}

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if complaint := complaint_about_id(value):
            raise ValidationError(complaint)
        return str(value)


class Timestamp(fields.Field[float]):
    """Seconds since 1970, not far in the future."""

    described: ClassVar = {
        "type": ["number", "null"],
        "minimum": 0,
        "description": "seconds since 1970; by default now",
    }

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValidationError("must be a number: seconds since 1970")
        try:
            number = seconds(value)
        except (ValueError, OverflowError):
            raise ValidationError("must be a finite number of seconds since 1970") from None
        if number > MILLISECONDS_FROM:
            raise ValidationError("looks like milliseconds: it must be seconds since 1970")
        if number > time() + AHEAD_SECONDS_MOST:
            raise ValidationError("must not be more than a day in the future")
        return number


class Bounded(fields.List[Any]):
    """A list with a maximal length, which is checked before its elements."""

    def __init__(self, each: fields.Field[Any], most: int, **kwargs: Any) -> None:
        super().__init__(each, **kwargs)
        self.most = most
        self.described = {"maxItems": most}

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, list) and len(value) > self.most:
            raise ValidationError(f"must not hold more than {self.most:,}")
        try:
            return super()._deserialize(value, *args, **kwargs)
        except ValidationError as error:
            if isinstance(error.messages, dict):
                error.messages = dict(islice(error.messages.items(), COMPLAINTS_MOST))
            raise


class GenreNames(fields.Field[list[str | int | None]]):
    """The genres of an item, as recs/genres.py reads them."""

    described: ClassVar = {
        "type": ["array", "null"],
        "items": {"type": ["string", "integer", "null"]},
        "maxItems": GENRES_MOST,
    }

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> list[str | int | None]:
        if not isinstance(value, list) or len(value) > GENRES_MOST:
            raise ValidationError(f"must be a list of at most {GENRES_MOST} genres")
        for genre in value:
            if complaint := _complaint_about_genre(genre):
                raise ValidationError(complaint.replace("an id", "a genre"))
        return value


def _complaint_about_genre(value: Any) -> str | None:
    """Say what is wrong with the name of a genre; None if nothing is, or if it is empty."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    text = value.strip(INVISIBLE).strip() if isinstance(value, str) else value
    return complaint_about_id(text) if text not in ("", None) else None


def renamed(schema: Schema, content: dict[str, Any]) -> dict[str, Any]:
    """Return a body whose lists have the schema's names: a list `title` becomes `titles`."""
    names: dict[str, str] = getattr(schema, "ALIASES", {})
    return {
        names[name] if name in names and _is_list(value) and names[name] not in content else name:
        value
        for name, value in content.items()
    }  # fmt: skip


def _is_list(value: Any) -> bool:
    return value is None or isinstance(value, list)


class Body(Schema):
    """What the bodies of all calls have in common: unknown fields are left out."""

    class Meta:
        unknown = EXCLUDE


class InteractionSchema(Body):
    """Body of /interact."""

    user_id = Id(required=True)
    item_ids = Bounded(Id(), INTERACTIONS_MOST, required=True)
    actions = Bounded(
        fields.String(validate=OneOf([Action.LIKE, Action.DISLIKE, Action.WATCHED])),
        INTERACTIONS_MOST,
        required=True,
    )
    timestamp = Timestamp(allow_none=True, load_default=None)
    timestamps = Bounded(
        Timestamp(allow_none=True), INTERACTIONS_MOST, allow_none=True, load_default=None
    )

    @validates_schema
    def _run_in_parallel(self, body: Mapping[str, Any], **_: Any) -> None:
        if len(body["item_ids"]) != len(body["actions"]):
            raise ValidationError("must have one action for each of item_ids", "actions")
        if body["timestamps"] is not None and len(body["item_ids"]) != len(body["timestamps"]):
            raise ValidationError("must have one time for each of item_ids", "timestamps")


class Guest(Body):
    """Body of POST /recs: the interactions of a guest, of whom nothing is kept."""

    likes = Bounded(Id(), INTERACTIONS_MOST, load_default=list)
    dislikes = Bounded(Id(), INTERACTIONS_MOST, load_default=list)
    watched = Bounded(Id(), INTERACTIONS_MOST, load_default=list)


class Shown(Body):
    """Body of POST /users/{user_id}/impressions."""

    item_ids = Bounded(Id(), IMPRESSIONS_MOST, required=True)


class ItemIds(Body):
    """Body of POST /items."""

    ids = Bounded(Id(), ITEMS_MOST, required=True)

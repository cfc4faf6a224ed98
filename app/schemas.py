"""What a body must be, and the sentence that a wrong one gets."""

from collections.abc import Mapping
from time import time
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validates_schema
from marshmallow.validate import Length, OneOf

from recs.reactions import Action, complaint_about_id, seconds

REACTIONS_MOST = 1_000
ITEMS_MOST = 100_000
GENRES_MOST = 100
AHEAD_SECONDS_MOST = 86_400.0
"""Clocks differ; but a reaction from next week would hide every later one."""


class Id(fields.Field[str]):
    """An opaque id: a string, or an integer that is read as one."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if complaint := complaint_about_id(value):
            raise ValidationError(complaint)
        return str(value)


class Timestamp(fields.Field[float]):
    """Seconds since 1970, not far in the future."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValidationError("must be a number: seconds since 1970")
        try:
            number = seconds(value)
        except (ValueError, OverflowError):
            raise ValidationError("must be a finite number of seconds since 1970") from None
        if number > time() + AHEAD_SECONDS_MOST:
            raise ValidationError("must not lie more than a day in the future")
        return number


class Interaction(Schema):
    """Body of /interact."""

    class Meta:
        unknown = RAISE

    user_id = Id(required=True)
    item_ids = fields.List(Id(), required=True, validate=Length(max=REACTIONS_MOST))
    actions = fields.List(
        fields.String(validate=OneOf([Action.LIKE, Action.DISLIKE])),
        required=True,
        validate=Length(max=REACTIONS_MOST),
    )
    timestamp = Timestamp(allow_none=True, load_default=None)

    @validates_schema
    def _run_in_parallel(self, body: Mapping[str, Any], **_: Any) -> None:
        if len(body["item_ids"]) != len(body["actions"]):
            raise ValidationError("must have one action for each of item_ids", "actions")


class Genre(fields.String):
    """A genre's name."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        name: str = super()._deserialize(value, *args, **kwargs)
        if complaint := complaint_about_id(name):
            raise ValidationError(complaint.replace("an id", "a genre"))
        return name


class Items(Schema):
    """Body of /add_items."""

    class Meta:
        unknown = RAISE

    item_ids = fields.List(Id(), required=True, validate=Length(max=ITEMS_MOST))
    genres = fields.List(
        fields.List(Genre(), allow_none=True, validate=Length(max=GENRES_MOST)),
        allow_none=True,
        load_default=None,
    )

    @validates_schema
    def _run_in_parallel(self, body: Mapping[str, Any], **_: Any) -> None:
        if body["genres"] is not None and len(body["genres"]) != len(body["item_ids"]):
            raise ValidationError("must have one list for each of item_ids", "genres")

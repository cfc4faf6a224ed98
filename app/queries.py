"""Schemas of the parameters of addresses, with the message for each mistake."""

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from flask import current_app
from marshmallow import Schema, ValidationError, fields

from app.schemas import NAME
from recs.attributes import YEAR_MOST
from recs.interactions import ID_BYTES_MOST, complaint_about_id
from recs.types import Json

NAMES_MOST = 1_000
AFTER_MOST = 10**16 - 1
NOT_KNOWN = "leaves out what this user interacted with"


class Number(fields.Field[int]):
    """A whole number in decimal digits."""

    def __init__(self, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.least, self.most = least, most
        self.described = {"type": "integer", "minimum": least, "maximum": most}

    def _deserialize(self, value: str, *args: Any, **kwargs: Any) -> int:
        return _number(value, self.least, self.most)


class Count(fields.Field[int]):
    """How many items: `k`, at most LIST_SIZE_MOST."""

    @property
    def described(self) -> Json:
        """Return what it accepts, with the setting of the app."""
        most = current_app.config["LIST_SIZE_MOST"]
        return {"type": "integer", "minimum": 1, "maximum": most}

    def _deserialize(self, value: str, *args: Any, **kwargs: Any) -> int:
        return _number(value, 1, current_app.config["LIST_SIZE_MOST"])


class Switch(fields.Boolean):
    """1 is yes; 0, or no parameter, is no."""

    described: ClassVar = {"type": "string", "enum": ["0", "1"]}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            truthy={"1"},
            falsy={"0"},
            load_default=False,
            error_messages={"invalid": "must be 0 or 1"},
            **kwargs,
        )


class Name(fields.Field[str]):
    """An id, or the name of something."""

    described: ClassVar = NAME

    def _deserialize(self, value: str, *args: Any, **kwargs: Any) -> str:
        if complaint := complaint_about_id(value):
            raise ValidationError(complaint)
        return value


class Years(fields.Field[tuple[int, int]]):
    """A year or a range of years: `1979`, `1970-1979`, `1970-`, `-1979`. Read as (first, last)."""

    PATTERN = r"^(\d{1,4}|\d{1,4}-(\d{1,4})?|-\d{1,4})$"
    described: ClassVar = {"type": "string", "pattern": PATTERN}

    def _deserialize(self, value: str, *args: Any, **kwargs: Any) -> tuple[int, int]:
        if not re.fullmatch(self.PATTERN, value, re.ASCII):
            raise ValidationError("must be a year or a range: 1979, 1970-1979, 1970-, -1979")
        first, between, last = value.partition("-")
        if not between:
            return int(first), int(first)
        years = int(first or 1), int(last or YEAR_MOST)
        if years[0] > years[1]:
            raise ValidationError(f"must be in order: {last}-{first}")
        return years


class Names(fields.List[str]):
    """Names: the parameter comes once for each, or once with commas between them."""

    described: ClassVar = {"type": "array", "items": NAME, "maxItems": NAMES_MOST}

    def __init__(self, **kwargs: Any) -> None:
        if not kwargs.get("required"):
            kwargs["load_default"] = ()
        super().__init__(fields.String(), **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        is_list = len(value) == 1 and len(value[0].encode()) > ID_BYTES_MOST  # no id is that long
        names = split(value) if is_list else value
        if not split(value):
            raise ValidationError("must not be empty")
        if len(names) > NAMES_MOST:
            raise ValidationError(f"must not come more than {NAMES_MOST:,} times")
        for each in names:
            if complaint := complaint_about_id(each):
                raise ValidationError(complaint.removeprefix("an id "))
        return tuple(names)


class Filters(Schema):
    """Which items may be in a list, and how many."""

    k = Count(load_default=None, metadata={"description": "how many"})
    genre = Names(metadata={"description": "only items of one of these genres"})
    without_genre = Names(metadata={"description": "no items of any of these genres"})
    exclude = Names(  # type: ignore[assignment]  # a schema has something of this name, too
        metadata={"description": "ids of items to leave out"}
    )
    kind = Names(metadata={"description": "only items of one of these kinds: `film`, say"})
    country = Names(metadata={"description": "only items made in one of these countries"})
    year = Years(load_default=None, metadata={"description": "`1979`, or `1970-1979`"})


class Explained(Filters):
    """A list whose items can be explained; for a guest, no more than that."""

    explain = Switch(metadata={"description": "1 adds `items`: why each item is there"})


class ListQuery(Explained):
    """A list for one user."""

    peek = Switch(metadata={"description": "1 records nothing: the same items come again"})
    after = Number(
        0, AFTER_MOST, load_default=None,
        metadata={
            "description": "what /interact answered: waits a moment until the list is ranked "
            "with it, and adds `ranked`, whether it is"
        },
    )  # fmt: skip


class GroupQuery(Explained):
    """A list for several users together."""

    users = Names(
        required=True,
        error_messages={"required": "is missing"},
        metadata={"description": "whom the list is for"},
    )
    peek = Switch(metadata={"description": "1 records nothing"})


class PopularQuery(Explained):
    """The most popular items."""

    user_id = Name(load_default=None, metadata={"description": NOT_KNOWN})


class LatestQuery(Filters):
    """The newest items."""

    user_id = Name(load_default=None, metadata={"description": NOT_KNOWN})


class NeighboursQuery(Schema):
    """Users with a similar taste."""

    k = Count(load_default=None, metadata={"description": "how many"})


class ItemsQuery(Schema):
    """A page of the catalogue, or items by their ids."""

    ids = Names(metadata={"description": "only these items, not a page"})
    limit = Number(1, 1_000, load_default=100, metadata={"description": "items a page"})
    cursor = Number(
        0, AFTER_MOST, load_default=0, metadata={"description": "`next` of the page before"}
    )
    hidden = Switch(metadata={"description": "1 adds hidden items"})


class PageQuery(Schema):
    """A page of a user's interactions."""

    limit = Number(1, 1_000, load_default=1_000, metadata={"description": "interactions a page"})
    cursor = Name(load_default=None, metadata={"description": "`next` of the page before"})


class BatchQuery(Schema):
    """How to read ratings."""

    threshold = fields.Float(
        error_messages={"invalid": "must be a number"},
        load_default=4.0,
        metadata={"description": "ratings from this on are likes; 4 by default"},
    )


class GenerationQuery(Schema):
    """The generation that a request is meant for."""

    generation = Number(
        0, AFTER_MOST, load_default=None,
        metadata={"description": "only while this generation is the current one"},
    )  # fmt: skip


def split(names: Sequence[str]) -> list[str]:
    """Return several names as they are, and a single one split at its commas."""
    if len(names) != 1:
        return list(names)
    return [each for part in names[0].split(",") if (each := part.strip())]


def _number(text: str, least: int, most: int) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    if not (is_number and least <= int(text) <= most):
        raise ValidationError(f"must be a number from {least} to {most}")
    return int(text)

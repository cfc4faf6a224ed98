"""Schemas of the bodies that describe items, with the message for each mistake."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from marshmallow import ValidationError, fields, validates_schema

from app.schemas import ITEMS_MOST, Body, Bounded, GenreNames, Id
from recs.attributes import NAME_MOST, NAMES_MOST, TEXT_MOST, YEAR_MOST

UNWANTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""Lone surrogates, and control characters other than tabs and line ends."""


def is_web_address(text: str) -> bool:
    """Return whether a page may link to an address: it runs no script."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not re.search(r"\s", text)


class Text(fields.Field[str | None]):
    """Text of one attribute, without spaces around it. An empty text is None."""

    def __init__(self, most: int, **kwargs: Any) -> None:
        super().__init__(allow_none=True, **kwargs)
        self.most = most
        self.described = {"type": ["string", "null"], "maxLength": most}

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str | None:
        if not isinstance(value, str):
            raise ValidationError("must be a text")
        if len(value) > self.most:
            raise ValidationError(f"must not be longer than {self.most:,} characters")
        if UNWANTED.search(value):
            raise ValidationError("must not contain control characters or lone surrogates")
        return value.strip() or None


class Link(Text):
    """An address that a page may link to: never one that runs a script."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str | None:
        text = super()._deserialize(value, *args, **kwargs)
        if text is not None and not is_web_address(text):
            raise ValidationError("must be an address that begins with http:// or https://")
        return text


class Year(fields.Field[int]):
    """A year. A text of digits is read as one."""

    described: ClassVar = {"type": ["integer", "null"], "minimum": 1, "maximum": YEAR_MOST}

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> int:
        if isinstance(value, str) and re.fullmatch(r"\d{1,4}", value, re.ASCII):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= YEAR_MOST:
            raise ValidationError(f"must be a number from 1 to {YEAR_MOST}")
        return value


class Flag(fields.Field[bool]):
    """true or false, but not 1, 0 or "true"."""

    described: ClassVar = {"type": ["boolean", "null"]}

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("must be true or false")
        return value


class NameList(Bounded):
    """Some names, without spaces around them, each once."""

    def __init__(self, most: int) -> None:
        super().__init__(Text(NAME_MOST), most, allow_none=True)

    def _deserialize(self, *args: Any, **kwargs: Any) -> list[Any]:
        return [*dict.fromkeys(filter(None, super()._deserialize(*args, **kwargs)))]


class ItemAttributes(Body):
    """Body of PUT and PATCH /items/<item_id>."""

    genres = GenreNames(allow_none=True)
    hidden = Flag(allow_none=True)
    title = Text(TEXT_MOST["title"])
    year = Year(allow_none=True)
    kind = Text(TEXT_MOST["kind"])
    countries = NameList(NAMES_MOST["countries"])
    people = NameList(NAMES_MOST["people"])
    description = Text(TEXT_MOST["description"])
    link = Link(TEXT_MOST["link"])


def _parallel(each: fields.Field[Any]) -> Bounded:
    return Bounded(each, ITEMS_MOST, allow_none=True, load_default=None)


LISTS = {
    "genres": "genres",
    "hidden": "hidden",
    "titles": "title",
    "years": "year",
    "kinds": "kind",
    "countries": "countries",
    "people": "people",
    "descriptions": "description",
    "links": "link",
}
"""Field of /add_items -> attribute of an item."""


class Items(Body):
    """Body of /add_items: lists that run in parallel."""

    ALIASES: ClassVar = {attribute: name for name, attribute in LISTS.items() if attribute != name}

    item_ids = Bounded(Id(), ITEMS_MOST, required=True)
    genres = _parallel(GenreNames(allow_none=True))
    hidden = _parallel(Flag(allow_none=True))
    titles = _parallel(Text(TEXT_MOST["title"]))
    years = _parallel(Year(allow_none=True))
    kinds = _parallel(Text(TEXT_MOST["kind"]))
    countries = _parallel(NameList(NAMES_MOST["countries"]))
    people = _parallel(NameList(NAMES_MOST["people"]))
    descriptions = _parallel(Text(TEXT_MOST["description"]))
    links = _parallel(Link(TEXT_MOST["link"]))

    @validates_schema
    def _run_in_parallel(self, body: Mapping[str, Any], **_: Any) -> None:
        wrong = {
            name: [f"must have one {_each(name)} for each of item_ids"]
            for name in LISTS
            if body[name] is not None and len(body[name]) != len(body["item_ids"])
        }
        if wrong:
            raise ValidationError(wrong)


def _each(name: str) -> str:
    return {"hidden": "value"}.get(name, "list" if name == LISTS[name] else LISTS[name])

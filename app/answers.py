"""Schemas of the answers. Tests check every answer against them."""

from functools import partial
from typing import Any

from marshmallow import Schema, fields

text = partial(fields.String, required=True)
whole = partial(fields.Integer, required=True)
number = partial(fields.Float, required=True)
truth = partial(fields.Boolean, required=True)
texts = partial(fields.List, fields.String, required=True)
counts = partial(fields.Dict, fields.String, fields.Integer, required=True)
"""Name -> count."""
figure = partial(fields.Float, required=True, allow_none=True)
"""Null before there is a number."""


def many(schema: type[Schema], required: bool = True) -> fields.Field[Any]:
    """Return a field of a list of objects."""
    return fields.List(fields.Nested(schema), required=required)


class WithIgnored(Schema):
    """An answer that names the fields of the body that were ignored."""

    ignored = texts(required=False)


class Problem(WithIgnored):
    """A problem (RFC 9457). `errors` names the wrong fields."""

    title = text()
    status = whole()
    detail = text()
    errors = fields.Dict()


class Reason(Schema):
    """Why an item is in a list; `likes`: how many users like it."""

    item_id = text()
    source = text()
    score = number()
    because = texts()
    genres = texts()
    likes = whole()


class ItemList(WithIgnored):
    """Ids of items, best first."""

    item_ids = texts()
    items = many(Reason, required=False)


class RankedList(ItemList):
    """A list; `ranked`: whether it includes the interactions that ?after= names."""

    ranked = fields.Boolean()


class SimilarItem(Schema):
    """An item similar to another. The strongest of `reasons` comes first."""

    item_id = text()
    score = number()
    reasons = texts()
    genres = texts()


class SimilarList(Schema):
    """Items similar to another, nearest first."""

    item_ids = texts()
    items = many(SimilarItem)


class Neighbour(Schema):
    """A user with a similar taste."""

    user_id = text()
    similarity = number()
    in_common = whole()


class NeighbourList(Schema):
    """Users with a similar taste, nearest first."""

    users = many(Neighbour)


class Item(Schema):
    """What is known of an item. Unknown attributes are left out, except genres."""

    item_id = text()
    genres = texts()
    hidden = fields.Boolean()
    title = fields.String()
    year = fields.Integer()
    kind = fields.String()
    countries = texts(required=False)
    people = texts(required=False)
    description = fields.String()
    link = fields.String()


class ChangedItem(Item, WithIgnored):
    """An item as it is after a change."""


class ItemPage(WithIgnored):
    """A page of items. `next` is the cursor of the next page, if there is one."""

    items = many(Item)
    next = fields.Integer()


class Deleted(Schema):
    """An item that was deleted."""

    status = text()
    item_id = text()


class Said(Schema):
    """A user's interaction with an item, and when (seconds since 1970)."""

    item_id = text()
    action = text()
    timestamp = number()


class UserInteractions(Schema):
    """A page of a user's interactions, newest first. `next` is the cursor of the next page."""

    liked = texts()
    disliked = texts()
    watched = texts()
    interactions = many(Said)
    next = fields.String()


class Erased(Schema):
    """How many rows and keys of a user were erased in each place."""

    status = text()
    user_id = text()
    erased_at = number()
    generations = whole()
    rows = counts()
    redis_keys = whole()


class Catalogue(Schema):
    """How many items a generation has."""

    generation = whole()
    first = truth()
    version = whole()
    items = whole()
    genres = counts()
    countries = counts()


class Recorded(WithIgnored):
    """How many impressions were recorded. Only known items count."""

    status = text()
    items = whole()


class ItemCounters(Schema):
    """How many users an item was shown to, and how many like and dislike it."""

    item_id = text()
    impressions = whole()
    likes = whole()
    dislikes = whole()


class Added(WithIgnored):
    """How many items the call named."""

    status = text()
    items = whole()


class Clean(Schema):
    """The generation that has begun."""

    status = text()
    generation = whole()


class Queued(WithIgnored):
    """How many interactions the broker has stored. `after` is for /recs?after=."""

    status = text()
    interactions = whole()
    after = whole()


class RefusedRow(Schema):
    """The number of a refused row, from 1 on, and why it was refused."""

    row = whole()
    reason = text()


class Batch(WithIgnored):
    """How many interactions the broker has stored, and which rows were refused."""

    status = text()
    interactions = whole()
    refused = whole()
    errors = many(RefusedRow)


class Alive(Schema):
    """This process answers."""

    status = text()


class Ready(Schema):
    """The state of all that this process needs, and what to do."""

    status = text()
    servers = fields.Dict(fields.String(), fields.String(), required=True)
    degraded = texts()
    advice = fields.Dict(fields.String(), fields.String(), required=True)
    ignored_fields = counts()


class ItemCount(Schema):
    """An item, and how often it was liked or shown."""

    item_id = text()
    count = whole()


class OfStatistics(Schema):
    """Figures of the statistics worker; null before its first version."""

    time = figure()
    window = figure()
    users = figure()
    refresh_seconds = figure()
    similarity_waiting = figure()


class Model(Schema):
    """A version of the model."""

    version = whole()
    created = figure()
    current = truth()
    promoted = fields.Boolean(allow_none=True)
    reason = fields.String(allow_none=True)
    duration_seconds = fields.Float(allow_none=True)
    interactions = fields.Integer(allow_none=True)
    auc = fields.Float(allow_none=True)
    precision_at_10 = fields.Float(allow_none=True)
    ndcg_at_10 = fields.Float(allow_none=True)


class Stats(Schema):
    """The figures of the dashboard."""

    generation = whole()
    now = number()
    totals = counts()
    coverage = number()
    statistics = fields.Nested(OfStatistics, required=True)
    waiting = whole()
    failing = whole()
    impressions_lost = whole()
    samples = fields.List(fields.Dict(), required=True)
    models = many(Model)
    top_liked = many(ItemCount)
    top_shown = many(ItemCount)
    servers = fields.Dict(fields.String(), fields.String(), required=True)

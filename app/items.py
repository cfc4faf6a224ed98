"""Items: what can be recommended, and its attributes."""

from collections.abc import Iterable

from flask import Blueprint
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Conflict, NotFound

from app import ignored, parsing
from app.answers import Added, ChangedItem, Deleted, Item, ItemCounters, ItemPage, SimilarList
from app.answers import Catalogue as CatalogueAnswer
from app.context import context, current_generation
from app.demonstration import make_room
from app.describing import operation
from app.filtering import ids_of, mask_of
from app.item_schemas import LISTS, ItemAttributes, Items
from app.queries import Filters, GenerationQuery, ItemsQuery
from app.schemas import ItemIds
from app.similar import similar_to
from recs.attributes import TOLD
from recs.stores.catalogue import Catalogue
from recs.types import ItemId, Json, Row

blueprint = Blueprint("items", __name__)

ALIEN = {
    "genres": ["Horror", "Sci-Fi"],
    "title": "Alien",
    "year": 1979,
    "kind": "film",
    "link": "https://www.imdb.com/title/tt0078748/",
}
EXAMPLE = {"item_id": "tt0078748", **ALIEN}


@blueprint.post("/add_items")
@operation(
    Added, 409, 503, query=GenerationQuery, body=Items, writes=True,
    asking={"item_ids": ["tt0078748"], "genres": [["Horror", "Sci-Fi"]], "years": [1979]},
)  # fmt: skip
def add_items(asked: Json, body: Json) -> ResponseReturnValue:
    """Make items known: they can be recommended from now on. `generation`: only in that one."""
    ids = body["item_ids"]
    generation = current_generation()
    if asked["generation"] not in (None, generation):
        raise Conflict(f"This is generation {generation}; the one that was asked for is over.")
    if ids:
        told = {name: values for list_, name in LISTS.items() if (values := body[list_])}
        stores = context().stores
        if asked["generation"] is None:  # the page names one when it loads the demonstration
            make_room(stores, generation, ids)
        stores.catalogues.of(generation).change(
            (
                ItemId(item),
                {name: value for name, value in zip(told, each, strict=True) if value is not None},
            )
            for item, *each in zip(ids, *told.values(), strict=True)
        )
    return ignored.answer(status="added", items=len(ids))


@blueprint.get("/items")
@operation(ItemPage, 503, query=ItemsQuery, example={"items": [EXAMPLE], "next": 17})
def list_items(asked: Json) -> ResponseReturnValue:
    """The catalogue, page by page, in the order in which items came; `ids`: only these items."""
    if asked["ids"]:
        return _items_by(ids_of(_read(), asked["ids"]), asked["hidden"])
    catalogue = _read()
    rows: list[Row] = []
    for row in range(asked["cursor"], len(catalogue)):
        if _is_listed(catalogue, row, asked["hidden"]):
            if len(rows) == asked["limit"]:
                return ignored.answer(items=_described(catalogue, rows), next=row)
            rows.append(row)
    return ignored.answer(items=_described(catalogue, rows))


@blueprint.post("/items")
@operation(ItemPage, 503, body=ItemIds, asking={"ids": ["tt0078748"]})
def find_items(body: Json) -> ResponseReturnValue:
    """Known items by their ids, for more ids than an address can hold."""
    return _items_by(body["ids"])


@blueprint.get("/items/<id:item_id>")
@operation(Item, 404, 503, example=EXAMPLE)
def get_item(item_id: str) -> ResponseReturnValue:
    """What is known of an item, hidden or not."""
    catalogue = _read()
    return ignored.answer(**_described(catalogue, [_row(catalogue, item_id)])[0])


@blueprint.put("/items/<id:item_id>")
@operation(ChangedItem, 503, body=ItemAttributes, writes=True, asking=ALIEN, example=EXAMPLE)
def put_item(item_id: str, body: Json) -> ResponseReturnValue:
    """Make an item known, or replace it: attributes that the body leaves out are removed."""
    nothing = dict.fromkeys((*TOLD, "genres", "hidden"))
    return _change(item_id, {**nothing, **body})


@blueprint.patch("/items/<id:item_id>")
@operation(
    ChangedItem, 404, 503, body=ItemAttributes, writes=True,
    asking={"hidden": True}, example={**EXAMPLE, "hidden": True},
)  # fmt: skip
def patch_item(item_id: str, body: Json) -> ResponseReturnValue:
    """Change the attributes that the body names; null removes one."""
    _row(_current(), item_id)
    return _change(item_id, body)


@blueprint.delete("/items/<id:item_id>")
@operation(Deleted, 404, 503, writes=True, example={"status": "deleted", "item_id": "tt0078748"})
def delete_item(item_id: str) -> ResponseReturnValue:
    """Delete an item: within a second no list has it. Its interactions are kept."""
    catalogue = _current()
    catalogue.remove([catalogue.ids[_row(catalogue, item_id)]])
    return ignored.answer(status="deleted", item_id=item_id)


@blueprint.get("/items/<id:item_id>/statistics")
@operation(
    ItemCounters, 404, 503,
    example={"item_id": "tt0078748", "impressions": 120, "likes": 31, "dislikes": 4},
)  # fmt: skip
def count_item(item_id: str) -> ResponseReturnValue:
    """How many users an item was shown to, and how many like and dislike it now."""
    items = context().view.items()
    row, statistics = _row(_read(), item_id), items.statistics
    counts = {"impressions": 0, "likes": 0, "dislikes": 0}
    if statistics is not None and row < len(statistics):
        counts = {name: round(float(getattr(statistics.counts, name)[row])) for name in counts}
    return ignored.answer(item_id=item_id, **counts)


@blueprint.get("/similar/<id:item_id>")
@operation(SimilarList, 404, 503, query=Filters)
def similar_items(item_id: str, asked: Json) -> ResponseReturnValue:
    """Items similar to one, nearest first, and why.

    `reasons`, strongest first: `liked_together` and `watched_together` by the same users, `model`
    (LightFM), `genres`, `year`.
    """
    items = context().view.items()
    within = mask_of(items, asked)
    row = _row(items.catalogue, item_id)
    found = similar_to(items, row, within, asked["k"] or context().settings.list_size)
    return ignored.answer(item_ids=[each["item_id"] for each in found], items=found)


@blueprint.get("/catalogue")
@operation(CatalogueAnswer, 503)
def get_catalogue() -> ResponseReturnValue:
    """How many items may be recommended, and how many of each genre and country."""
    generation = current_generation()
    known = context().stores.catalogues.of(generation)
    known.refresh()
    version, (n_items, genres, countries) = known.changes, known.counts()
    return ignored.answer(
        generation=generation,
        first=context().stores.generations.is_first(generation),
        version=version,
        items=n_items,
        genres=genres,
        countries=countries,
    )


def _change(item_id: str, told: Json) -> ResponseReturnValue:
    """Change an item's attributes; None removes one."""
    item = ItemId(parsing.checked_id("item_id", item_id))
    gone = {"genres": (), "hidden": False}
    wanted = {name: gone.get(name) if told[name] is None else told[name] for name in told}
    catalogue = _current()
    catalogue.change([(item, wanted)])
    return ignored.answer(**_described(catalogue, [catalogue.rows[item]])[0])


def _items_by(ids: Iterable[str], with_hidden: bool = False) -> ResponseReturnValue:
    catalogue = _read()
    rows = [catalogue.rows.get(ItemId(each)) for each in ids]
    found = [row for row in rows if row is not None and _is_listed(catalogue, row, with_hidden)]
    return ignored.answer(items=_described(catalogue, found))


def _is_listed(catalogue: Catalogue, row: Row, with_hidden: bool) -> bool:
    return bool(catalogue.known[row]) or (with_hidden and row in catalogue.hidden)


def _described(catalogue: Catalogue, rows: list[Row]) -> list[Json]:
    """Return what is known of items."""
    return [
        {
            "item_id": catalogue.ids[row],
            "genres": catalogue.genres[row],
            **({"hidden": True} if row in catalogue.hidden else {}),
            **about,
        }
        for row, about in zip(rows, catalogue.about(rows), strict=True)
    ]


def _row(catalogue: Catalogue, item_id: str) -> Row:
    """Return the row of an item that is in the catalogue. Raises NotFound, ValidationError."""
    row = catalogue.rows.get(ItemId(parsing.checked_id("item_id", item_id)))
    if row is None or not catalogue.is_added(row):
        raise NotFound(f"There is no item {item_id!r} in the catalogue.")
    return row


def _current() -> Catalogue:
    """Return the newest catalogue of the generation that is current at this moment."""
    catalogue = context().stores.catalogues.of(current_generation())
    catalogue.refresh()
    return catalogue


def _read() -> Catalogue:
    """Return the newest catalogue, without asking a server."""
    catalogue = context().view.items().catalogue
    catalogue.refresh()
    return catalogue

"""Which items a list may hold, by the filters of its address."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from app.item_view import ItemView, Mask, known_in
from app.queries import split
from recs.genres import key_of
from recs.stores.catalogue import Catalogue
from recs.types import ItemId

Value = TypeVar("Value", bound=Hashable)

NAMES = ("genre", "without_genre", "exclude", "kind", "country", "year")


def is_filtered(asked: Mapping[str, Any]) -> bool:
    """Say whether a filter is set."""
    return any(asked[name] for name in NAMES)


def mask_of(items: ItemView, asked: Mapping[str, Any]) -> Mask:
    """Return which items may be in a list: known items that the filters allow."""
    items.read_on()
    catalogue = items.catalogue
    wanted = (
        _genres(catalogue, asked["genre"]),
        _genres(catalogue, asked["without_genre"]),
        tuple(key_of(each) for each in split(asked["kind"])),
        tuple(key_of(each) for each in split(asked["country"])),
        asked["year"],
    )
    mask = items.mask(_mask, *wanted)
    rows = [catalogue.rows.get(each) for each in ids_of(catalogue, asked["exclude"])]
    excluded = [row for row in rows if row is not None and row < len(mask)]
    if excluded:
        mask = mask.copy()
        mask[excluded] = False
    return mask


def _mask(
    catalogue: Catalogue,
    genres: tuple[str, ...],
    without: tuple[str, ...],
    kinds: tuple[str, ...],
    countries: tuple[str, ...],
    years: tuple[int, int] | None,
) -> Mask:
    mask = known_in(catalogue)
    n_items = len(mask)
    if genres or without:
        mask = mask & _each(
            catalogue.genres[:n_items],
            lambda names: (
                (not genres or not set(genres).isdisjoint(names)) and set(without).isdisjoint(names)
            ),
        )
    if kinds:
        mask = mask & _each(catalogue.kinds[:n_items], lambda name: key_of(name) in kinds)
    if countries:
        mask = mask & _each(
            catalogue.countries[:n_items],
            lambda names: not {key_of(each) for each in names}.isdisjoint(countries),
        )
    if years:
        told = np.array(catalogue.years[:n_items])
        mask = mask & (told >= max(years[0], 1)) & (told <= years[1])
    return mask


def _each(values: Sequence[Value], fits: Callable[[Value], bool]) -> Mask:
    """Return which values fit. `fits` is called once for each different value: there are few."""
    found = {value: fits(value) for value in set(values)}
    return np.fromiter(map(found.__getitem__, values), np.bool_, len(values))


def _genres(catalogue: Catalogue, names: Sequence[str]) -> tuple[str, ...]:
    """Return genres as the catalogue writes them; unknown genres stay as they are."""
    if len(names) == 1 and (found := catalogue.find_genre(names[0])):
        return (found,)
    return tuple(catalogue.find_genre(each) or each for each in split(names))


def ids_of(catalogue: Catalogue, ids: Sequence[str]) -> list[ItemId]:
    """Return ids that came one by one or with commas. A known id that has a comma stays whole."""
    if len(ids) == 1 and catalogue.rows.get(ItemId(ids[0])) is not None:
        return [ItemId(ids[0])]
    return [ItemId(each) for each in split(ids)]

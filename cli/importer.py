"""Brings prepared interactions and titles into the service, by the log, as ingest does."""

import logging
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from redis.exceptions import RedisError

from app.demonstration import make_room
from cli.preparing import Prepared
from cli.ranking import let_wait
from recs.errors import KinolentaError
from recs.interactions import Interaction
from recs.stores import Stores
from recs.stores.catalogue import Catalogue
from recs.stores.log import Kind
from recs.stores.rows import encode
from recs.stores.segments import Span
from recs.types import Generation, ItemId, Json

log = logging.getLogger(__name__)

ROWS_A_WRITE = 5_000
TITLES_A_WRITE = 10_000

Progress = Callable[[int], object]
"""Called with how many rows more are done."""


class GenerationEnded(KinolentaError):
    """A /cleanup came during an import: what was imported is gone."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did.

    interactions: written. known_before: interactions that the log had already. told: new items.
    demo: demonstration items that were removed. erased: interactions from before their user was
    erased, which are left out. in_redis: whether Redis has it all already.
    """

    generation: Generation
    interactions: int
    known_before: int
    told: int
    demo: int
    erased: int
    in_redis: bool


def generation_for_import(stores: Stores) -> Generation:
    """Return the current generation, without Redis the one on disk; begin one if there is none."""
    try:
        return stores.generations.current()
    except RedisError:
        return stores.generations.on_disk() or stores.generations.begin()


def bring_in(
    prepared: Prepared,
    stores: Stores,
    generation: Generation,
    keep_demo: bool = False,
    progress: Progress = lambda count: None,
) -> Imported:
    """Write titles and interactions, then tell Redis.

    keep_demo: leave the demonstration in, if no /cleanup has begun the generation. Interactions
    that the log has already, to the microsecond, are not written again. Raises OSError,
    TooManyGenres, GenerationEnded. What was written before stays; a second try does not double it.
    """
    catalogue = stores.catalogues.of(generation)
    catalogue.refresh()
    went = 0 if keep_demo else make_room(stores, generation, prepared.titles)
    before = catalogue.read_bytes
    told = _tell(prepared.titles, catalogue, progress) if prepared.titles else 0
    with stores.erasures.held_off():
        alive = _without_erased(prepared.interactions, stores)
        new = _not_in_log(alive, stores, generation)
        spans = []
        for start in range(0, len(new), ROWS_A_WRITE):
            some = new[start : start + ROWS_A_WRITE]
            rows = [each.to_row() for each in some]
            spans.append((stores.log.append(generation, Kind.INTERACTIONS, rows), some))
            progress(len(some))
        stores.log.close(Kind.INTERACTIONS)
        in_redis = _tell_redis(spans, stores, generation, progress)
    if (stores.generations.on_disk() or generation) != generation:
        raise GenerationEnded("a /cleanup came in between: import once more")
    told = told if catalogue.read_bytes > before else 0
    known, erased = len(alive) - len(new), len(prepared.interactions) - len(alive)
    return Imported(generation, len(new), known, told, went, erased, in_redis)


def _tell(titles: Mapping[ItemId, Json], catalogue: Catalogue, progress: Progress) -> int:
    """Add items to the catalogue; return how many are new."""
    entries = list(titles.items())
    rows = {item: catalogue.rows.get(item) for item in titles}
    new = sum(row is None or not catalogue.is_added(row) for row in rows.values())
    for start in range(0, len(entries), TITLES_A_WRITE):
        some = entries[start : start + TITLES_A_WRITE]
        catalogue.change(some)
        progress(len(some))
    return new


def _without_erased(interactions: Sequence[Interaction], stores: Stores) -> list[Interaction]:
    """Leave out interactions from before their user was erased: a file may still have them."""
    if not len(stores.erasures):
        return list(interactions)
    erased = {
        user: stores.erasures.erased_at(user) for user in {each.user for each in interactions}
    }
    return [each for each in interactions if each.timestamp > erased[each.user]]


def _not_in_log(
    interactions: Sequence[Interaction], stores: Stores, generation: Generation
) -> list[Interaction]:
    """Leave out interactions whose line is in the log already."""
    seen = array("q")
    for segment in stores.log.sizes(generation, Kind.INTERACTIONS):
        for _, lines in stores.log.read(generation, segment):
            seen.extend(map(hash, lines))
    if not seen:
        return list(interactions)
    keys = [hash(encode([each.to_row()]).removesuffix(b"\n")) for each in interactions]
    is_new = ~np.isin(np.array(keys, np.int64), np.frombuffer(seen, np.int64))
    return [each for each, new in zip(interactions, is_new.tolist(), strict=True) if new]


def _tell_redis(
    spans: Sequence[tuple[Span, list[Interaction]]],
    stores: Stores,
    generation: Generation,
    progress: Progress,
) -> bool:
    """Record what was logged, and have its users ranked. False: Redis reads the log later."""
    try:
        stores.redis.ping()
        for span, some in spans:
            stores.replay.apply(generation, span, some, wait=False)
            progress(len(some))
        said = ((each.user, each.timestamp) for _, some in spans for each in some)
        let_wait(stores, generation, said)
    except RedisError as error:
        log.info("Redis reads it from the log later: %s", error)
        return False
    return True

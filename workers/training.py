"""Models, from the log to everyone: train, judge, keep, publish, have the lists ranked again."""

import logging
from time import time
from typing import TYPE_CHECKING

from recs.errors import ModelUnreadable
from recs.evaluation import judge
from recs.factors import Model
from recs.settings import Settings
from recs.stores import Stores
from recs.stores.keys import Keys
from recs.stores.locks import alone
from recs.stores.log import Kind
from recs.stores.models import Choice, Version
from recs.training import train_model
from recs.types import Generation
from workers import celery, settings, stores, vectors

if TYPE_CHECKING:
    from recs.stores.vectors import Vectors

log = logging.getLogger(__name__)

LOCK_SECONDS = 30.0
"""So long after the death of a worker another one may train."""


@celery.task(name="train", acks_late=False)
def train() -> None:
    """Train a new version, if there is anything new to learn."""
    learn(stores(), vectors(), settings())


def learn(stores: Stores, vectors: "Vectors", settings: Settings) -> Version | None:
    """Train, keep and perhaps publish a version; None if there is nothing new, or nobody likes.

    One process at a time does it. A training whose generation ended meanwhile leaves nothing.
    """
    generation = stores.generations.current()
    lock = Keys(settings.namespace, generation).lock("train")
    with alone(stores.redis, lock, LOCK_SECONDS, renewed=True) as mine:
        if not mine:
            log.info("another worker is training")
            return None
        return _learn(generation, stores, vectors, settings)


def publish(
    generation: Generation,
    choice: Choice,
    model: Model,
    stores: Stores,
    vectors: "Vectors",
    settings: Settings,
) -> None:
    """Make a version the current one, and have the lists of active viewers ranked with it."""
    vectors.publish(generation, choice.number, model)
    stores.models.choose(generation, choice)
    stores.viewers.mark_stale(generation, seen_since=time() - settings.active_seconds)


def _learn(generation: Generation, stores: Stores, vectors: "Vectors", settings: Settings) -> Version | None:
    choice = stores.models.current(generation)
    current = _load(stores, generation, choice)
    read_bytes = _bytes_to_learn_from(stores, generation)
    versions = stores.models.versions(generation)
    if versions and versions[-1].read_bytes == read_bytes:
        if choice and current:
            vectors.publish(generation, choice.number, current)  # Qdrant may have lost it
        return None
    trained = train_model(
        stores.log.read_interactions(generation),
        stores.log.read_catalogue(generation),
        current,
        settings.training,
        seed=len(versions),
    )
    if trained is None or stores.generations.current() != generation:
        return None
    model, report = trained
    pinned = bool(choice and choice.pinned)
    verdict = judge(report.quality, report.previous_quality, pinned, settings.training)
    parent = choice.number if choice and current else None
    version = stores.models.save(generation, model, report, verdict, parent, read_bytes)
    log.info("version %d after %.1f s: %s", version.number, report.seconds, verdict.reason)
    if verdict.published:
        publish(generation, Choice(version.number), model, stores, vectors, settings)
    stores.models.prune(generation)
    return version


def _load(stores: Stores, generation: Generation, choice: Choice | None) -> Model | None:
    """Load the current model; with a damaged one, training begins from nothing."""
    if choice is None:
        return None
    try:
        return stores.models.load(generation, choice.number)
    except ModelUnreadable as error:
        log.error("%s: training begins from nothing", error)
        return None


def _bytes_to_learn_from(stores: Stores, generation: Generation) -> int:
    """Return the length of log and catalogue. Taken before they are read: what comes meanwhile
    is new to the next training.
    """
    kinds = (Kind.INTERACTIONS, Kind.CATALOGUE)
    sizes = stores.log.sizes(generation)
    return sum(size for segment, size in sizes.items() if segment.startswith(kinds))

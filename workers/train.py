"""Makes models from the window: fit, decide, save, promote, publish."""

import logging
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from redis.lock import Lock

from recs.errors import ArraysUnreadable, ModelUnreadable
from recs.stores import Stores
from recs.stores.arrays_file import map_arrays
from recs.stores.keys import Keys
from recs.stores.locks import alone, is_held
from recs.stores.models import Choice, Version
from recs.training.dataset import Dataset
from recs.training.promotion import decide
from recs.types import Generation, Json
from workers import celery, stores, vectors

if TYPE_CHECKING:
    from recs.stores.vectors import Vectors
    from recs.training.model import Model

log = logging.getLogger(__name__)

LOCK_SECONDS = 30.0
"""How long after a worker's death another one may train."""


@celery.task(name="train", acks_late=False)
def train() -> None:
    """Make a new version, if there is anything new to learn."""
    make_version(stores(), vectors())


def make_version(stores: Stores, vectors: "Vectors") -> Version | None:
    """Fit, save and perhaps promote a version; None if there is nothing new, or no like.

    One process at a time does it. A fit whose generation ends meanwhile is thrown away.
    """
    generation = stores.generations.current()
    lock = Keys(stores.settings.namespace, generation).lock("train")
    with alone(stores.redis, lock, LOCK_SECONDS) as held:
        if held is None:
            log.info("another worker is training")
            return None
        version = _make_version(generation, held, stores, vectors)
        publish_ease(generation, held, stores)
        return version


def publish_ease(generation: Generation, lock: Lock, stores: Stores) -> bool:
    """Fit EASE, if there are enough new likes; say whether it was published.

    It is stored with the statistics: each fit begins from nothing, and no older version is needed.
    """
    # Here, for the same reason as in _make_version.
    from recs.stores.published import PublishedStatistics
    from recs.training.ease import fit_trusted_ease
    from recs.training.snapshot import for_ease

    published = PublishedStatistics(stores.statistics, generation)
    published.refresh()
    window = _window(stores, generation)
    if window is None or published.statistics is None:
        return False
    settings = stores.settings
    likes, rates = for_ease(window[0], published.statistics, settings.ranking.watched_weight)
    before = stores.statistics.newest(generation, "ease")
    known = before[2].get("likes", 0) if before else 0
    training = settings.training
    if abs(len(likes.rows) - known) <= training.ease_growth * known:
        return False
    rng = np.random.default_rng(len(likes.rows))
    ease = fit_trusted_ease(likes, rates, training.ease_items, training.ease_regularization, rng)
    if stores.generations.current() != generation or not is_held(lock):
        return False
    arrays: dict[str, NDArray[Any]] = {"rows": ease.rows, "weights": ease.weights}
    meta = {"trust": ease.trust, "old": ease.old, "likes": len(likes.rows)}
    stores.statistics.publish(generation, "ease", arrays, meta, durable=True)
    log.info("EASE of %d items is trusted %g times", len(ease.rows), ease.trust)
    return True


def promote(
    generation: Generation, choice: Choice, model: "Model", stores: Stores, vectors: "Vectors"
) -> None:
    """Make a version the current one.

    Rankers notice it, and rank users again by the age of their slates: ranking all of them at once
    would delay everybody.
    """
    vectors.publish(generation, choice.number, model)
    stores.models.choose(generation, choice)


def _make_version(
    generation: Generation, lock: Lock, stores: Stores, vectors: "Vectors"
) -> Version | None:
    # Here, since LightFM and scipy cost 50 MB, and `kinolenta models` imports this module, too.
    from recs.training.fitting import fit

    window = _window(stores, generation)
    if window is None:
        return None
    dataset = Dataset.from_arrays(*window)
    choice = stores.models.current(generation)
    current = _load(stores, generation, choice)
    versions, fingerprint = stores.models.versions(generation), dataset.fingerprint()
    is_learned = versions and versions[-1].fingerprint == fingerprint
    if choice and current and is_learned and not _is_left_behind(choice, versions[-1]):
        vectors.publish(generation, choice.number, current)  # Qdrant may have lost it
        return None
    settings = stores.settings
    weight = settings.ranking.watched_weight
    fitted = fit(dataset, current, settings.training, len(versions), weight)
    if fitted is None:
        return None
    is_over = stores.generations.current() != generation or not is_held(lock)
    now = stores.models.current(generation), stores.models.versions(generation)
    if is_over or now != (choice, versions):
        log.info("a fit is thrown away: its generation is over, or another worker trains")
        return None
    model, report = fitted
    pinned = bool(choice and choice.pinned and current)
    promotion = decide(report.quality, report.previous_quality, pinned, settings.training)
    parent = choice.number if choice and current else None
    version = stores.models.save(generation, model, report, promotion, parent, fingerprint)
    _forget_erased(stores, generation, dataset.erasures)
    if stores.generations.current() != generation:
        stores.models.drop(generation)  # it may have been purged while this was saved
        return None
    log.info("version %d after %.1f s: %s", version.number, report.seconds, promotion.reason)
    if promotion.promoted:
        promote(generation, Choice(version.number), model, stores, vectors)
    stores.models.prune(generation)
    return version


def _is_left_behind(choice: Choice, newest: Version) -> bool:
    """Say whether the newest version was to be promoted, and was not: the disk was full, say."""
    return newest.promotion.promoted and choice.number < newest.number and not choice.pinned


def _forget_erased(stores: Stores, generation: Generation, place: int) -> None:
    """Take users who were erased after the snapshot that was fitted out of all models.

    place: how many erasures the snapshot had seen.
    """
    digests, _ = stores.erasures.since(place)
    if digests:
        stores.models.forget(generation, lambda user: stores.erasures.is_one_of(user, digests))


def _window(stores: Stores, generation: Generation) -> tuple[dict[str, NDArray[Any]], Json] | None:
    """Map the newest snapshot of the statistics worker; None before the first."""
    path = stores.statistics.window(generation)
    try:
        return map_arrays(path)
    except FileNotFoundError:
        return None
    except ArraysUnreadable as error:
        log.error("%s: training waits for the next", error)
        return None


def _load(stores: Stores, generation: Generation, choice: Choice | None) -> "Model | None":
    """Load the current model; with a damaged one, training begins from nothing."""
    if choice is None:
        return None
    try:
        return stores.models.load(generation, choice.number)
    except ModelUnreadable as error:
        log.error("%s: training begins from nothing", error)
        return None

"""Takes interactions from the queue to the log and to Redis, and asks for a ranking."""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from threading import Thread
from time import time
from typing import Any

from celery.signals import worker_ready

from recs.errors import BadInteraction
from recs.interactions import Interaction
from recs.stores import Stores
from recs.stores.log import Kind
from recs.types import Generation
from workers import ask_for_ranking, celery, metrics, settings, stores
from workers.batching import Batches, Received
from workers.dead_letters import set_aside
from workers.erased import without_erased
from workers.queues import SENT_AT
from workers.stranded import move_stranded
from workers.tracing import remember_requests, tell_logged

log = logging.getLogger(__name__)


@worker_ready.connect
def _look_into_the_other_broker(**_: object) -> None:
    Thread(target=move_stranded, args=(settings(), celery), name="stranded", daemon=True).start()


@celery.task(
    base=Batches,
    name="ingest",
    flush_every=settings().batch_size,
    flush_interval=settings().batch_seconds,
)
def ingest(batch: Sequence[Received]) -> bool:
    """Take a batch of messages, each (generation, rows). Returns True when all of it is safe."""
    remember_requests(batch, stores())
    with stores().erasures.held_off():
        take(without_erased(batch, stores()), stores(), since=oldest(batch))
    tell_logged(batch)
    return True


def oldest(batch: Sequence[Received]) -> float | None:
    """Return when the first of these was sent (s); None if no sender has told."""
    sent = (each.headers.get(SENT_AT) for each in batch)
    return min((at for at in sent if isinstance(at, int | float)), default=None)


def take(messages: Iterable[Sequence[Any]], stores: Stores, since: float | None = None) -> None:
    """Log the interactions of these messages, then tell Redis, and ask for a ranking.

    since: when the first of the messages was sent; from then on their users wait.
    Raises OSError if the log cannot be written: the messages must come again. Once they are
    logged, they are safe: what Redis misses, `reconcile` replays.
    """
    for generation, interactions in _by_generation(messages, stores).items():
        rows = [interaction.to_row() for interaction in interactions]
        span = stores.log.append(generation, Kind.INTERACTIONS, rows)
        _count(interactions, since)
        try:
            # An old one needs no slates; what is recorded of it within the lease is purged.
            if stores.lease.is_current(generation):
                stores.replay.apply(generation, span, interactions, since)
                ask_for_ranking(stores, generation)
        except Exception as error:  # a mistake of ours, too: what is logged must not come again
            text = "Redis will learn of %d interactions later: %s"
            log.warning(text, len(rows), error, exc_info=error)


def _count(interactions: Sequence[Interaction], since: float | None) -> None:
    for action, count in Counter(each.action for each in interactions).items():
        metrics.INGESTED.labels(action.value).inc(count)
    if since is not None:
        metrics.INGEST_DELAY.observe(max(time() - since, 0.0))
        metrics.INGESTED_UNTIL.set(since)


def _by_generation(
    messages: Iterable[Sequence[Any]], stores: Stores
) -> dict[Generation, list[Interaction]]:
    """Read the messages. What is no interaction is set aside."""
    interactions: dict[Generation, list[Interaction]] = defaultdict(list)
    bad: list[tuple[str, object]] = []
    on_disk = stores.generations.on_disk() or Generation(0)  # asked once: it lists a folder
    for message in messages:
        try:
            generation, rows = _opened(message, on_disk, stores)
        except BadInteraction as error:
            bad.append((error.reason, message))
            continue
        for row in rows:
            try:
                interaction = Interaction.from_row(row)
            except BadInteraction as error:
                bad.append((error.reason, row))
            else:
                interactions[generation or _now(stores)].append(interaction)
    for reason, content in bad:  # not before: what raises above has all of them come again
        set_aside(stores, reason, content)
    return interactions


def _opened(
    message: Sequence[Any], on_disk: Generation, stores: Stores
) -> tuple[Generation, list[Any]]:
    match message:
        case [bool(), _]:
            pass  # Python takes it for a number
        case [int(generation), list(rows)] if generation >= 0 and (
            generation <= on_disk or generation <= stores.generations.current()
        ):
            return Generation(generation), rows
        case [int(), list()]:
            raise BadInteraction("of a generation that has not begun")
    raise BadInteraction("not a message of (generation, rows)")


def _now(stores: Stores) -> Generation:
    """Return the generation for what was stamped while neither Redis nor the disk knew of one."""
    return stores.generations.on_disk() or stores.generations.current()

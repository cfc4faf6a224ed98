"""Model versions by hand: what `kinolenta models` does."""

import json
from dataclasses import asdict
from time import localtime, strftime

from click import ClickException

from recs.errors import ModelUnreadable
from recs.stores import Stores
from recs.stores.keys import Keys
from recs.stores.locks import alone
from recs.stores.models import Choice, Version
from recs.stores.vectors import Vectors
from recs.types import Generation
from workers.train import LOCK_SECONDS, promote


def list_versions(stores: Stores) -> str:
    """Return the versions that are kept, a line each, the newest first."""
    generation = _on_disk(stores)
    choice = stores.models.current(generation)
    columns = "version, created, held-back AUC, interactions, promoted, why"
    lines = [f"generation {generation}: {columns}"]
    for version in reversed(stores.models.versions(generation)):
        if stores.models.is_kept(generation, version.number):
            lines.append(_line(version, choice))
    return "\n".join(lines)


def _line(version: Version, choice: Choice | None) -> str:
    created = strftime("%Y-%m-%d %H:%M:%S", localtime(version.created))
    quality = version.report.quality
    auc = f"{quality.auc:.3f}" if quality else "-"
    promoted = "yes" if version.promotion.promoted else "no"
    mark = ""
    if choice and choice.number == version.number:
        mark = " <- current, pinned" if choice.pinned else " <- current"
    return (
        f"{version.number:>6}  {created}  {auc}  {version.report.interactions:>8}  "
        f"{promoted:>3}  {version.promotion.reason}{mark}"
    )


def show(stores: Stores, number: int | None) -> str:
    """Return all that is known of a version, as JSON; None: of the current one.

    Raises ClickException.
    """
    generation = _on_disk(stores)
    choice = stores.models.current(generation)
    if number is None and choice is None:
        raise ClickException("there is no version yet")
    wanted = choice.number if number is None and choice else number
    for version in stores.models.versions(generation):
        if version.number == wanted:
            return json.dumps(asdict(version), indent=1)
    raise ClickException(f"version {wanted} is not known")


def roll_back(stores: Stores, vectors: Vectors, number: int | None) -> str:
    """Make a version the current one, and pin it; None: the one promoted before.

    Returns what was done. Raises ClickException, RedisError.
    """
    generation = stores.generations.current()
    lock = Keys(stores.settings.namespace, generation).lock("train")
    with alone(stores.redis, lock, LOCK_SECONDS) as held:
        if held is None:
            raise ClickException("a training is under way: try again in a few seconds")
        number = _before_current(stores, generation) if number is None else number
        if not stores.models.is_kept(generation, number):
            raise ClickException(
                f"there is no version {number}, or not any more: see the list of models"
            )
        try:
            model = stores.models.load(generation, number)
            stores.models.item_vectors(generation, number)  # rankers must be able to map it
        except (ModelUnreadable, OSError) as error:
            raise ClickException(str(error)) from error
        promote(generation, Choice(number, pinned=True), model, stores, vectors)
    return f"version {number} is current, and stays so until a training does better"


def _on_disk(stores: Stores) -> Generation:
    """Return the generation to look at: what has been fitted is on disk, and needs no Redis."""
    return stores.generations.on_disk() or Generation(0)


def _before_current(stores: Stores, generation: Generation) -> int:
    """Return the version that the current one went on from, if it is still here.

    Else the newest that was promoted before it.
    """
    choice = stores.models.current(generation)
    kept = {
        each.number: each
        for each in stores.models.versions(generation)
        if stores.models.is_kept(generation, each.number)
    }
    current = kept.get(choice.number) if choice else None
    if current and current.parent in kept:
        return current.parent
    earlier = [
        number
        for number, each in kept.items()
        if choice and number < choice.number and each.promotion.promoted
    ]
    if not earlier:
        raise ClickException("there is no earlier version")
    return earlier[-1]

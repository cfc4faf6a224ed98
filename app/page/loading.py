"""Loading the page's items into the recommender, in the background.

The page loads by itself only into an empty catalogue before the first /cleanup: items after a
/cleanup belong to the client that called it. The progress is on disk, so a loading that was
interrupted goes on after the next start.
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from app.page.client import GenerationOver, Refused, ServiceDown, Services
from app.page.items import Item, Items

BATCH = 1000
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.25, 5.0

Answer = TypeVar("Answer")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Progress:
    """One loading. phase: idle, waiting, loading, done, not needed, given up, refused."""

    phase: str = "idle"
    sent: int = 0
    total: int = 0
    generation: int | None = None

    @property
    def under_way(self) -> bool:
        """Return whether the loading still runs."""
        return self.phase in ("waiting", "loading")


class Loader:
    """Loads items, of this page's one process. The constructor starts nothing."""

    def __init__(self, services: Services, items: Items, data_dir: Path) -> None:
        self._services = services
        self._items = list(items.values())
        self._path = data_dir / "page-loading.json"
        self._not_started = threading.Semaphore()
        self._alone = threading.Lock()
        self._is_asked = False
        """Somebody has asked for the items, and no loading has begun since."""

    def progress(self) -> Progress:
        """Return the progress of the newest loading; `idle` if there is none."""
        try:
            return Progress(**json.loads(self._path.read_text()))
        except (OSError, ValueError, TypeError):
            return Progress()

    def start_once(self) -> None:
        """Run `load_if_empty` in the background; the second call in a process does nothing."""
        if self._not_started.acquire(blocking=False):
            _in_background(self.load_if_empty)

    def start_again(self) -> None:
        """Load in the background, whatever the catalogue holds, however often this is asked for."""
        if not self._is_asked:
            self._is_asked = True
            _in_background(self._load_if_asked)

    def load_if_empty(self) -> None:
        """Load into an empty catalogue before the first /cleanup.

        Also continues a loading that was interrupted.
        """
        with self._alone:
            before = self.progress()
            waiting = self._begin()
            catalogue = self._wait_for(self._services.catalogue)
            generation = catalogue["generation"]
            was_cut_short = before.phase == "loading" and before.generation == generation
            is_ours = catalogue["first"] and (was_cut_short or not catalogue["items"])
            is_asked, self._is_asked = self._is_asked, False
            if is_ours or is_asked:
                self._send(waiting, generation)
            else:
                self._write(replace(waiting, phase="not needed", generation=generation))

    def _load_if_asked(self) -> None:
        """Load, unless what was under way has done it meanwhile."""
        with self._alone:
            if self._is_asked:
                self._is_asked = False
                self._send(self._begin(), self._wait_for(self._services.catalogue)["generation"])

    def _begin(self) -> Progress:
        return self._write(Progress("waiting", total=len(self._items)))

    def _send(self, progress: Progress, generation: int) -> None:
        """Send all items in batches, until somebody calls /cleanup."""
        progress = self._write(replace(progress, phase="loading", generation=generation))
        for batch in self._batches():
            ids = [item.item_id for item in batch]
            # None keeps values that somebody else has added.
            genres = [item.genres or None for item in batch]
            told: dict[str, list[Any]] = {
                "titles": [item.name for item in batch],
                "years": [item.year for item in batch],
                "kinds": [item.kind for item in batch],
                "countries": [item.countries or None for item in batch],
                "people": [[each.name for each in item.people] or None for item in batch],
                "links": [item.imdb or None for item in batch],
            }
            try:
                self._wait_for(partial(self._services.add_items, generation, ids, genres, **told))
            except GenerationOver:
                self._write(replace(progress, phase="given up"))
                return
            except Refused:
                log.exception("the recommender refused the page's items")
                self._write(replace(progress, phase="refused"))
                return
            progress = self._write(replace(progress, sent=progress.sent + len(batch)))
        self._write(replace(progress, phase="done"))
        log.info("loaded %d items into the recommender", progress.sent)

    def _batches(self) -> Iterator[list[Item]]:
        for first in range(0, len(self._items), BATCH):
            yield self._items[first : first + BATCH]

    def _wait_for(self, call: Callable[[], Answer]) -> Answer:
        """Repeat a call until the service answers, with growing pauses."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                return call()
            except ServiceDown:
                time.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _write(self, progress: Progress) -> Progress:
        """Replace the progress on disk atomically."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(progress)))
        draft.replace(self._path)
        return progress


def _in_background(work: Callable[[], None]) -> None:
    threading.Thread(target=work, daemon=True, name="loading").start()

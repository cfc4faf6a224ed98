"""Loading the page's titles into the recommender: in the background, and never unasked twice."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from app.page.client import GenerationOver, Refused, ServiceDown, Services
from app.page.progress import Progress, alone, read_progress, start_of_page, write_progress
from app.page.titles import Title, Titles

BATCH = 1000
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.25, 5.0

Answer = TypeVar("Answer")
log = logging.getLogger(__name__)


class Loader:
    """Loads titles, one process at a time; every process of the page sees the progress.

    By itself only once after a start of the page, and only into an empty catalogue before the first
    /cleanup: what comes after one belongs to whoever cleaned up.
    """

    def __init__(self, services: Services, titles: Titles, data_dir: Path) -> None:
        self._services = services
        self._titles = list(titles.values())
        self._folder = data_dir

    def progress(self) -> Progress:
        """Return how far the newest loading is."""
        return read_progress(self._folder)

    def start(self) -> None:
        """Load into an empty catalogue in the background, once per start of the page."""
        self._in_background(self._at_start)

    def load(self) -> None:
        """Load in the background at a person's word, whatever the catalogue holds."""
        self._in_background(self._at_a_word)

    def _in_background(self, work: Callable[[Progress], None]) -> None:
        threading.Thread(target=self._alone, args=(work,), daemon=True, name="loading").start()

    def _alone(self, work: Callable[[Progress], None]) -> None:
        with alone(self._folder) as nobody_else:
            if nobody_else:
                work(self.progress())

    def _at_start(self, before: Progress) -> None:
        start = start_of_page()
        if before.start == start and not before.under_way:
            return
        progress = self._begin(start)
        known = self._patiently(self._services.catalogue)
        was_cut_short = before.phase == "loading" and before.generation == known["generation"]
        if was_cut_short or (known["first"] and not known["items"]):
            self._send(progress, known["generation"])
        else:
            self._write(replace(progress, phase="not needed", generation=known["generation"]))

    def _at_a_word(self, _before: Progress) -> None:
        progress = self._begin(start_of_page())
        self._send(progress, self._patiently(self._services.catalogue)["generation"])

    def _begin(self, start: str) -> Progress:
        return self._write(Progress(start, "waiting", total=len(self._titles)))

    def _send(self, progress: Progress, generation: int) -> None:
        """Send all titles in batches, as long as nobody cleans up in between."""
        progress = self._write(replace(progress, phase="loading", generation=generation))
        for batch in self._batches():
            try:
                self._patiently(partial(self._add, generation, batch))
            except GenerationOver:
                self._write(replace(progress, phase="given up"))
                return
            except Refused:
                log.exception("the page's titles were refused")
                self._write(replace(progress, phase="refused"))
                return
            progress = self._write(replace(progress, sent=progress.sent + len(batch)))
        self._write(replace(progress, phase="done"))
        log.info("loaded %d titles into the recommender", progress.sent)

    def _batches(self) -> Iterator[list[Title]]:
        for first in range(0, len(self._titles), BATCH):
            yield self._titles[first : first + BATCH]

    def _add(self, generation: int, batch: list[Title]) -> None:
        ids, genres = [title.item_id for title in batch], [title.genres for title in batch]
        self._services.add(generation, ids, genres)

    def _patiently(self, call: Callable[[], Answer]) -> Answer:
        """Wait for a service that is not up yet, asking less and less often."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                return call()
            except ServiceDown:
                time.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _write(self, progress: Progress) -> Progress:
        write_progress(self._folder, progress)
        return progress

"""Item statistics: one process tails the log, counts, and publishes for all rankers."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from time import monotonic, sleep, time

import numpy as np
from redis.lock import Lock

from recs.errors import ArraysUnreadable
from recs.ranking.genres import GenreTable
from recs.ranking.item_statistics import (
    ItemStatistics,
    similarity_from_arrays,
    similarity_to_arrays,
)
from recs.ranking.ragged import Ragged
from recs.ranking.window import Window
from recs.settings import Settings
from recs.stores import Stores
from recs.stores.catalogue import Catalogue
from recs.stores.keys import Keys
from recs.stores.locks import alone
from recs.stores.log import Kind
from recs.training import snapshot
from recs.types import Generation, Json
from workers import celery, settings, stores

log = logging.getLogger(__name__)

RUN_SECONDS = 0.45
"""A task counts again and again for so long; the next one is half a second away."""
COUNT_SECONDS = 0.1
"""Pause between two counts, while something happens."""
BUSY_SHARE = 4
"""After a count that took long, so many times as long is left to others."""
REFRESH_SECONDS = 1.0
"""Pause between two thorough refreshes."""
SNAPSHOT_SECONDS = 15.0
SNAPSHOT_BUSY_SHARE = 30
LOCK_SECONDS = 6.0
"""After the death of a statistics worker another one takes over within ten seconds."""
TOP_LENGTH = 100
SIGNS = {"like": 1, "dislike": -1, "undo": 0}


@celery.task(name="statistics")
def statistics() -> None:
    """Publish what has happened, unless another process does it."""
    _of_this_process().run()


class StatisticsWorker:
    """Publishes the statistics of the current generation, as long as it holds the lock."""

    def __init__(
        self, stores: Stores, settings: Settings, clock: Callable[[], float] = monotonic
    ) -> None:
        self._stores = stores
        self._settings = settings
        self._clock = clock
        self._counting: Counting | None = None
        self._holding: AbstractContextManager[Lock | None] | None = None
        self._lock: Lock | None = None

    def run(self, seconds: float = RUN_SECONDS) -> None:
        """Count and publish for a while. Does nothing while another process holds the lock."""
        end = self._clock() + seconds
        while self._holds_lock():
            began = self._clock()
            self._follow().publish_news()
            pause = max(COUNT_SECONDS, BUSY_SHARE * (self._clock() - began))
            if self._clock() + pause >= end:
                return
            sleep(pause)

    def release(self) -> None:
        """Let another process take over."""
        if self._holding is not None:
            self._holding.__exit__(None, None, None)
        self._holding = self._lock = self._counting = None

    def _holds_lock(self) -> bool:
        """Take the lock, or see that it is still ours: we may have hung while it expired."""
        if self._lock is not None and self._lock.owned():
            return True
        self.release()
        name = Keys(self._settings.namespace, Generation(0)).lock("statistics")
        self._holding = alone(self._stores.redis, name, LOCK_SECONDS)
        self._lock = self._holding.__enter__()
        return self._lock is not None

    def _follow(self) -> "Counting":
        """Return the counting of the current generation; begin it if there is none."""
        generation = self._stores.generations.current()
        if self._counting is None or self._counting.generation != generation:
            self._counting = Counting(generation, self._stores, self._settings, self._clock)
        return self._counting


class Counting:
    """One generation's window, and how far the log was read."""

    def __init__(
        self, generation: Generation, stores: Stores, settings: Settings, clock: Callable[[], float]
    ) -> None:
        self.generation = generation
        self._stores = stores
        self._settings = settings
        self._clock = clock
        self._window = Window(settings.ranking, settings.statistics_window, seed=generation)
        self._catalogue = stores.catalogues.of(generation)
        self._items_read = -1
        self._genres = GenreTable(Ragged.of([]), ())
        self._position: Json = {"offsets": {}, "totals": {}}
        self._number = self._newest("statistics")
        self._similarity_number = self._newest("similarity")
        self._similarity: object = None
        self._refreshed = self._saved = -float("inf")
        self._save_pause = SNAPSHOT_SECONDS
        self._is_published = self._is_saved = self._is_thorough = False
        self._restore()

    def publish_news(self) -> bool:
        """Read what is new, count it, publish it. Returns whether there was anything to publish."""
        has_news = self._read()
        is_due = self._clock() - self._refreshed >= REFRESH_SECONDS
        if has_news or not self._is_published or (is_due and not self._is_thorough):
            self._publish(thoroughly=is_due)
        if not self._is_saved and self._clock() - self._saved >= self._save_pause:
            self._save()
        return has_news

    def _read(self) -> bool:
        """Take in what was appended to catalogue and log since the last time."""
        self._catalogue.refresh()
        has_items = self._take_items()
        totals, offsets = self._position["totals"], self._position["offsets"]
        rows_before = sum(totals.get(name, 0) for name in ("interactions", "lists"))
        for kind, take in (
            (Kind.INTERACTIONS, self._take_interaction),
            (Kind.IMPRESSIONS, self._take_impressions),
        ):
            for span, rows in self._stores.log.tail(self.generation, kind, offsets):
                for row in rows:
                    take(row)
                offsets[span.segment] = span.after
        has_events = sum(totals.get(name, 0) for name in ("interactions", "lists")) > rows_before
        if has_items or has_events:
            self._is_saved = self._is_thorough = False
        return has_items or has_events

    def _take_interaction(self, row: list[str]) -> None:
        user, item, action, timestamp = row
        place = self._catalogue.row_or_none(item)  # type: ignore[arg-type]
        if place is None:
            (place,) = self._catalogue.rows_of([item])  # type: ignore[list-item]
        self._window.record_interaction(user, place, SIGNS[action], float(timestamp))  # type: ignore[arg-type]
        self._add("interactions")
        if action == "undo":
            self._add("undone")

    def _take_impressions(self, row: list[str]) -> None:
        user, rows, _ = row
        places = list(map(int, rows.split(" ")))
        self._window.record_impressions(user, places)  # type: ignore[arg-type]
        self._add("lists")
        self._add("impressions", len(places))

    def _add(self, name: str, count: int = 1) -> None:
        totals = self._position["totals"]
        totals[name] = totals.get(name, 0) + count

    def _take_items(self) -> bool:
        """Give the window the catalogue, if it has changed."""
        if self._catalogue.read_bytes == self._items_read:
            return False
        self._items_read = self._catalogue.read_bytes
        self._genres = genre_table(self._catalogue)
        known = np.frombuffer(bytes(self._catalogue.known), np.uint8).astype(np.bool_)
        self._window.set_items(known, self._genres)
        return True

    def _publish(self, thoroughly: bool) -> None:
        began = self._clock()
        result = self._window.refresh(thoroughly)
        if thoroughly:
            self._refreshed, self._is_thorough = self._clock(), not self._window.n_waiting
        if result.similarity is not self._similarity:
            self._similarity_number += 1
            self._put("similarity", self._similarity_number, similarity_to_arrays(result.similarity))
            self._similarity = result.similarity
        arrays, meta = result.to_arrays()
        self._number += 1
        figures = self._figures(result) | {"refresh_seconds": self._clock() - began}
        self._stores.statistics.publish(
            self.generation, "statistics", self._number, arrays, meta | {"figures": figures}
        )
        self._is_published = True

    def _figures(self, statistics: ItemStatistics) -> Json:
        """Return what the dashboard shows: sums over the generation, the most liked items."""
        counts, known = statistics.counts, statistics.known
        shown = self._window.ever_shown()[: len(known)] & known
        totals = {
            **dict.fromkeys(("interactions", "undone", "lists", "impressions"), 0),
            **self._position["totals"],
            "likes": int(counts.total_likes),
            "dislikes": int(counts.total_dislikes),
        }
        return {
            "time": time(),
            "totals": totals,
            "coverage": float(shown.sum() / max(known.sum(), 1)),
            "top_liked": self._top(counts.likes),
            "top_shown": self._top(counts.impressions),
            "window": len(self._window),
            "users": self._window.n_users,
            "similarity_waiting": self._window.n_waiting,
        }

    def _top(self, counts: "np.ndarray") -> list[Json]:  # type: ignore[type-arg]
        """Return the items with the highest counts: the hundred most liked, say."""
        size = min(TOP_LENGTH, len(counts))
        best = np.argpartition(-counts, size - 1)[:size] if size else np.zeros(0, np.int64)
        best = best[np.argsort(-counts[best], kind="stable")]
        ids = self._catalogue.ids
        return [
            {"item_id": ids[row], "count": int(counts[row])}
            for row in best.tolist()
            if counts[row] > 0 and row < len(ids)
        ]

    def _save(self) -> None:
        """Write the window to disk, for training and for the next worker."""
        began = self._clock()
        arrays, meta = snapshot.to_arrays(
            self._window,
            self._genres,
            self._number,
            self._position["totals"].get("interactions", 0),
            self._position,
        )
        self._stores.statistics.publish(
            self.generation, "window", self._number, arrays, meta, durable=True
        )
        self._saved, self._is_saved = self._clock(), True
        self._save_pause = max(SNAPSHOT_SECONDS, SNAPSHOT_BUSY_SHARE * (self._saved - began))

    def _restore(self) -> None:
        """Go on from the newest snapshot, and from the similarity that was published last."""
        saved = self._stores.statistics.newest(self.generation, "window")
        if saved is not None:
            try:
                self._position = snapshot.restore(self._window, saved[1], saved[2])
            except (KeyError, ValueError, ArraysUnreadable) as error:
                log.warning("the window is read from the log anew: %s", error)
        similar = self._stores.statistics.newest(self.generation, "similarity")
        if similar is not None:
            self._window.seed_similarity(similarity_from_arrays(similar[1]))

    def _put(self, name: str, number: int, arrays: "dict[str, np.ndarray]") -> None:  # type: ignore[type-arg]
        self._stores.statistics.publish(self.generation, name, number, arrays, {})

    def _newest(self, name: str) -> int:
        return self._stores.statistics.newest_number(self.generation, name) or 0


def genre_table(catalogue: Catalogue) -> GenreTable:
    """Return the genres of all items, by row; columns in order of first sight."""
    columns: dict[str, int] = {}
    rows = [
        [columns.setdefault(name, len(columns)) for name in genres]
        for genres in list(catalogue.genres)
    ]
    return GenreTable(Ragged.of(rows), list(columns))


@cache
def _of_this_process() -> StatisticsWorker:
    return StatisticsWorker(stores(), settings())

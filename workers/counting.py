"""Counts one generation: reads on in the log, counts in the window, publishes, saves."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, zip_longest
from time import monotonic, time

import numpy as np

from recs.errors import ArraysUnreadable
from recs.interactions import DISLIKED, LIKED, SIGNED_RATINGS, WATCHED, Action
from recs.ranking.item_statistics import (
    ItemStatistics,
    similarity_from_arrays,
    similarity_to_arrays,
)
from recs.ranking.similarity import Similarity
from recs.ranking.window import Window
from recs.stores import Stores
from recs.stores.arrays_file import map_arrays, write_arrays
from recs.stores.log import Kind
from recs.stores.rows import LogRow
from recs.stores.segments import Span
from recs.training import snapshot
from recs.types import FloatArray, Generation, IntArray, ItemId, Json, UserId
from workers import metrics
from workers.genre_tables import CatalogueGenres

log = logging.getLogger(__name__)

REFRESH_SECONDS = 1.0
"""Pause between two thorough refreshes of the statistics."""
SNAPSHOT_SECONDS = 15.0
SNAPSHOT_BUSY_SHARE = 30
"""The pause after a snapshot is at least so many times as long as the snapshot took."""
GROWTH = 1.5
GROWTH_LEAST = 1_000
"""With GROWTH times as many interactions, and GROWTH_LEAST more, models are to be fitted at once.
"""
ROWS_A_PASS = 200_000
"""About so many rows are read between two versions: a long log must not fill memory before users
are evicted."""
TOP_LENGTH = 100
TOTALS = ("interactions", "undone", "lists", "impressions")

Portion = tuple[Kind, Span, list[LogRow]]


class Counting:
    """One generation's window, and how far the log was read."""

    def __init__(
        self,
        generation: Generation,
        stores: Stores,
        is_holder: Callable[[], bool] = lambda: True,
        clock: Callable[[], float] = monotonic,
        on_growth: Callable[[], None] = lambda: None,
    ) -> None:
        """is_holder: says whether no other process publishes. Asked before each version.

        on_growth: called when a snapshot is saved that has many more interactions than at its last
        call, as after an import.
        """
        self.generation = generation
        self._stores = stores
        self._is_holder = is_holder
        self._clock = clock
        self._on_growth = on_growth
        self._catalogue = stores.catalogues.of(generation)
        self._items_read = -1
        self._genres = CatalogueGenres(self._catalogue)
        self._similarity: Similarity | None = None
        self._refreshed = self._saved = -float("inf")
        self._save_pause = SNAPSHOT_SECONDS
        self._is_thorough = False
        self._snapshot = stores.statistics.window(generation)
        self._begin()
        self._is_saved = self._restore()
        self._grown_from = self._totals["interactions"]

    def publish_news(self) -> bool:
        """Read what is new, count it, publish it. Returns whether there was anything to read."""
        has_news = self._read()
        is_due = self._clock() - self._refreshed >= REFRESH_SECONDS
        if has_news or (is_due and not self._is_thorough):
            self._publish(thoroughly=is_due)
        has_grown = self._totals["interactions"] >= GROWTH * self._grown_from + GROWTH_LEAST
        is_over = has_grown and not has_news  # an import, say
        if not self._is_saved and (is_over or self._clock() - self._saved >= self._save_pause):
            self._save()
            if has_grown:
                self._grown_from = self._totals["interactions"]
                self._on_growth()
        return has_news

    def has_unread_items(self) -> bool:
        """Return whether the catalogue has grown; costs one `stat`. Raises OSError."""
        return self._catalogue.unread_bytes() > 0

    def _begin(self) -> None:
        """Begin with nothing."""
        settings = self._stores.settings
        self._window = Window(settings.ranking, settings.statistics_window, seed=self.generation)
        self._offsets: dict[str, int] = {}
        self._erasures_seen = 0
        self._totals = dict.fromkeys(TOTALS, 0)

    def _restore(self) -> bool:
        """Go on from the snapshot, and from the similarity that was published last."""
        similar = self._stores.statistics.newest(self.generation, "similarity")
        self._catalogue.refresh()
        n_items = len(self._catalogue)
        try:
            arrays, meta = map_arrays(self._snapshot)
            if max(len(arrays["known"]), arrays["all_rows"].max(initial=-1) + 1) > n_items:
                raise ValueError("the catalogue has fewer items")
            position = snapshot.restore(self._window, arrays, meta)
            self._offsets, self._totals = position["offsets"], self._totals | position["totals"]
            self._erasures_seen = position.get("erasures", 0)
        except FileNotFoundError:
            is_restored = False
        except (ArraysUnreadable, LookupError, ValueError, TypeError) as error:
            log.error("the log is read anew, for the window cannot be: %s", error)
            self._begin()
            is_restored = False
        else:
            is_restored = True
        if similar is not None:
            with suppress(LookupError, ValueError, TypeError):  # another version's: computed anew
                similarity = similarity_from_arrays(similar[1]).of_first(n_items)
                similarity.check()
                self._window.seed_similarity(similarity)
        return is_restored

    def _read(self) -> bool:
        """Take in what was appended to catalogue and log since the last time, or a part of it."""
        self._catalogue.refresh()
        has_news, count = self._take_items() | self._forget_erased(), 0
        for kind, span, rows in _in_turn(*map(self._tail, Kind)):
            if kind == Kind.INTERACTIONS:
                self._take_interactions(rows)
            else:
                self._take_impressions(rows)
            self._offsets[span.segment] = span.after
            count += len(rows)
            if count >= ROWS_A_PASS:
                break
        has_news |= count > 0
        if has_news:
            self._is_saved = self._is_thorough = False
        return has_news

    def _forget_erased(self) -> bool:
        """Forget users who were erased since the last look; say whether there were any."""
        erasures, seen = self._stores.erasures, self._erasures_seen
        if len(erasures) == seen:
            return False
        # With fewer than before, somebody has replaced the file: all of it is new.
        digests, self._erasures_seen = erasures.since(seen if seen < len(erasures) else 0)
        for user in [each for each, _ in self._window.users()]:
            if erasures.is_one_of(user, digests):
                self._window.forget(user)
        self._is_saved, self._saved = False, -float("inf")  # the old snapshot still has them
        return True

    def _take_interactions(self, rows: Sequence[LogRow]) -> None:
        places = self._catalogue.rows_of([ItemId(item) for _, item, _, _ in rows])
        self._window.grow_to(len(self._catalogue))
        for (user, _, action, timestamp), place in zip(rows, places, strict=True):
            if place is None:
                continue  # the catalogue has no rows left for items that nobody added
            sign = SIGNED_RATINGS[Action(action)]
            self._window.record_interaction(UserId(user), place, sign, float(timestamp))
            self._totals["undone"] += action == "undo"
        self._totals["interactions"] += len(rows)

    def _take_impressions(self, rows: Sequence[LogRow]) -> None:
        """Count impressions. Rows beyond the catalogue, of damaged lines, are left out."""
        self._catalogue.refresh()
        n_items = len(self._catalogue)
        self._window.grow_to(n_items)
        for user, shown, _ in rows:
            places = [place for place in map(int, shown.split(" ")) if place < n_items]
            self._window.record_impressions(UserId(user), places)
            self._totals["impressions"] += len(places)
        self._totals["lists"] += len(rows)

    def _take_items(self) -> bool:
        """Give the window the catalogue, if it has changed."""
        if self._catalogue.read_bytes == self._items_read:
            return False
        self._items_read = self._catalogue.read_bytes
        genres = self._genres.table()
        known = np.frombuffer(bytes(self._catalogue.known), np.uint8).astype(np.bool_)
        self._window.set_items(known[: len(genres.of_items)], genres)
        self._refreshed = -float("inf")  # only a thorough refresh makes new items candidates
        return True

    def _publish(self, thoroughly: bool) -> None:
        """Publish the window's statistics. Raises OSError: then the next version has the news."""
        began = self._clock()
        result = self._window.refresh(thoroughly)
        arrays, meta = result.to_arrays()
        figures = self._figures(result) | {"refresh_seconds": self._clock() - began}
        if not self._is_holder():
            log.warning("another process publishes statistics now")
            return
        if result.similarity is not self._similarity:
            self._stores.statistics.publish(
                self.generation, "similarity", similarity_to_arrays(result.similarity), {}
            )
            self._similarity = result.similarity
        self._stores.statistics.publish(
            self.generation, "statistics", arrays, meta | {"figures": figures}
        )
        metrics.PASS_DURATION.observe(self._clock() - began)
        if thoroughly:
            self._refreshed, self._is_thorough = self._clock(), not self._window.n_waiting

    def _figures(self, statistics: ItemStatistics) -> Json:
        """Return what the dashboard shows: sums over the generation, the most liked items."""
        counts, known = statistics.counts, statistics.known
        opinions = self._window.opinions()
        shown = self._window.ever_shown()[: len(known)] & known
        return {
            "time": time(),
            "totals": self._totals
            | {
                "likes": opinions[LIKED],
                "dislikes": opinions[DISLIKED],
                "watched": opinions[WATCHED],
            },
            "coverage": float(shown.sum() / max(known.sum(), 1)),
            "top_liked": self._top(counts.likes),
            "top_shown": self._top(counts.impressions),
            "window": len(self._window),
            "users": self._window.n_users,
            "similarity_waiting": self._window.n_waiting,
        }

    def _top(self, counts: FloatArray | IntArray) -> list[Json]:
        """Return the items with the highest counts, the highest first; (n_items,)."""
        size = min(TOP_LENGTH, len(counts))
        best = np.argpartition(-counts, size - 1)[:size] if size else np.zeros(0, np.int64)
        best = best[np.argsort(-counts[best], kind="stable")]
        ids = self._catalogue.ids
        return [
            {"item_id": ids[row], "count": int(counts[row])}
            for row in best.tolist()
            if counts[row] > 0
        ]

    def _save(self) -> None:
        """Write the window to disk, for training and for the next worker. Raises OSError."""
        if not self._is_holder():
            return
        began = self._saved = self._clock()
        position = {
            "offsets": self._offsets,
            "totals": self._totals,
            "erasures": self._erasures_seen,
        }
        genres = self._genres.table()  # also of items that were met since the last `_take_items`
        arrays = snapshot.to_arrays(self._window, genres, self._totals["interactions"], position)
        write_arrays(self._snapshot, *arrays)
        self._saved, self._is_saved = self._clock(), True
        self._save_pause = max(SNAPSHOT_SECONDS, SNAPSHOT_BUSY_SHARE * (self._saved - began))

    def _tail(self, kind: Kind) -> Iterator[Portion]:
        for span, rows in self._stores.log.tail(self.generation, kind, self._offsets):
            yield kind, span, rows


def _in_turn(*many: Iterable[Portion]) -> Iterator[Portion]:
    """Yield one of each, again and again: about in the order in which it happened."""
    return (each for each in chain.from_iterable(zip_longest(*many)) if each is not None)

"""What has happened so far, as arrays: who was shown what, who liked and disliked what."""

from collections.abc import Sequence

import numpy as np

from recs.arrays import GrowingArray
from recs.types import FloatArray, IntArray, ItemId, Row, UserId


class Viewer:
    """One person: what he was shown, what he said, how much of it was to be expected."""

    __slots__ = ("expected", "hits", "places", "row", "shown")

    def __init__(self, row: int) -> None:
        self.row = row
        self.shown: dict[Row, None] = {}
        self.places: dict[Row, int] = {}
        """Title he reacted to → place in the table of interactions; the newest last."""
        self.expected = 0.0
        """Likes that an average viewer would have given to what he was shown."""
        self.hits = 0
        """Likes that he did give to what he was shown."""

    @property
    def activity(self) -> float:
        """How many times more likes he gives than an average viewer."""
        return (self.hits + 1.0) / (self.expected + 1.0)


class History:
    """Counters of titles and memories of viewers, in rows; ids live only at its edge."""

    def __init__(self, viewer_type: type[Viewer] = Viewer) -> None:
        self._viewer_type = viewer_type
        self.ids: list[ItemId] = []
        self.rows: dict[ItemId, Row] = {}
        self.viewers: dict[UserId, Viewer] = {}

        self.likes = GrowingArray(np.float64)
        self.dislikes = GrowingArray(np.float64)
        self.shown = GrowingArray(np.int64)
        self.exposure = GrowingArray(np.float64)
        """Showings, each counted by the activity of its viewer."""

        self.surroundings = GrowingArray(np.float64)
        """Log of how much more often than others the neighbours in the catalogue are watched."""

        self.total_likes = 0
        self.total_dislikes = 0
        self.total_exposure = 0.0

        self.activities = GrowingArray(np.float64)
        self.interaction_viewers = GrowingArray(np.int64)
        self.interaction_items = GrowingArray(np.int64)
        self.interaction_tastes = GrowingArray(np.int8)
        self.impression_viewers = GrowingArray(np.int64)
        self.impression_items = GrowingArray(np.int64)

    def __len__(self) -> int:
        return len(self.ids)

    def row_of(self, item: ItemId) -> Row:
        """Find the row of a title; one never heard of gets the next."""
        row = self.rows.get(item)
        if row is None:
            row = self.rows[item] = len(self.ids)
            self.ids.append(item)
            for column in (self.likes, self.dislikes, self.shown, self.exposure, self.surroundings):
                column.grow_to(row + 1)
        return row

    def viewer_of(self, user: UserId) -> Viewer:
        """Find a viewer; one never heard of begins here."""
        viewer = self.viewers.get(user)
        if viewer is None:
            viewer = self.viewers[user] = self._viewer_type(len(self.viewers))
            self.activities.extend([1.0])
        return viewer

    def record_interaction(self, viewer: Viewer, row: Row, taste: int) -> bool:
        """Remember a like (+1), a dislike (-1), or that it was taken back (0).

        Replaces what the viewer said of this title before. Returns whether that changed anything.
        """
        place = viewer.places.pop(row, None)
        if place is None:
            place = len(self.interaction_tastes)
            self.interaction_viewers.extend([viewer.row])
            self.interaction_items.extend([row])
            self.interaction_tastes.extend([0])
        viewer.places[row] = place
        before = int(self.interaction_tastes.view[place])
        self.interaction_tastes.view[place] = taste
        self._count(viewer, row, before, -1)
        self._count(viewer, row, taste, +1)
        return taste != before

    def _count(self, viewer: Viewer, row: Row, taste: int, change: int) -> None:
        if taste > 0:
            self.likes.view[row] += change
            self.total_likes += change
            if row in viewer.shown:
                viewer.hits += change
                self.activities.view[viewer.row] = viewer.activity
        elif taste < 0:
            self.dislikes.view[row] += change
            self.total_dislikes += change

    def record_impressions(self, viewer: Viewer, rows: Sequence[Row], rates: FloatArray) -> None:
        """Remember that a viewer was shown these, none of them before.

        rates: (len(rows),) chance of a like by an average viewer, as it was thought then.
        """
        activity = viewer.activity
        self.shown.view[rows] += 1
        self.exposure.view[rows] += activity
        self.total_exposure += activity * len(rows)
        self.impression_viewers.extend([viewer.row] * len(rows))
        self.impression_items.extend(rows)
        viewer.shown.update(dict.fromkeys(rows))
        viewer.expected += float(rates.sum())
        viewer.hits += sum(self.taste_of(viewer, row) > 0 for row in rows)
        self.activities.view[viewer.row] = viewer.activity

    def taste_of(self, viewer: Viewer, row: Row) -> int:
        """What he says of this title now: +1, -1, or 0."""
        place = viewer.places.get(row)
        return 0 if place is None else int(self.interaction_tastes.view[place])

    def recount_exposure(self) -> None:
        """Count every showing again, by what is known of its viewer's activity by now."""
        weights = self.activities.view[self.impression_viewers.view]
        self.exposure.view[:] = np.bincount(
            self.impression_items.view, weights=weights, minlength=len(self)
        )
        self.total_exposure = float(weights.sum())

    def opinions_of(self, viewer: Viewer) -> tuple[IntArray, IntArray]:
        """Rows of what he reacted to, oldest first, and his tastes: +1 or -1."""
        n = len(viewer.places)
        rows = np.fromiter(viewer.places.keys(), np.int64, n)
        tastes = self.interaction_tastes.view[np.fromiter(viewer.places.values(), np.int64, n)]
        held = tastes != 0
        return rows[held], tastes[held].astype(np.int64)

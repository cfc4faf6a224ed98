"""Interactions of users with items: read from messages, and to and from rows of the log."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from recs.errors import BadInteraction
from recs.types import ItemId, UserId

ID_BYTES_MOST = 512
UNWANTED = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters and lone surrogates."""


class Action(StrEnum):
    """What a user can do with an item."""

    LIKE = "like"
    DISLIKE = "dislike"
    WATCHED = "watched"
    """The user watched it and gave no rating: a weak like."""
    UNDO = "undo"
    """The user takes their last action back."""


LIKED, DISLIKED, UNDONE, WATCHED = 1, -1, 0, 2
"""Signed ratings. WATCHED is a code, not a number to add up: see recs/ranking/ratings.py."""
SIGNED_RATINGS = {
    Action.LIKE: LIKED,
    Action.DISLIKE: DISLIKED,
    Action.UNDO: UNDONE,
    Action.WATCHED: WATCHED,
}


@dataclass(frozen=True, slots=True)
class Interaction:
    """A user's action on an item at a time. `replaces` decides which one counts for each pair."""

    user: UserId
    item: ItemId
    action: Action
    timestamp: float
    """Seconds since 1970."""

    @property
    def sign(self) -> int:
        """LIKED, DISLIKED, UNDONE or WATCHED."""
        return SIGNED_RATINGS[self.action]

    def to_row(self) -> list[str]:
        """Return a row of the log: user_id, item_id, action, timestamp."""
        return [self.user, self.item, self.action.value, f"{self.timestamp:.6f}"]

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> Self:
        """Read a row of the log or of a message. Raises BadInteraction."""
        if not isinstance(row, list | tuple) or len(row) != 4:
            raise BadInteraction("not a row of user_id, item_id, action, timestamp")
        user, item, action, timestamp = row
        for each in (user, item):
            if complaint := complaint_about_id(each):
                raise BadInteraction(complaint)
        try:
            return cls(UserId(user), ItemId(item), Action(action), seconds(timestamp))
        except (ValueError, TypeError, OverflowError) as error:
            raise BadInteraction(str(error)) from error


def replaces(sign: int, timestamp: float, known: int, known_timestamp: float) -> bool:
    """Return whether a fact replaces the known one of the same user and item.

    The latest fact counts, with one exception: a like or a dislike always replaces a "watched", and
    a "watched" never replaces them, whichever came first. record.lua has the same rule.
    """
    if sign == WATCHED and known in (LIKED, DISLIKED):
        return False
    if known == WATCHED and sign in (LIKED, DISLIKED):
        return True
    return timestamp >= known_timestamp


def seconds(value: Any) -> float:
    """Read a timestamp. Raises ValueError unless it is a finite number of at least 0."""
    number = float(value)
    if not math.isfinite(number) or number < 0:
        raise ValueError(f"{value!r} is not a timestamp in seconds since 1970")
    return number


def complaint_about_id(value: Any) -> str | None:
    """Return what is wrong with the id of a user or an item; None if it is valid."""
    if not isinstance(value, str):
        return "an id must be a string or an integer"
    if not value:
        return "an id must not be empty"
    if UNWANTED.search(value):
        return "an id must not contain control characters or lone surrogates"
    if len(value.encode()) > ID_BYTES_MOST:
        return f"an id must not be longer than {ID_BYTES_MOST} bytes"
    return None

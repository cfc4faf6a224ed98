"""A world small enough to know: one half of the viewers likes comedies, the other horror."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from recs.types import ItemId

COMEDIES = [ItemId(f"comedy-{n}") for n in range(8)]
HORRORS = [ItemId(f"horror-{n}") for n in range(8)]
CATALOGUE: dict[ItemId, tuple[str, ...]] = {
    **dict.fromkeys(COMEDIES, ("Comedy",)),
    **dict.fromkeys(HORRORS, ("Horror",)),
}


def interactions(rows: Iterable[tuple[str, str, str]]) -> pd.DataFrame:
    """Make a log of (user, item, action), a second apart."""
    frame = pd.DataFrame(rows, columns=["user_id", "item_id", "action"])
    return frame.assign(timestamp=np.arange(len(frame), dtype=float))


def two_crowds(viewers: int = 20, first: int = 0) -> pd.DataFrame:
    """Let each viewer like six titles of his crowd's eight, and dislike one of the other's."""
    return interactions(
        (f"viewer-{viewer}", item, action)
        for viewer in range(first, first + viewers)
        for item, action in _opinions(viewer)
    )


def _opinions(viewer: int) -> list[tuple[str, str]]:
    own, other = (COMEDIES, HORRORS) if viewer % 2 else (HORRORS, COMEDIES)
    liked = [own[(viewer // 2 + step) % len(own)] for step in range(6)]
    return [(item, "like") for item in liked] + [(other[viewer % len(other)], "dislike")]

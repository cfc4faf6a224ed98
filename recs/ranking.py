"""From scored candidates to pages: varied genres first, places for the unknown at the end."""

import numpy as np

from recs.types import FloatArray, IntArray


def make_pages(
    scores: FloatArray,
    shown: IntArray,
    overlaps: FloatArray,
    shortlist: IntArray,
    *,
    pages: int,
    length: int,
    explore_places: int,
    overlap_weight: float,
) -> tuple[list[int], list[bool]]:
    """Fill pages one after the other, each varied in itself.

    scores, shown: (n,) of all candidates. shortlist: places of the best among them, of which
    overlaps: (len(shortlist), len(shortlist)) are known. Returns places, best first, and for each
    whether it is there to be explored: least shown, the better scored among equals.
    """
    chosen: list[int] = []
    explored: list[bool] = []
    short_scores = scores[shortlist]
    # Scores are logs, far smaller than this: they break ties only.
    rarity = shown * 1e6 - scores
    where = {int(place): short for short, place in enumerate(shortlist)}
    for _ in range(pages):
        for short in _arrange(short_scores, overlaps, overlap_weight, length - explore_places):
            short_scores[short] = -np.inf
            chosen.append(int(shortlist[short]))
            rarity[chosen[-1]] = np.inf
        explored += [False] * (len(chosen) - len(explored))
        for _ in range(explore_places):
            place = int(rarity.argmin())
            if np.isinf(rarity[place]):
                break
            rarity[place] = np.inf
            if place in where:
                short_scores[where[place]] = -np.inf
            chosen.append(place)
            explored.append(True)
    return chosen, explored


def _arrange(
    scores: FloatArray, overlaps: FloatArray, overlap_weight: float, length: int
) -> list[int]:
    """Choose greedily: the score less the mean overlap with what is already chosen."""
    left, cost = scores.copy(), np.zeros(len(scores))
    chosen: list[int] = []
    while len(chosen) < length:
        place = int((left - cost * (overlap_weight / max(len(chosen), 1))).argmax())
        if np.isinf(left[place]):
            break
        left[place] = -np.inf
        cost += overlaps[place]
        chosen.append(place)
    return chosen

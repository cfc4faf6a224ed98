"""From scored candidates to pages: varied genres first, places for the unknown at the end."""

import numpy as np

from recs.types import FloatArray, IntArray


def make_pages(
    scores: FloatArray,
    shown: IntArray,
    planned: IntArray,
    overlaps: FloatArray,
    shortlist: IntArray,
    premieres: IntArray,
    *,
    pages: int,
    length: int,
    explore_places: int,
    explored_after: int,
    overlap_weight: float,
) -> tuple[list[int], list[bool]]:
    """Fill pages one after the other, each varied in itself.

    scores, shown, planned: (n,) of all candidates; planned: prepared lists that explore each, but
    have not been served. shortlist: places of the best among them, of which
    overlaps: (len(shortlist), len(shortlist)) are known. premieres: places of new titles that fit,
    the best first. Returns places, best first, and for each whether it is there to be explored:
    least shown, the better scored among equals, and shown less than `explored_after` times. The
    first of these goes to a premiere, if there is one; that is no exploration.
    """
    chosen: list[int] = []
    explored: list[bool] = []
    short_scores = scores[shortlist]
    short_of = np.full(len(scores), -1)
    short_of[shortlist] = np.arange(len(shortlist))
    # Scores are logs, far smaller than this: they break ties only.
    rarity = np.where(shown < explored_after, (shown + planned) * 1e6 - scores, np.inf)
    waiting = iter(premieres.tolist())

    def choose(place: int, is_explored: bool) -> None:
        chosen.append(place)
        explored.append(is_explored)
        rarity[place] = np.inf
        if (short := short_of[place]) >= 0:
            short_scores[short] = -np.inf

    def choose_best(count: int) -> None:
        for short in _arrange(short_scores, overlaps, overlap_weight, count):
            choose(int(shortlist[short]), False)

    for page in range(1, pages + 1):
        n_explored = min(explore_places, int(np.isfinite(rarity).sum()))
        choose_best(length - n_explored)
        premiere = next((each for each in waiting if each not in chosen), None)
        if n_explored and premiere is not None:
            choose(premiere, False)
        while len(chosen) < page * length and np.isfinite(rarity.min()):
            choose(int(rarity.argmin()), True)
        # The best may have been the last that were to be explored.
        choose_best(page * length - len(chosen))
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

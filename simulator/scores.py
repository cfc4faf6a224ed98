"""The five scores and the breaches of the contract, counted list by list."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import log2
from statistics import fmean

from simulator.datasets import Dataset
from simulator.schedule import PHASES

LENGTH = 10
GAINS = [1.0 / log2(rank + 2) for rank in range(LENGTH)]
IDEALS = [sum(GAINS[:hits]) for hits in range(LENGTH + 1)]


@dataclass(frozen=True, slots=True)
class ListScore:
    """The scores of one list, by its first ten items, and what is wrong with it.

    repeats: items that this user has interacted with, or has brought an opinion on. shown_before:
    items that they were shown, for information. unknown: not in the catalogue, or not yet. twice:
    more than once in this list. covered: distinct items listed so far, with this list. late_*: of
    late items.
    """

    phase: int
    hits: int
    precision: float
    ndcg: float
    diversity: float
    covered: int
    missing: int
    repeats: int
    shown_before: int
    unknown: int
    twice: int
    late_shown: int
    late_hits: int


@dataclass(frozen=True, slots=True)
class Summary:
    """Means over lists, and counts of breaches of the contract. Definitions: docs/grading.md."""

    lists: int
    precision: float
    ndcg: float
    diversity: float
    coverage: float
    hit_rate: float
    short_lists: int
    repeats: int
    unknown: int
    twice: int
    shown_before: int
    late_shown: int
    late_hit_rate: float
    late_hit_rate_at_first: float

    @property
    def breaches(self) -> int:
        """Count the breaches of the contract."""
        return self.short_lists + self.repeats + self.unknown + self.twice


class Scores:
    """Scores each list when it is served. It knows its user's opinions and interactions.

    lists: one score per list, in order. first: user -> score of their first list. interacted: user
    -> items for which the service has accepted their interaction. Not thread-safe.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.lists: list[ListScore] = []
        self.first: dict[str, ListScore] = {}
        self.interacted: dict[str, set[str]] = {user: set() for user in dataset.opinions}
        self._opinions: Mapping[str, dict[str, bool]] = dataset.opinions
        self._brought = dataset.history
        self._late = dataset.late
        self._size = len(dataset.item_ids)
        self._genres = _genre_masks(dataset)
        self._known = set(dataset.item_ids) - dataset.late
        self._shown: dict[str, set[str]] = {user: set() for user in dataset.opinions}
        self._likes_left: Counter[str] = Counter()
        self._count_likes(self._known)
        self._covered: dict[int, set[str]] = {phase: set() for phase in PHASES}
        self._ever: set[str] = set()

    def late_items_arrived(self) -> None:
        """Count the late items as part of the catalogue from now on."""
        self._known |= self._late
        self._count_likes(self._late)

    def opinions_changed(self, opinions: Mapping[str, dict[str, bool]]) -> None:
        """Score by other opinions of the same users from now on."""
        self._opinions = opinions
        self._likes_left.clear()
        self._count_likes(self._known)
        for user_id, items in self.interacted.items():
            self._likes_left[user_id] -= sum(opinions[user_id].get(item, False) for item in items)

    def list_served(
        self, user_id: str, item_ids: Sequence[str], phase: int = 1
    ) -> list[tuple[str, bool]]:
        """Score a list. Returns the interactions that follow, in order, True for a like."""
        top = list(dict.fromkeys(item_ids[:LENGTH]))
        known = [item for item in top if item in self._known]
        opinions, interacted = self._opinions[user_id], self.interacted[user_id]
        shown, brought = self._shown[user_id], self._brought.get(user_id, {})
        liked = [item for item in known if opinions.get(item) and item not in interacted]
        hits = [item_ids.index(item) for item in liked]
        ideal = IDEALS[min(self._likes_left[user_id], LENGTH)]
        late = self._late.intersection(known)
        self._ever.update(known)
        self._covered[phase].update(known)
        score = ListScore(
            phase=phase,
            hits=len(hits),
            precision=len(hits) / LENGTH,
            ndcg=sum(GAINS[rank] for rank in hits) / ideal if ideal else 0.0,
            diversity=diversity([self._genres[item] for item in known]),
            covered=len(self._ever),
            missing=LENGTH - min(len(item_ids), LENGTH),
            repeats=sum(item in interacted or item in brought for item in top),
            shown_before=len(shown.intersection(top)),
            unknown=len(top) - len(known),
            twice=len(item_ids[:LENGTH]) - len(top),
            late_shown=len(late),
            late_hits=len(late.intersection(liked)),
        )
        self.lists.append(score)
        self.first.setdefault(user_id, score)
        shown.update(top)
        return [
            (item, opinions[item])
            for item in dict.fromkeys(item_ids)
            if item in opinions and item not in interacted
        ]

    def interaction_accepted(self, user_id: str, item_id: str) -> None:
        """Remember that the service has accepted this interaction."""
        self.interacted[user_id].add(item_id)
        self._likes_left[user_id] -= self._opinions[user_id][item_id]

    def summary(self, phase: int | None = None) -> Summary:
        """Sum up one phase, or all lists so far."""
        lists = [each for each in self.lists if phase in (None, each.phase)]
        covered = self._ever if phase is None else self._covered[phase]
        with_late = [each for each in lists if each.phase == PHASES[-1]]
        return Summary(
            lists=len(lists),
            precision=_mean([each.precision for each in lists]),
            ndcg=_mean([each.ndcg for each in lists]),
            diversity=_mean([each.diversity for each in lists]),
            coverage=len(covered) / self._size if self._size else 0.0,
            hit_rate=_mean([each.hits > 0 for each in lists]),
            short_lists=sum(each.missing > 0 for each in lists),
            repeats=sum(each.repeats for each in lists),
            unknown=sum(each.unknown for each in lists),
            twice=sum(each.twice for each in lists),
            shown_before=sum(each.shown_before for each in lists),
            late_shown=sum(each.late_shown for each in lists),
            late_hit_rate=_late_hit_rate(lists),
            late_hit_rate_at_first=_late_hit_rate(with_late[: len(with_late) // 4]),
        )

    def _count_likes(self, arrived: set[str] | frozenset[str]) -> None:
        for user_id, opinions in self._opinions.items():
            liked = (item for item, like in opinions.items() if like)
            self._likes_left[user_id] += sum(item in arrived for item in liked)


def diversity(masks: Sequence[int]) -> float:
    """Return the mean over pairs of items of 1 - Jaccard of their genres, given as bits.

    Two items without genres count as equal (0), because nothing says that they differ. A list of
    less than two items has 0.
    """
    pairs = [(a, b) for index, a in enumerate(masks) for b in masks[:index]]
    return _mean([_distance(a, b) for a, b in pairs])


@cache
def _distance(a: int, b: int) -> float:
    return 1.0 - (a & b).bit_count() / (a | b).bit_count() if a | b else 0.0


def _genre_masks(dataset: Dataset) -> dict[str, int]:
    """Return item -> its genres as bits of one integer: a list is scored in microseconds."""
    bits: dict[str, int] = {}
    return {
        item_id: sum({1 << bits.setdefault(genre, len(bits)) for genre in genres})
        for item_id, genres in zip(dataset.item_ids, dataset.genres, strict=True)
    }


def _late_hit_rate(lists: list[ListScore]) -> float:
    """Return the likes per impression of a late item."""
    shown = sum(each.late_shown for each in lists)
    return sum(each.late_hits for each in lists) / shown if shown else 0.0


def _mean(values: Sequence[float]) -> float:
    return fmean(values) if values else 0.0

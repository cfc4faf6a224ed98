"""A vocabulary: which names have a word, a word that begins with it, or a similar one."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from operator import or_

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from recs.types import FloatArray, IntArray

LAST = "\U0010ffff"
ERROR_COST = 1.5
SHORTEST_TYPO = 4
"""In a word of three letters, a wrong letter makes another word."""


class Vocabulary:
    """Sorted words, and for each the names that have it."""

    def __init__(self, names_with: Mapping[str, Sequence[int]]) -> None:
        self.words = sorted(names_with)
        self._lengths = np.array([len(word) for word in self.words], np.int32)
        self._letters = np.array([letters(word) for word in self.words], np.uint32)
        counts = [len(names_with[word]) for word in self.words]
        self._ends = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        self._names: IntArray = np.fromiter(
            (name for word in self.words for name in names_with[word]), np.int64
        )

    def count(self, word: str) -> int:
        """Return how many names have a word."""
        place = self._place(word)
        return 0 if place is None else len(self._of(place))

    def same(self, word: str) -> IntArray:
        """Return the names that have a word."""
        place = self._place(word)
        return self._names[:0] if place is None else self._of(place)

    def beginning(self, part: str) -> tuple[IntArray, FloatArray]:
        """Return the names with a word that begins with `part`, and its share of that word."""
        first, last = bisect_left(self.words, part), bisect_left(self.words, part + LAST)
        names = self._names[self._ends[first] : self._ends[last]]
        shares = len(part) / np.maximum(self._lengths[first:last], 1)
        return names, np.repeat(shares, np.diff(self._ends[first : last + 1]))

    def alike(self, word: str, is_beginning: bool) -> Iterator[tuple[IntArray, float]]:
        """Yield the names of words with a few typing errors, and their similarity: below 1.

        is_beginning: the word may be unfinished, so it is also compared with beginnings.
        """
        errors = errors_allowed(word)
        if not errors:
            return
        likeness: dict[int, int] = {}
        if is_beginning and len(word) > SHORTEST_TYPO:
            # Counts as one error more, so that whole words come first.
            for place, distance in self._near(word, errors - 1, is_beginning=True):
                likeness[place] = distance + 1
        for place, distance in self._near(word, errors, is_beginning=False):
            likeness[place] = min(distance, likeness.get(place, distance))
        for place, distance in likeness.items():
            yield self._of(place), 1 - ERROR_COST * distance / (len(word) + 1)

    def _near(self, word: str, errors: int, is_beginning: bool) -> Iterator[tuple[int, int]]:
        """Yield the words with at most `errors` errors, and their number.

        A fast filter runs first: an error makes at most two letters that only one of two words
        has. It leaves few words to compare.
        """
        mine = np.uint32(letters(word))
        if is_beginning:
            possible = np.bitwise_count(mine & ~self._letters) <= errors
            possible &= self._lengths > len(word)
        else:
            possible = np.bitwise_count(mine ^ self._letters) <= 2 * errors
            possible &= np.abs(self._lengths - len(word)) <= errors
        places = np.nonzero(possible)[0]
        if not len(places):
            return
        length = len(word) if is_beginning else None
        texts = [self.words[place][:length] for place in places]
        distances = cdist([word], texts, scorer=OSA.distance, score_cutoff=errors)[0]
        for n in np.nonzero(distances <= errors)[0]:
            yield int(places[n]), int(distances[n])

    def _place(self, word: str) -> int | None:
        place = bisect_left(self.words, word)
        return place if place < len(self.words) and self.words[place] == word else None

    def _of(self, place: int) -> IntArray:
        return self._names[self._ends[place] : self._ends[place + 1]]


def errors_allowed(word: str) -> int:
    """Return how many letters of a word may be wrong, missing, extra or swapped."""
    if len(word) < SHORTEST_TYPO or word.isdecimal():
        return 0
    return 1 if len(word) < 7 else 2 if len(word) < 11 else 3


def letters(word: str) -> int:
    """Return the set of letters of a word, as 32 bits; a few rare letters share one."""
    return reduce(or_, (1 << (ord(letter) % 32) for letter in word), 0)

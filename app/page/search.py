"""Search by name: tolerates typing errors, other alphabets and keyboard layouts, missing words.

First each word of the query is compared with each name; rare words count more. The names that fit
best are then compared as a whole: a name that equals the query comes before one that begins with
it, that before one that contains it, and the first part of a series before the second.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter

import numpy as np
from rapidfuzz import fuzz

from app.page.items import Item
from app.page.names import Name, names_of, sounds, without_articles
from app.page.spelling import in_digits, numbers_in, on_other_layout, sound, words_of
from app.page.vocabulary import Vocabulary
from recs.types import FloatArray

LONGEST_QUERY, WORDS_AT_MOST = 200, 8
YEARS = range(1880, 2040)
COMPARED = 400
"""Names that are compared as a whole."""
SAME_SOUND, JOINED, BEGINNING, HEARD_BEGINNING, NEAR_YEAR = 0.97, 0.95, 0.8, 0.7, 0.7
"""Fit of a word: same sound; two words as one; a beginning; its sound; the year before or after."""
WHOLE = 0.1
"""What a beginning gains as it comes near the whole word."""
WELL, BARELY, AS_WELL = 0.9, 0.55, 0.8
"""Below WELL, typing errors are tried; below BARELY, nothing is found. Names with less than AS_WELL
(if the best is below WELL: less than WELL) times the fit of the best are left out."""
WRONG_LAYOUT, INITIALS, ACROSS = 0.98, 0.97, 0.96
OFTEN_WRONG = 8
"""From this length on, errors are always tried: "Inglorious" is a correct word, too."""
EQUAL, SHORT, BEGINS, IN_ORDER, PERSON = 0.4, 0.3, 0.2, 0.05, -0.1
ALIKE = 88
"""Of 100: names at least this similar count as equal with an error."""


@dataclass(frozen=True)
class Query:
    """A typed query, for one of the keyboard layouts."""

    words: tuple[str, ...]
    core: str
    undated: str
    """Without its years, unless it has nothing else."""
    year: int | None

    @classmethod
    def of(cls, text: str) -> "Query":
        """Parse a text. A number that looks like a year may also be part of a name."""
        words = words_of(text[:LONGEST_QUERY])[:WORDS_AT_MOST]
        numbers = [word for word in words if len(word) == 4 and word.isdecimal()]
        years = [word for word in numbers if int(word) in YEARS]
        undated = [word for word in words if word not in years] or words
        return cls(
            tuple(words),
            " ".join(without_articles(words)),
            " ".join(without_articles(undated)),
            int(years[-1]) if years else None,
        )


class Search:
    """All names of some items, ready to be compared."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._items: list[Item] = []
        self._names: list[Name] = []
        self._item_of: list[int] = []
        self._is_person: list[bool] = []
        folded: dict[str, list[int]] = defaultdict(list)
        heard: dict[str, list[int]] = defaultdict(list)
        self._initials: dict[str, list[int]] = defaultdict(list)
        for item in items:
            self._add(item, folded, heard)
        self._folded, self._heard = Vocabulary(folded), Vocabulary(heard)
        self._whole = Vocabulary(self._in_one_piece())
        self._owners = np.array(self._item_of, np.int64)
        self._years = np.array([self._items[each].year or 0 for each in self._item_of], np.int64)

    def find(self, query: str, most: int) -> list[Item]:
        """Return at most `most` items whose names fit a query, best first.

        Empty for a query without a letter or a digit.
        """
        asked = Query.of(query)
        fits = self._fits(asked)
        if asked.words and _best(fits) < WELL:
            asked, fits = self._with_errors(asked, fits, query)
        if _best(fits) < BARELY:
            return []
        share = AS_WELL if _best(fits) >= WELL else WELL
        good = np.nonzero(fits >= share * _best(fits))[0]
        if len(good) > COMPARED:
            good = good[np.argsort(-fits[good], kind="stable")[:COMPARED]]
        ranked = sorted(self._rank(asked, int(name), float(fits[name])) for name in good)
        return [self._items[place] for place in dict.fromkeys(each[-1] for each in ranked)][:most]

    def _add(self, item: Item, folded: dict[str, list[int]], heard: dict[str, list[int]]) -> None:
        """Add all names of an item."""
        titles = dict.fromkeys([*names_of(item.name), item.name_ru])
        people = dict.fromkeys(name for each in item.people for name in (each.name, each.name_ru))
        texts = [*((text, False) for text in titles), *((text, True) for text in people)]
        for text, is_person in filter(itemgetter(0), texts):
            name, place = Name.of(text), len(self._names)
            self._names.append(name)
            self._item_of.append(len(self._items))
            self._is_person.append(is_person)
            for initials in name.initials:
                if initials.isascii():
                    self._initials[initials].append(place)
            words = {*name.words, *name.joined}
            for word in words | numbers_in(name.words):
                folded[word].append(place)
            for heard_as in {sound(word) for word in words}:
                heard[heard_as].append(place)
        self._items.append(item)

    def _in_one_piece(self) -> dict[str, list[int]]:
        """Return the names by their sounds without spaces: "starwars"."""
        pieces: dict[str, list[int]] = defaultdict(list)
        for place, name in enumerate(self._names):
            for text in {name.core, name.short}:
                if " " in text:
                    pieces[sounds(text).replace(" ", "")].append(place)
        return pieces

    def _with_errors(self, asked: Query, fits: FloatArray, text: str) -> tuple[Query, FloatArray]:
        """Try the other keyboard layout, initials, all names of an item, then typing errors.

        Return the best fit.
        """
        tries = [(asked, fits)]
        switched = Query.of(on_other_layout(text))
        if _best(fits) < AS_WELL:
            tries.append((switched, WRONG_LAYOUT * self._fits(switched)))
        if meant := self._initials.get(asked.core):
            by_initials = np.zeros(len(self._names))
            by_initials[meant] = INITIALS
            tries.append((asked, by_initials))
        if len(asked.words) > 1:
            tries.append((asked, ACROSS * self._fits(asked, across=True)))
        if max(_best(each) for _, each in tries) < WELL:
            tries.append((asked, self._fits(asked, forgiving=True)))
        if max(_best(each) for _, each in tries) < BARELY:
            tries.append((switched, WRONG_LAYOUT * self._fits(switched, forgiving=True)))
        return max(tries, key=lambda each: _best(each[1]))

    def _fits(self, asked: Query, forgiving: bool = False, across: bool = False) -> FloatArray:
        """Return how well the words of a query fit each name: 0 to 1.

        across: each word may fit another name of the same item, as in "Nolan DiCaprio".
        """
        if not asked.words or not self._names:
            return np.zeros(len(self._names))
        columns = [
            self._fit(word, is_last=n == len(asked.words) - 1, forgiving=forgiving)
            for n, word in enumerate(asked.words)
        ]
        if across:
            columns = [self._best_of_item(column) for column in columns]
        for n, (first, second) in enumerate(pairwise(asked.words)):
            together = self._heard.same(sound(first + second))
            for column in columns[n : n + 2]:
                column[together] = np.maximum(column[together], JOINED)
        weights = [self._weight(word) for word in asked.words]
        fits = np.zeros(len(self._names))
        for weight, column in zip(weights, columns, strict=True):
            fits += weight / sum(weights) * column
        whole = sounds(asked.undated).replace(" ", "")
        if len(asked.words) == 1:
            fits[self._whole.same(whole)] = 1.0
            for names, likeness in self._whole.alike(whole, False) if forgiving else ():
                fits[names] = np.maximum(fits[names], likeness)
        return fits

    def _fit(self, word: str, is_last: bool, forgiving: bool) -> FloatArray:
        """Return how well one word fits each name: 0 to 1."""
        fit = np.zeros(len(self._names))
        heard_as = sound(word)
        if forgiving or len(word) >= OFTEN_WRONG:
            # By its letters, too: one wrong letter may change more of a sound.
            for vocabulary, text in ((self._heard, heard_as), (self._folded, word)):
                for names, likeness in vocabulary.alike(text, is_last):
                    fit[names] = np.maximum(fit[names], likeness)
        for vocabulary, text, least in (
            (self._heard, heard_as, HEARD_BEGINNING),
            (self._folded, word, BEGINNING),
        ):
            names, shares = vocabulary.beginning(text)
            np.maximum.at(fit, names, least + WHOLE * shares)
        fit[self._heard.same(heard_as)] = SAME_SOUND
        for same in (word, in_digits(word)):
            fit[self._folded.same(same or word)] = 1.0
        if len(word) == 4 and word.isdecimal():
            off = np.abs(self._years - int(word))
            fit = np.maximum(fit, np.select([off == 0, off == 1], [1.0, NEAR_YEAR]))
        return fit

    def _best_of_item(self, fit: FloatArray) -> FloatArray:
        """Return for each name the best fit of all names of its item."""
        best = np.zeros(len(self._items))
        np.maximum.at(best, self._owners, fit)
        return best[self._owners]

    def _weight(self, word: str) -> float:
        """Return the weight of a word: its inverse document frequency, log(N / n).

        A number, or a word in no name, weighs half as much as the rarest word.
        """
        known = max(self._folded.count(word), self._heard.count(sound(word)))
        total = len(self._names) + 1
        if not known or (in_digits(word) or word).isdecimal():
            return float(np.log(total)) / 2
        return float(np.log((total + 1) / (known + 0.5))) + 0.05

    def _rank(self, asked: Query, place: int, fit: float) -> tuple[float, int, int, int]:
        """Return the sort key of a name, with its item as the last part."""
        name, item = self._names[place], self._item_of[place]
        bonus = PERSON if self._is_person[place] else _likeness(asked, name)
        year = int(self._years[place])
        if asked.year and year == asked.year:
            bonus += 0.01
        return (-round(fit + bonus, 2), len(name.core) if not year else 0, year, item)


def _likeness(asked: Query, name: Name) -> float:
    """Return the bonus of a name that equals the query, begins with it, or contains it."""
    wanted = asked.core, asked.undated
    if any(_same(each, name.core) for each in wanted):
        return EQUAL
    if any(_same(each, name.short) for each in wanted):
        return SHORT
    if fuzz.ratio(sounds(asked.undated), sounds(name.short)) >= ALIKE:
        return SHORT
    if " ".join(name.words).startswith(asked.undated):
        return BEGINS
    return IN_ORDER if f" {asked.undated}" in f" {name.core}" else 0.0


def _same(one: str, other: str) -> bool:
    return one.replace(" ", "") == other.replace(" ", "")


def _best(fits: FloatArray) -> float:
    return float(fits.max(initial=0.0))

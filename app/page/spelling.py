"""Spelling: forms of a word without accents, alphabets and keyboard layouts.

Two forms of a word are compared. Its *folded* form is what people type: no case, no accents, no
punctuation, ё as е. Its *sound* is coarser and the same in both alphabets: "Operatsiya" and
"Операция" have the same sound, and so have "Matrix" and "Матрикс".
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

NOT_A_WORD = re.compile(r"[\W_]+")
WITHOUT_A_GAP = re.compile(r"(?<=\w)['’‘`ʼ](?=\w)")
"""Schindler's is one word, as people type it."""
LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "&": " and "})

RUSSIAN_LETTERS = "абвгдежзийклмнопрстуфхцчшщъыьэюяієґў"
AS_LATIN = "a b v g d e zh z i i k l m n o p r s t u f kh ts ch sh sh - i - e iu ia i e g u"
CYRILLIC = dict(zip(RUSSIAN_LETTERS, AS_LATIN.split(), strict=True))
SOUNDS = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("[ts]ion", "shn"),
        ("shch|sch", "sh"),
        ("tch", "ch"),
        ("kh", "h"),
        ("ph", "f"),
        ("th", "t"),
        ("gh", "g"),
        ("ck", "k"),
        ("d?zh|dj", "j"),
        ("tz", "ts"),
        ("c(?=[eiy])", "s"),
        ("c(?!h)", "k"),
        ("qu?", "k"),
        ("x", "ks"),
        ("w", "v"),
        ("(?<=[iy])j", "i"),
        ("y", "i"),
        ("i[oe]", "e"),
        ("ee", "i"),
        ("oo|ou", "u"),
        (r"(\D)\1+", r"\1"),
    )
]
"""Applied in this order to Latin letters."""
SHORTEST_SOUND = 4
"""Shorter words are only transliterated, because their sounds would be too similar."""

LATIN_KEYS = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."
RUSSIAN_KEYS = "ёйцукенгшщзхъфывапролджэячсмитьбю"
OTHER_LAYOUT = str.maketrans(LATIN_KEYS + RUSSIAN_KEYS, RUSSIAN_KEYS + LATIN_KEYS)
CAPITALS_OF_SIGNS = str.maketrans('~{}:"<>', "`[];',.")

ENGLISH = "one two three four five six seven eight nine ten eleven twelve thirteen"
RUSSIAN = "один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать"
ROMAN = "i ii iii iv v vi vii viii ix x xi xii xiii"
NUMBERS = {
    word: str(number)
    for words in (ENGLISH, RUSSIAN, ROMAN)
    for number, word in enumerate(words.split(), start=1)
    if word not in {"i", "v", "x"}
}
"""Words that are also written in digits, without Roman numbers of one letter."""
ONE_LETTER = {"i": "1", "v": "5", "x": "10"}
PARTS = {"episode", "part", "chapter", "volume", "vol", "эпизод", "часть", "глава", "том"}


def words_of(text: str) -> list[str]:
    """Return the folded words of a text."""
    return fold(text).split()


def fold(text: str) -> str:
    """Reduce a text to what people type: words with single spaces between."""
    joined = WITHOUT_A_GAP.sub("", text.casefold().translate(LETTERS))
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", joined)
        if not unicodedata.combining(letter)
    )
    return NOT_A_WORD.sub(" ", plain).strip()


@lru_cache(maxsize=200_000)
def sound(word: str) -> str:
    """Return the sound of a folded word, in Latin letters. Digits stay."""
    latin = "".join(CYRILLIC.get(letter, letter) for letter in word).replace("-", "")
    for pattern, replacement in SOUNDS if len(word) >= SHORTEST_SOUND else ():
        latin = pattern.sub(replacement, latin)
    # One letter typed many times sounds like no word that begins with it.
    shortest = 2 if len(word) >= SHORTEST_SOUND else 1
    return latin if len(latin) >= shortest else word


def on_other_layout(text: str) -> str:
    """Return what the same keys type with the other keyboard layout."""
    return text.casefold().translate(CAPITALS_OF_SIGNS).translate(OTHER_LAYOUT)


def numbers_in(words: Sequence[str]) -> set[str]:
    """Return the number words of a name in digits.

    V and X count behind another word, as in "Rocky V", and I behind one such as "Part".
    """
    found = {digits for word in words if (digits := in_digits(word))}
    behind = {(before, word) for before, word in pairwise(words) if word in ONE_LETTER}
    return found | {ONE_LETTER[word] for before, word in behind if word != "i" or before in PARTS}


def in_digits(word: str) -> str | None:
    """Return a folded number word in digits; None for any other word."""
    return NUMBERS.get(word)

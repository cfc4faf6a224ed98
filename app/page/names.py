"""The names of an item, and their parts that the search compares."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.page.spelling import sound, words_of

ARTICLE_WORDS = "the a an le la les l il lo el los las der die das un une una uno ein eine"
ARTICLES = frozenset(ARTICLE_WORDS.split())
# MovieLens files "The Matrix" as "Matrix, The", sometimes with the original title behind it.
FILED = re.compile(
    r"^(?P<name>.*), (?P<article>The|A|An|Le|La|Les|L'|Il|Lo|El|Los|Las|Der|Die|Das|Un|Une)"
    r"(?P<rest> \(.*\))?$"
)
IN_BRACKETS = re.compile(r"(?<=\s)\(([^()]*)\)")
ALSO_KNOWN = re.compile(r"^a\.?k\.?a\.?\s*", re.IGNORECASE)
SUBTITLE = re.compile(r":\s|\s[–—-]\s|\.\s(?=\w{3})")


@dataclass(frozen=True)
class Name:
    """A name, as words that are compared. Articles are left out of `core` and `short`."""

    words: tuple[str, ...]
    core: str
    """Its folded words."""
    short: str
    """The words before a colon or a dash: "Star Wars" of "Star Wars: Episode IV"."""
    joined: tuple[str, ...]
    """Words with a hyphen or the like as one word: "Spider-Man" as "spiderman"."""
    initials: tuple[str, ...]
    """Of a name of three words or more, with and without its article."""

    @classmethod
    def of(cls, text: str) -> "Name":
        """Take a name apart."""
        words = words_of(text)
        beginning = SUBTITLE.split(text, maxsplit=1)[0]
        short = without_articles(words_of(beginning))
        pieces = [words_of(piece) for piece in text.split()]
        joined = ["".join(piece) for piece in pieces if len(piece) > 1]
        letters = "".join(word[0] for word in words_of(beginning))
        initials = (letters, letters[1:]) if words and words[0] in ARTICLES else (letters,)
        return cls(
            words=tuple(words),
            core=" ".join(without_articles(words)),
            short=" ".join(short),
            joined=tuple(joined),
            initials=tuple(each for each in initials if len(each) > 2),
        )


def names_of(title: str) -> Iterator[str]:
    """Yield a title, and the other names in brackets behind it, articles first."""
    main = IN_BRACKETS.sub(" ", title).strip()
    for name in (main, *IN_BRACKETS.findall(title)):
        name = ALSO_KNOWN.sub("", name).strip()
        if name and not (name.isdecimal() and main):
            yield with_article_first(name)


def with_article_first(name: str) -> str:
    """Return "The Matrix" for "Matrix, The"; what follows in brackets stays behind it."""
    filed = FILED.match(name)
    if not filed:
        return name
    gap = "" if filed["article"].endswith("'") else " "
    return f"{filed['article']}{gap}{filed['name']}{filed['rest'] or ''}"


def without_articles(words: list[str]) -> list[str]:
    """Leave out an article at the beginning or the end, unless nothing else is there."""
    first = 1 if len(words) > 1 and words[0] in ARTICLES else 0
    last = len(words) - 1 if len(words) > first + 1 and words[-1] in ARTICLES else len(words)
    return words[first:last]


def sounds(text: str) -> str:
    """Return the sounds of a folded text, with spaces between."""
    return " ".join(map(sound, text.split()))

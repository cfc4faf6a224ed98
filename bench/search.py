"""How long a search takes in 60,000 titles: `python -m bench.search`. Prints a table.

The titles are made of words of our own catalogue. Every third word is changed, so that the
vocabulary grows with the catalogue as in MovieLens (37,000 words in ml-25m).
"""

import time
from random import Random

from app.page.items import Item, read_items
from app.page.search import Search
from app.page.spelling import words_of

TITLES, REPEATS = 60_000, 20
QUERIES = (
    *("star", "s", "the", "star wars", "matrix 1999", "1999", "терминатр", "звездные воины"),
    *("Vfnhbwf", "operatsiya", "starwars", "киндзадза", "rings lord fellowship two towers"),
    *("qwxzqwxz", "one two three four five six seven eight"),
)
LETTERS = "abcdefghiklmnoprstuvy"


def main() -> None:
    """Print the median and the slowest of each query, in milliseconds of processor time."""
    began = time.process_time()
    search = Search(titles())
    print(f"{TITLES:,} titles; index in {time.process_time() - began:.1f} s\n")
    print("| query | median, ms | slowest, ms |\n| --- | ---: | ---: |")
    for query in QUERIES:
        taken = sorted(_milliseconds(search, query) for _ in range(REPEATS))
        print(f"| `{query}` | {taken[REPEATS // 2]:.1f} | {taken[-1]:.1f} |")


def titles() -> list[Item]:
    """Return our own items, and invented ones."""
    own, rng = list(read_items("").values()), Random(7)
    words = [word for item in own for word in words_of(item.name)]
    invented = [
        Item(
            str(n),
            " ".join(_word(rng, words) for _ in range(rng.randint(1, 5))),
            year=1920 + n % 105,
        )
        for n in range(TITLES - len(own))
    ]
    return [*own, *invented]


def _word(rng: Random, words: list[str]) -> str:
    word = rng.choice(words)
    if rng.random() < 0.67 or len(word) < 4:
        return word
    place = rng.randrange(len(word))
    return word[:place] + "".join(rng.choices(LETTERS, k=2)) + word[place + 1 :]


def _milliseconds(search: Search, query: str) -> float:
    began = time.process_time()
    search.find(query, 24)
    return 1000 * (time.process_time() - began)


if __name__ == "__main__":
    main()

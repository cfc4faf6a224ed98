"""A small crowd: thirty users, four of them fans. What do dislikes do, and how varied is a start?

The service of a family or a club has no averages to rely on: four fans are an eighth of all
evidence. Two things are required of lists of twelve, which the page shows. After five dislikes of a
genre and no like, a list has at most one item of it, and never more than a newcomer's. And a
newcomer's first list is spread over genres, whatever the four fans did.
"""

from collections.abc import Callable, Sequence
from random import Random
from statistics import fmean

from simulator.datasets import Dataset
from simulator.game import Result, bring
from simulator.policies.policy import Policy

GENRES = ("Horror", "Comedy", "Sci-Fi", "Western")
FANS, OTHERS, NEWCOMERS = 4, 26, 4
LIKED = DISLIKED = 5
"""Items of a genre."""
PAGE = 12


def play_crowd(make: Callable[[], Policy], dataset: Dataset, seed: int) -> Result:
    """Play a crowd whose fans like all four genres, then four crowds of fans of one genre.

    The four fans like the same five items of a genre. The others are users of the data set, who
    visit twice. Then newcomers come, and users who dislike five items of a genre. The scores count
    items of that genre among twelve. `disliked_most` and `newcomers_most` are the worst lists.
    `beyond_newcomers`: how often a user with dislikes got more of a genre than any newcomer.
    """
    disliked: list[int] = []
    newcomers: list[int] = []
    beyond: list[bool] = []
    widths: list[int] = []
    for number, liked in enumerate([GENRES, *([genre] for genre in GENRES)]):
        crowd = _Crowd(make(), dataset, Random(f"crowd {seed} {number}"))
        crowd.gather(liked)
        for genre in liked:
            first = [crowd.first_page() for _ in range(NEWCOMERS)]
            of_genre = [crowd.count(page, genre) for page in first]
            newcomers += of_genre
            widths += [crowd.n_genres(page) for page in first]
            disliked.append(crowd.count(crowd.page_after_dislikes(genre), genre))
            beyond.append(disliked[-1] > max(of_genre))
    return {
        "disliked": fmean(disliked),
        "disliked_most": float(max(disliked)),
        "beyond_newcomers": float(sum(beyond)),
        "newcomers": fmean(newcomers),
        "newcomers_most": float(max(newcomers)),
        "genres_in_first_list": fmean(widths),
    }


class _Crowd:
    """A policy and its users."""

    def __init__(self, policy: Policy, dataset: Dataset, random: Random) -> None:
        self._policy, self._dataset, self._random = policy, dataset, random
        self._genres = dict(zip(dataset.item_ids, dataset.genres, strict=True))
        self._by_genre: dict[str, list[str]] = {
            genre: [item for item, names in self._genres.items() if genre in names]
            for genre in GENRES
        }
        self._n_users = 0
        policy.add_items(*dataset.arrivals(late=False))
        bring(policy, dataset)

    def gather(self, liked: Sequence[str]) -> None:
        """Have the fans of these genres come, then the others."""
        loved = {genre: self._some(genre) for genre in liked}
        for _ in range(FANS):
            fan = self._new_user()
            for genre in liked:
                for item in loved[genre]:
                    self._policy.react(fan, item, True)
            self._page(fan)
        users = list(self._dataset.opinions)
        others = self._random.sample(users, min(OTHERS, len(users)))
        for user in [*others, *others]:
            opinions = self._dataset.opinions[user]
            for item in self._page(user):
                if item in opinions:
                    self._policy.react(user, item, opinions[item])

    def first_page(self) -> list[str]:
        """Return the page of a newcomer."""
        return self._page(self._new_user())

    def page_after_dislikes(self, genre: str) -> list[str]:
        """Return the page of a user who has only disliked five items of a genre."""
        user = self._new_user()
        self._page(user)
        for item in self._some(genre):
            self._policy.react(user, item, False)
        return self._page(user)

    def count(self, page: Sequence[str], genre: str) -> int:
        """Count the items of a genre."""
        return sum(genre in self._genres[item] for item in page)

    def n_genres(self, page: Sequence[str]) -> int:
        """Count the genres on a page."""
        return len({name for item in page for name in self._genres[item]})

    def _some(self, genre: str) -> list[str]:
        """Choose five items of a genre."""
        items = self._by_genre[genre]
        return self._random.sample(items, min(LIKED, len(items)))

    def _page(self, user: str) -> list[str]:
        """Return a list and the beginning of the next one."""
        page = self._policy.recommend(user)
        while len(page) < PAGE and (more := self._policy.recommend(user)):
            page = [*page, *more]
        return page[:PAGE]

    def _new_user(self) -> str:
        self._n_users += 1
        return f"user {self._n_users} of the crowd"

"""The small crowd, with policies whose lists are known."""

from collections.abc import Sequence
from functools import partial

from simulator.crowd import GENRES, play_crowd
from simulator.policies.popular import RandomItems
from simulator.synthetic import synthetic

DATASET = synthetic(seed=1, n_users=30, n_items=800)


class Stubborn(RandomItems):
    """Shows every user the items of one genre."""

    genre = "Western"
    wanted = True

    def add_items(self, item_ids: Sequence[str], genres: Sequence[Sequence[str]]) -> None:
        """Keep these only."""
        self.item_ids.extend(
            item
            for item, names in zip(item_ids, genres, strict=True)
            if (self.genre in names) == self.wanted
        )


class Averse(Stubborn):
    """Shows no item of it."""

    wanted = False


class Obedient(RandomItems):
    """Stops to show a genre of which a user has disliked anything."""

    def add_items(self, item_ids: Sequence[str], genres: Sequence[Sequence[str]]) -> None:
        """Remember the genres."""
        super().add_items(item_ids, genres)
        self.genres = dict(zip(item_ids, genres, strict=True))
        self.hated: dict[str, set[str]] = {}

    def react(self, user_id: str, item_id: str, like: bool) -> None:
        """Remember what not to show."""
        super().react(user_id, item_id, like)
        if not like:
            self.hated.setdefault(user_id, set()).update(self.genres[item_id])

    def recommend(self, user_id: str) -> list[str]:
        """Return random items of other genres."""
        hated = self.hated.get(user_id, set())
        return [item for item in self.item_ids if not hated & set(self.genres[item])][:10]


def test_a_policy_that_shows_one_genre_only_is_found_out() -> None:
    scores = play_crowd(partial(Stubborn, 1), DATASET, 1)

    assert (scores["disliked_most"], scores["newcomers_most"]) == (12, 12)


def test_a_policy_without_that_genre_shows_none_of_it() -> None:
    stubborn, averse = (play_crowd(partial(each, 1), DATASET, 1) for each in (Stubborn, Averse))

    assert averse["newcomers_most"] < 12
    assert averse["genres_in_first_list"] > stubborn["genres_in_first_list"]


def test_a_policy_that_obeys_dislikes_shows_nothing_of_the_genre() -> None:
    scores = play_crowd(partial(Obedient, 1), DATASET, 1)

    assert (scores["disliked"], scores["disliked_most"]) == (0, 0)
    assert scores["newcomers"] > 0


def test_each_genre_is_loved_together_with_the_others_and_alone() -> None:
    seen: list[RandomItems] = []

    def make() -> RandomItems:
        seen.append(RandomItems(1))
        return seen[-1]

    play_crowd(make, DATASET, 1)
    fans = [policy.interacted["user 1 of the crowd"] for policy in seen]

    assert [len(items) for items in fans[1:]] == [5] * len(GENRES)
    assert 5 < len(fans[0]) <= 5 * len(GENRES)

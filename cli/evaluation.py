"""Compares our lists with baselines on your own data: the simulator's lab, with the log."""

from collections.abc import Callable, Iterable, Sequence
from random import Random

from recs.types import Json
from simulator.comparison import Results
from simulator.datasets import Dataset
from simulator.game import Result, play
from simulator.policies import make_policy
from simulator.schedule import PHASES
from simulator.variations import shuffled, with_history

POLICIES = (
    "most popular", "item cosine", "EASE", "LightFM", "ours", "ours without exploration"
)  # fmt: skip
SCENARIO = "your data"
BROUGHT = 0.8
OPINIONS_LEAST = 5
"""Users with fewer leave nothing to predict."""
USERS_LEAST = 10

Progress = Callable[[str], object]


class TooLittle(Exception):
    """Not enough data for a comparison."""


def dataset_of(items: Iterable[Json], facts: Iterable[Json], watched_counts: bool) -> Dataset:
    """Return a data set of exported items and interactions. Raises TooLittle.

    items, facts: as cli/exporter.py yields them; facts oldest first. watched_counts: whether
    "watched" is a like; else it is left out.
    """
    genres = {str(each["item_id"]): list(each["genres"]) for each in items}
    likes = {"like": True, "dislike": False} | ({"watched": True} if watched_counts else {})
    opinions: dict[str, dict[str, bool]] = {}
    for fact in facts:
        if fact["action"] in likes and fact["item_id"] in genres:
            opinions.setdefault(fact["user_id"], {})[fact["item_id"]] = likes[fact["action"]]
    enough = {user: each for user, each in opinions.items() if len(each) >= OPINIONS_LEAST}
    if len(enough) < USERS_LEAST:
        raise TooLittle(
            f"only {len(enough)} users said something of {OPINIONS_LEAST} titles or more; "
            f"it takes {USERS_LEAST}"
        )
    return Dataset(list(genres), list(genres.values()), enough)


def evaluate(
    dataset: Dataset,
    policies: Sequence[str],
    seeds: Sequence[int],
    users: int,
    progress: Progress = lambda name: None,
) -> Results:
    """Let users bring the oldest 80 % of their opinions; score their first list by the rest.

    Each seed draws `users` users and shuffles the catalogue: the spread over seeds shows how sure a
    difference is.
    """
    found: dict[str, list[Result]] = {name: [] for name in policies}
    for seed in seeds:
        drawn = _drawn(dataset, seed, users)
        for name in policies:
            progress(name)
            policy = make_policy(name, seed)
            found[name].append(play(policy, drawn, seed, per_phase=1, phases=PHASES[:1]))
    return {SCENARIO: found}


def _drawn(dataset: Dataset, seed: int, users: int) -> Dataset:
    names = sorted(dataset.opinions)
    count = min(users, max(round(0.8 * len(names)), 1))
    chosen = Random(f"users {seed}").sample(names, count)
    opinions = {name: dataset.opinions[name] for name in chosen}
    some = Dataset(dataset.item_ids, dataset.genres, opinions)
    return with_history(shuffled(some, seed), BROUGHT)

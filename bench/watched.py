"""What share of a like `watched` should be: RANKING_WATCHED_WEIGHT. `python -m bench.watched DATA`.

DATA is a MovieLens folder. Of a share of the users it is only known what they watched, as from a
player. Of the other users the newest fifth of the likes is held back. EASE is fitted to the rest
with each weight in turn, and ranks all items for these users.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recs.ranking.ease import Ease
from recs.training.ease import Likes, fit_ease
from recs.training.settings import TrainingSettings
from recs.types import IntArray

WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)
LIKED_FROM = 4.0
SHARES = (0.5, 0.8)
SEEDS = 3
TOP = 10


def main(folder: Path) -> None:
    """Print a line for each share of users who only watch."""
    ratings = pd.read_csv(folder / "ratings.csv").sort_values("timestamp", kind="stable")
    ratings["user"] = ratings["userId"].factorize()[0]
    ratings["item"] = ratings["movieId"].factorize()[0]
    print("users who only watch,", *(f"weight {weight:g}" for weight in WEIGHTS), sep="\t")
    for share in SHARES:
        gains = np.array([_gains(ratings, share, seed) for seed in range(SEEDS)])
        spread = (gains - gains[:, :1]).std(axis=0) / SEEDS**0.5
        means = zip(gains.mean(axis=0), spread, strict=True)
        cells = (f"{gain:.4f} ±{error:.4f}" for gain, error in means)
        print(f"{share:.0%}", *cells, sep="\t")


def _gains(ratings: pd.DataFrame, share: float, seed: int) -> list[float]:
    """Return the NDCG of held-back likes of the users who rate, for each of WEIGHTS."""
    rng = np.random.default_rng(seed)
    users, items = ratings["user"].to_numpy(), ratings["item"].to_numpy()
    watches = rng.random(users.max() + 1) < share
    liked = ratings["rating"].to_numpy() >= LIKED_FROM
    is_held = _newest(users, liked & ~watches[users])
    kept = (liked | watches[users]) & ~is_held
    gains = []
    for weight in WEIGHTS:
        weights = np.where(watches[users[kept]], weight, 1.0)
        likes = Likes(users[kept], items[kept], np.ones(int(kept.sum()), np.bool_), weights)
        training = TrainingSettings()
        n_items = int(items.max()) + 1
        fitted = fit_ease(likes, n_items, training.ease_items, training.ease_regularization)
        gains.append(_ndcg(Ease.of(*fitted, n_items), users, items, liked, is_held))
    return gains


def _newest(users: IntArray, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the newest fifth of each user's chosen ratings. Ratings are oldest first."""
    places = np.flatnonzero(chosen)
    frame = pd.DataFrame({"user": users[places]})
    groups = frame.groupby("user")["user"]
    rank = groups.cumcount() / groups.transform("size")
    held = np.zeros(len(users), np.bool_)
    held[places[rank.to_numpy() >= 0.8]] = True
    return held


def _ndcg(
    ease: Ease, users: IntArray, items: IntArray, liked: NDArray[np.bool_], held: NDArray[np.bool_]
) -> float:
    found = []
    discounts = 1 / np.log2(np.arange(TOP) + 2)
    for user in np.unique(users[held]):
        own = users == user
        chances = np.full(len(ease.places), -1.0)
        chances[ease.rows] = ease.chances(items[own & liked & ~held])
        chances[items[own & ~held]] = -np.inf
        wanted = items[own & held]
        best = np.argsort(-chances, kind="stable")[:TOP]
        found.append(discounts[np.isin(best, wanted)].sum() / discounts[: len(wanted)].sum())
    return float(np.mean(found))


def _as_folder(arguments: Sequence[str]) -> Path:
    if len(arguments) != 1 or not (Path(arguments[0]) / "ratings.csv").is_file():
        sys.exit("python -m bench.watched DATA, a folder with MovieLens' ratings.csv")
    return Path(arguments[0])


if __name__ == "__main__":
    main(_as_folder(sys.argv[1:]))

"""How well vectors foresee likes that no training has seen, and whether that is good enough."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recs.facts import Facts
from recs.item_vectors import ItemVectors
from recs.ranking_settings import RankingSettings
from recs.training_settings import TrainingSettings
from recs.types import FloatArray, IntArray

TOP = 10
VIEWERS_AT_ONCE = 256

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Quality:
    """Means over held-back likes (AUC) and over the viewers who gave them (the other two)."""

    auc: float
    """Chance that a held-back like stands above a title without an interaction of this viewer."""
    precision: float
    """Held-back likes among the first ten, over ten."""
    ndcg: float
    viewers: int
    likes: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a training did. Both qualities are of the same held-back likes."""

    quality: Quality | None
    """None: nothing could be held back."""
    previous_quality: Quality | None
    interactions: int
    likes: int
    new_likes: int
    """Likes that the version before had not seen."""
    viewers: int
    items: int
    genres: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a version may replace the current one, and why."""

    published: bool
    reason: str


def hold_back(
    facts: Facts, new: Mask, settings: TrainingSettings, rng: np.random.Generator
) -> Mask:
    """Choose the newest of each viewer's new likes, but leave him at least one like.

    new: facts that no version has been trained on: only these can judge an earlier version too.
    """
    import pandas as pd  # here, since it costs half a second, and every process imports this module

    likes = pd.DataFrame({"viewer": facts.viewers, "new": new})[facts.tastes > 0]
    by_viewer = likes.groupby("viewer")["new"]
    count = np.minimum(
        np.ceil(settings.held_back_share * by_viewer.transform("sum")),
        by_viewer.transform("size") - 1,
    )
    fresh = likes[likes["new"]]
    age = fresh.groupby("viewer").cumcount(ascending=False)
    chosen = fresh[age < count[fresh.index]]
    judges = rng.permutation(chosen["viewer"].unique())[: settings.most_judges]
    held = np.zeros(len(new), np.bool_)
    held[chosen.index[chosen["viewer"].isin(judges)]] = True
    return held


def evaluate(vectors: FloatArray, facts: Facts, rows: IntArray, held: Mask) -> Quality | None:
    """Rank all titles for each viewer as the service would: by nearness to his folded-in likes.

    vectors: (n_items, components). rows: title of each fact, (n_facts,). Returns None if nothing
    is held back. A title without a vector is near nobody.
    """
    if not held.any():
        return None
    model = ItemVectors(range(len(vectors)), vectors)
    everything = np.arange(len(vectors))
    aucs: list[float] = []
    precisions: list[float] = []
    ndcgs: list[float] = []
    judges = np.unique(facts.viewers[held])
    by_viewer = _facts_by_viewer(facts)
    for start in range(0, len(judges), VIEWERS_AT_ONCE):
        some = [by_viewer[judge] for judge in judges[start : start + VIEWERS_AT_ONCE]]
        viewers = [_fold_in(model, facts, rows, mine[~held[mine]]) for mine in some]
        scores = model.cosines(np.transpose(viewers), everything).T
        for mine, row in zip(some, scores, strict=True):
            ranks, n_others = _ranks(row, rows[mine[held[mine]]], rows[mine])
            aucs.extend(1 - ranks / max(n_others, 1))
            precisions.append(float((ranks < TOP).sum()) / TOP)
            ndcgs.append(_ndcg(ranks))
    return Quality(
        float(np.mean(aucs)), float(np.mean(precisions)), float(np.mean(ndcgs)),
        len(judges), len(aucs),
    )  # fmt: skip


def judge(
    candidate: Quality | None, current: Quality | None, pinned: bool, settings: TrainingSettings
) -> Verdict:
    """Compare two versions on the same held-back likes.

    A version is published unless it is clearly worse than the current one. Where the current
    one was pinned by a rollback, it is published only if it is better.
    """
    enough = candidate is not None and candidate.likes >= settings.least_verdict
    if candidate is None or current is None or not enough:
        reason = "too few held-back likes to compare" if current else "first version"
        return Verdict(not pinned, reason)
    gain = candidate.auc - current.auc
    figures = f"AUC {candidate.auc:.3f} against {current.auc:.3f} of the current version"
    if pinned and gain <= 0:
        return Verdict(False, f"{figures}, which is pinned")
    if gain < -settings.margin:
        return Verdict(False, f"{figures}: clearly worse")
    return Verdict(True, figures)


def _facts_by_viewer(facts: Facts) -> dict[int, IntArray]:
    """Return viewer -> places of his facts, oldest first."""
    order = np.argsort(facts.viewers, kind="stable")
    viewers, starts = np.unique(facts.viewers[order], return_index=True)
    return dict(zip(viewers.tolist(), np.split(order, starts[1:]), strict=True))


def _fold_in(model: ItemVectors, facts: Facts, rows: IntArray, known: IntArray) -> FloatArray:
    return model.fold_in(rows[known], facts.tastes[known], RankingSettings().dislike_weight)


def _ranks(scores: FloatArray, held: IntArray, reacted: IntArray) -> tuple[FloatArray, int]:
    """Return how many titles without an interaction stand above each held-back one; ties half.

    Also returns how many such titles there are.
    """
    others = np.delete(scores, reacted)
    wanted = scores[held][:, None]
    return (others > wanted).sum(axis=1) + (others == wanted).sum(axis=1) / 2, len(others)


def _ndcg(ranks: FloatArray) -> float:
    """Gain 1 for a held-back like among the first ten; ideal: all of them on top."""
    found = np.sort(ranks[ranks < TOP])
    ideal = np.arange(min(len(ranks), TOP))
    return float((1 / np.log2(found + 2)).sum() / (1 / np.log2(ideal + 2)).sum())

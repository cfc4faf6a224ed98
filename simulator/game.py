"""One game in process: a policy in place of the service, a data set, visits, scores."""

from collections.abc import Sequence
from statistics import fmean
from time import perf_counter

from simulator.datasets import Dataset
from simulator.policies.policy import Policy
from simulator.schedule import PHASES, visits
from simulator.scores import Scores, Summary

SCORES = ("precision", "ndcg", "diversity", "coverage")
LATENCY = "milliseconds"

Result = dict[str, float]
"""The scores of one game by name, in the order of the table. LATENCY is the last."""


def play(
    policy: Policy, dataset: Dataset, seed: int, per_phase: int, phases: Sequence[int] = PHASES
) -> Result:
    """Import the histories of a data set's users, then play their visits."""
    scores = Scores(dataset)
    policy.add_items(*dataset.arrivals(late=False))
    bring(policy, dataset)
    seconds, phase, count = 0.0, PHASES[0], 0
    for visit in visits(dataset, seed, per_phase, phases):
        if visit.phase != phase:
            phase = visit.phase
            _between(policy, dataset, scores)
        begun = perf_counter()
        item_ids = policy.recommend(visit.user_id)
        seconds += perf_counter() - begun
        count += 1
        for item_id, like in scores.list_served(visit.user_id, item_ids, phase):
            policy.react(visit.user_id, item_id, like)
            scores.interaction_accepted(visit.user_id, item_id)
    return {
        **_of_this_data_set(dataset, scores),
        **_of_all(scores.summary()),
        LATENCY: 1000 * seconds / max(count, 1),
    }


def bring(policy: Policy, dataset: Dataset) -> None:
    """Import the users' histories."""
    for user_id, opinions in dataset.history.items():
        for item_id, like in opinions.items():
            policy.react(user_id, item_id, like)
    if dataset.history:
        policy.learn()


def _between(policy: Policy, dataset: Dataset, scores: Scores) -> None:
    """Begin the second phase: late items arrive, tastes change."""
    late = dataset.arrivals(late=True)
    if late[0]:
        policy.add_items(*late)
        scores.late_items_arrived()
    if dataset.later:
        scores.opinions_changed(dataset.later)


def _of_all(summary: Summary) -> Result:
    return {name: getattr(summary, name) for name in SCORES}


def _of_this_data_set(dataset: Dataset, scores: Scores) -> Result:
    """Return the scores that only data sets of this kind have."""
    more: Result = {}
    if dataset.history:
        first = scores.first.values()
        more["first_precision"] = fmean(each.precision for each in first)
        more["first_ndcg"] = fmean(each.ndcg for each in first)
    if dataset.late:
        more["late_hit_rate_at_first"] = scores.summary().late_hit_rate_at_first
    if dataset.later:
        more["precision_after"] = scores.summary(PHASES[-1]).precision
    return more

"""Policies to compare: reference solutions, ours, and ours without one of its parts."""

from collections.abc import Callable, Mapping
from functools import cache

from simulator.policies.blend import LightFMBlend
from simulator.policies.policy import Policy
from simulator.policies.popular import RandomItems, TopHundred
from simulator.policies.thompson import ThompsonFactors

MakePolicy = Callable[[int], Policy]
"""Takes the seed of a game."""

REFERENCES: Mapping[str, MakePolicy] = {
    "random": RandomItems,
    "top 100, then random": TopHundred,
    "LightFM blend": LightFMBlend,
    "Thompson + factors": ThompsonFactors,
}


def make_policy(name: str, seed: int) -> Policy:
    """Make a policy for one game. Raises KeyError if there is none of this name."""
    make = REFERENCES.get(name) or with_ranking_code()[name]
    return make(seed)


@cache
def with_ranking_code() -> Mapping[str, MakePolicy]:
    """Return the policies that run the ranking code of the service.

    They are imported here: the references above can be compared without that code.
    """
    from simulator.policies.ours import Modelled, Ours, Served
    from simulator.policies.recipe import Recipe
    from simulator.policies.with_history import EaseOnly, ItemCosine, LightFMOnly, MostPopular
    from simulator.policies.without import WITHOUT

    return {
        "the recipe": Recipe,
        "ours": Modelled,
        "ours without LightFM": Ours,
        **WITHOUT,
        AS_SERVED: Served,
        "most popular": MostPopular,
        "item cosine": ItemCosine,
        "LightFM": LightFMOnly,
        "EASE": EaseOnly,
    }


WITH_HISTORY = ("most popular", "item cosine", "LightFM", "EASE")
AS_SERVED = "ours, as served"
"""Compared only when asked for: it simulates the delays of the service."""


def exists(name: str) -> bool:
    """Say whether there is a policy of this name."""
    return name in REFERENCES or name in with_ranking_code()


def compared(with_history: bool) -> list[str]:
    """Return what is compared by default: in games from nothing, or where users bring a history."""
    if with_history:
        return [*WITH_HISTORY, "ours", "ours without EASE", "ours without exploration"]
    return [name for name in names() if name not in (AS_SERVED, *WITH_HISTORY)]


def names() -> list[str]:
    """Return the names of all policies."""
    return [*REFERENCES, *with_ranking_code()]

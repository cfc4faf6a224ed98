"""Policies to compare: references, textbook recommenders, ours, and ours without a part."""

from collections.abc import Callable, Mapping
from functools import cache

from simulator.policies.blend import LightFMBlend
from simulator.policies.policy import Policy
from simulator.policies.popular import RandomItems, TopHundred
from simulator.policies.recipe import Recipe
from simulator.policies.thompson import ThompsonFactors

MakePolicy = Callable[[int], Policy]
"""Takes the seed of a game."""

REFERENCES: Mapping[str, MakePolicy] = {
    "random": RandomItems,
    "top 100, then random": TopHundred,
    "LightFM blend": LightFMBlend,
    "Thompson + factors": ThompsonFactors,
    "the recipe": Recipe,
}
TEXTBOOK = ("most popular", "item cosine", "EASE", "iALS", "LightFM")
"""These learn only from an imported history. Without one they have no lists."""
OURS = "ours"
BASELINES = ("top 100, then random", "the recipe")


def make_policy(name: str, seed: int) -> Policy:
    """Make a policy for one game. Raises KeyError if there is none of this name."""
    make = REFERENCES.get(name) or _slow_to_load()[name]
    return make(seed)


@cache
def _slow_to_load() -> Mapping[str, MakePolicy]:
    """Return the policies that run the ranking code of the service, or a package of models.

    The references above can be compared without importing them.
    """
    from simulator.policies.ours import Ours
    from simulator.policies.served import Served
    from simulator.policies.textbook import EaseOnly, Ials, ItemCosine, LightFMOnly, MostPopular
    from simulator.policies.without import WITHOUT

    textbook = (MostPopular, ItemCosine, EaseOnly, Ials, LightFMOnly)
    return {
        **dict(zip(TEXTBOOK, textbook, strict=True)),
        OURS: Served,
        "ours, at once": Ours,
        **WITHOUT,
    }


def names() -> list[str]:
    """Return the names of all policies."""
    return [*REFERENCES, *_slow_to_load()]


def compared(with_history: bool) -> list[str]:
    """Return the policies that are compared by default, with or without a history."""
    if with_history:
        return [*BASELINES, *TEXTBOOK, OURS]
    return [*BASELINES, OURS]


def ablation() -> list[str]:
    """Return ours, and ours without each of its parts."""
    from simulator.policies.without import WITHOUT

    return [OURS, *WITHOUT]

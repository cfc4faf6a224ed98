"""Ways to make lists, side by side: what others do, what we do, and ours with a part left out."""

from collections.abc import Callable

from simulator.policies.blend import LightFMBlend
from simulator.policies.ours import Ours, Served
from simulator.policies.policy import Policy
from simulator.policies.popular import Lottery, TopHundred
from simulator.policies.recipe import Recipe
from simulator.policies.thompson import ThompsonFactors
WITHOUT: dict = {}

MakePolicy = Callable[[int], Policy]
"""Takes the seed of a game."""

REFERENCES: dict[str, MakePolicy] = {
    "random": Lottery,
    "top 100, then random": TopHundred,
    "LightFM blend": LightFMBlend,
    "Thompson + factors": ThompsonFactors,
    "the recipe": Recipe,
}
OURS: dict[str, MakePolicy] = {"ours": Ours, "ours without LightFM": Ours}
COMPARED: dict[str, MakePolicy] = {**REFERENCES, **OURS, **WITHOUT}
"""What the laboratory plays unless it is told otherwise."""
POLICIES: dict[str, MakePolicy] = {**COMPARED, "ours, as served": Served}

"""How strongly each part counts in a slate. All values were chosen in the laboratory."""

from dataclasses import Field, dataclass, field
from typing import Any

FIXED = "fixed"


def fixed(value: Any) -> Any:
    """Declare a setting without an environment variable.

    Half or twice its value changes precision by at most 0.0005, or another setting decides it.
    """
    return field(default=value, metadata={FIXED: True})


def is_fixed(figure: Field[Any]) -> bool:
    """Return whether a setting has no environment variable."""
    return FIXED in figure.metadata


@dataclass(frozen=True, slots=True)
class RankingSettings:
    """docs/ranking.md shows the effect of each. All but the fixed ones have a variable.

    A prior is the weight of an assumption, in impressions, interactions, likes or users.
    """

    list_length: int = fixed(10)
    """Items in a list (LIST_SIZE), including the exploration slots at its end."""

    # popularity
    prior_exposure: float = 3.0
    """Prior (impressions) that an item is as good as the items we show now: our optimism."""
    optimism: float = 1.0
    """How many times better than these the prior is. Less learns too little; more costs likes."""
    prior_opinions: float = 4.0
    """Prior (interactions) that an item is liked as often as the others."""

    neighbourhood_width: float = 60.0
    """How far apart (rows of the catalogue) two items still tell something about each other."""
    neighbourhood_weight: float = 0.5
    """Share of the prior's logarithm that counts. With all of it, an item in a poor neighbourhood
    is never tried."""
    prior_neighbourhood: float = 5.0
    """Prior (interactions) that the neighbourhood of an item is like the rest."""

    # parts of the score of an item
    genre_weight: float = 0.25
    """Genres work from the first like, and are all that is known of a new item."""
    distinct_taste_weight: float = 5.0
    """How much the weight of genres grows for each nat by which a taste is distinct."""
    genre_aversion_weight: float = 2.0
    """For genres that a user clearly dislikes. After five dislikes and no like of a genre, hardly
    any of its items are left."""
    position_weight: float = 0.8
    """For parts of the catalogue with which a user interacts more often than expected."""
    prior_position_interactions: float = 2.0
    """Prior (interactions) that a user prefers no part."""
    position_bins: int = 16
    """Number of parts of the catalogue; a user has too few interactions for smaller parts."""
    dislike_weight: float = 0.5
    """A dislike says less about genres than a like: the user did choose to watch the item."""
    watched_weight: float = 0.75
    """How much of a like it is when a user watched an item and gave no rating."""
    like_similarity_weight: float = 0.5
    """For items liked together more often than by chance."""
    interaction_similarity_weight: float = 0.4
    """For items watched together more often than by chance, liked or not."""
    silence_weight: float = 0.2
    """Lowers items that are watched together with items that the user was shown and ignored."""
    model_weight: float = 0.4
    """Weight of LightFM for a user with very many likes; with few it makes all lists similar."""
    prior_model_likes: float = 8.0
    """Number of likes at which LightFM has half of this weight."""

    # item–item similarity
    min_response_rate: float = fixed(0.1)
    """A user who never reacts must not make all items they were shown look related."""
    max_interaction_rate: float = 0.6
    """A new item with two interactions in two impressions will not be watched by everybody."""
    neighbours: int = 400
    """Neighbours kept for each item, including those with negative weights. In catalogues of more
    than 10,000 items there are fewer, but at least 100."""
    prior_together: float = 1.0
    """Prior (users) that two items go together only by chance."""

    # candidates
    popular_candidates: int = fixed(200)
    genre_candidates: int = fixed(60)
    genres_considered: int = fixed(5)
    recent_interactions: int = fixed(10)
    """The neighbours of this many of a user's last interactions are candidates."""
    ease_candidates: int = fixed(200)
    nearest_candidates: int = fixed(100)
    hidden_considered: int = fixed(500)
    """The most extra candidates taken to replace items that the user has already seen."""
    fresh_candidates: int = fixed(300)
    fresh_most: int = fixed(2000)
    """The most items in the list of the least shown; each slate considers a part of it. Explored
    items are in it only if there are fewer unexplored ones than `fresh_candidates`."""
    new_candidates: int = fixed(300)
    """How many of the newest items that were never shown each slate considers."""

    # the list
    shortlist: int = fixed(60)
    """How many of the best candidates are re-ranked for diversity."""
    overlap_weight: float = 0.6
    """The cost (log rate) of a full overlap of genres with the items already chosen."""
    exploration_slots: int = 1
    """At the end of a list, where a miss costs least; only while there are items to explore."""
    exploration_slots_for_newcomers: int = 2
    """A user without interactions gets no personal items anyway."""
    rich_history: int = 20
    """From this many interactions on, a user gets one slot only in every second list: a list from
    so rich a history is better than exploration."""
    new_item_fit: float = fixed(0.5)
    """The first slot goes to a new item if its genre score is above this share of the best genre
    score of all candidates."""
    explored_after: int = 1
    """After this many impressions an item is explored: it needs no exploration slot any more."""

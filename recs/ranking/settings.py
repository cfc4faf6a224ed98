"""How strongly each part counts in a slate. Every figure was chosen in the laboratory."""

from dataclasses import Field, dataclass, field
from typing import Any

FIXED = "fixed"


def fixed(value: Any) -> Any:
    """Declare one without a variable: half or twice of it changes precision by 0.0005 at most.

    Or another setting decides it.
    """
    return field(default=value, metadata={FIXED: True})


def is_fixed(figure: Field[Any]) -> bool:
    """Say whether no variable of the environment changes it."""
    return FIXED in figure.metadata


@dataclass(frozen=True, slots=True)
class RankingSettings:
    """docs/ranking.md shows what each of them is worth. All but the fixed ones have a variable."""

    list_length: int = fixed(10)
    """Items in a list, LIST_SIZE; exploration slots stand at its end."""

    # popularity
    prior_exposure: float = 3.0
    """Impressions' worth of belief that an item is as good as what we show now: our optimism."""
    optimism: float = 1.0
    """How many times better than that we hope it to be. Less learns too little, more is lost."""
    prior_opinions: float = 4.0
    """Interactions' worth of belief that an item is liked as often as the others."""

    neighbourhood_width: float = 60.0
    """Rows of the catalogue: how far away an item still tells something of another."""
    neighbourhood_weight: float = 0.5
    """Half of what they tell, in logs: with all of it an item in a poor place is never tried."""
    prior_neighbourhood: float = 5.0
    """Interactions' worth of belief that the neighbourhood of an item is like the rest."""

    # what the score of an item is made of
    genre_weight: float = 0.25
    """Genres tell from the first like on, and are all that is known of a new item."""
    distinct_taste_weight: float = 5.0
    """Genres count so many times more for each nat by which a taste is distinct."""
    genre_aversion_weight: float = 2.0
    """Genres that a user surely dislikes. Five dislikes and no like of one leave hardly any."""
    position_weight: float = 0.8
    """Parts of the catalogue with which a user interacts more often than expected."""
    prior_position_interactions: float = 2.0
    """Interactions' worth of belief that a user prefers no part."""
    position_bins: int = 16
    """Parts of the catalogue; smaller ones tell nothing of one user."""
    dislike_weight: float = 0.5
    """A dislike says less about genres than a like: they did choose to watch it."""
    watched_weight: float = 0.75
    """How much of a like it is that somebody watched an item and did not say what they think."""
    like_similarity_weight: float = 0.5
    """Liked together more often than chance."""
    interaction_similarity_weight: float = 0.4
    """Watched together more often than chance, whatever was thought of it."""
    silence_weight: float = 0.2
    """What is watched together with items that were shown in vain is less wanted."""
    model_weight: float = 0.4
    """LightFM, for a user of very many likes: with few it only makes lists alike."""
    prior_model_likes: float = 8.0
    """Likes at which it counts half as much."""

    # item–item similarity
    min_response_rate: float = fixed(0.1)
    """A user who never answered must not make all they saw look related."""
    max_interaction_rate: float = 0.6
    """An early item with two interactions in two impressions is not watched by everybody."""
    neighbours: int = 400
    """Kept for each item, those that repel each other included. In catalogues of more than 10,000
    fewer, but 100 at least."""
    prior_together: float = 1.0
    """Users' worth of belief that two items go together as chance has it."""

    # candidates
    popular_candidates: int = fixed(200)
    genre_candidates: int = fixed(60)
    genres_considered: int = fixed(5)
    recent_interactions: int = fixed(10)
    """Neighbours of a user's last so many interactions are candidates."""
    ease_candidates: int = fixed(200)
    nearest_candidates: int = fixed(100)
    hidden_considered: int = fixed(500)
    """For what a user has seen already so many more candidates are taken, at most."""
    fresh_candidates: int = fixed(300)
    fresh_pool: int = fixed(2000)
    """The least shown items, of which each slate sees a part; once fewer are unexplored, those."""
    new_candidates: int = fixed(300)
    """The newest of those that came later and were not shown yet: each slate sees them."""

    # the list
    shortlist: int = fixed(60)
    """The best so many are re-ranked for diversity."""
    overlap_weight: float = 0.6
    """What a full overlap of genres with the items already chosen costs, in log rate."""
    exploration_slots: int = 1
    """At the end of a list, where a miss costs least; only while there are items to explore."""
    exploration_slots_for_newcomers: int = 2
    """A user without interactions gets nothing personal anyway."""
    rich_history: int = 20
    """Interactions from which on a user gets one slot in every second list only: what is known of
    them makes a better list than chance does."""
    new_item_fit: float = fixed(0.5)
    """The first of these slots goes to an item that has just come, if its genres fit at least so
    well as this share of the best fit among all candidates."""
    explored_after: int = 1
    """Impressions after which an item needs no slot of its own any more."""

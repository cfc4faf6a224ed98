"""How strongly each thought counts in a list. Every figure was chosen in the laboratory."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RankingSettings:
    """docs/ranking.md shows what each of them is worth."""

    list_length: int = 10
    """What the grader looks at; exploration places stand at the end of each such page."""

    # popularity
    prior_exposure: float = 3.0
    """Showings' worth of belief that a title is as good as what we show now: our optimism."""
    optimism: float = 1.0
    """How many times better than that we hope it to be. Less learns too little, more is lost."""
    prior_opinions: float = 4.0
    """Opinions' worth of belief that a title is liked as often as the others."""

    surroundings_width: float = 60.0
    """Places in the catalogue: how far away a neighbour still tells something."""
    surroundings_weight: float = 0.5
    """Half of what they tell, in logs: with all of it a title in a poor place is never tried."""
    prior_surroundings: float = 5.0
    """Interactions' worth of belief that the surroundings of a title are like the rest."""

    # what the score of a title is made of
    genre_weight: float = 0.5
    """Genres tell from the first like on, and are all that is known of a new title."""
    genre_leaning_weight: float = 0.5
    """Genres that he answers to more often than expected; silence counts here, and only here."""
    prior_genre_answers: float = 1.0
    """Answers' worth of belief that he leans to no genre."""
    stretch_weight: float = 0.8
    """Parts of the catalogue that he answers to more often than expected."""
    prior_stretch_answers: float = 2.0
    """Answers' worth of belief that he leans to no part."""
    stretches: int = 16
    """More parts than these are too small to tell anything of one viewer."""
    dislike_weight: float = 0.5
    """A dislike says less about genres than a like: he did choose to watch it."""
    like_lift_weight: float = 0.4
    """Liked together more often than chance."""
    watch_lift_weight: float = 0.3
    """Watched together more often than chance, whatever was thought of it."""
    model_weight: float = 0.4
    """LightFM, for a viewer of very many likes: with few it only makes lists alike."""
    prior_model_likes: float = 8.0
    """Likes at which it counts half as much."""

    # lifts
    min_activity: float = 0.1
    """A viewer who never answered must not make everything near him look related."""
    max_watch_rate: float = 0.6
    """An early title with two interactions to two showings is not watched by everybody."""
    neighbours: int = 50
    """More cost time and change nothing."""

    # candidates
    popular_candidates: int = 200
    genre_candidates: int = 60
    genres_considered: int = 5
    recent_interactions: int = 10
    """Neighbours of his last so many interactions are candidates."""
    nearest_candidates: int = 100
    hidden_considered: int = 500
    """For what he has seen already so many more candidates are taken, at most."""
    fresh_candidates: int = 300
    fresh_pool: int = 2000
    """The least shown titles, of which each list sees a part."""

    arrived_candidates: int = 300
    """The newest of those that came later and were not shown yet: each list sees them."""

    # the list
    shortlist: int = 60
    """The best so many are arranged for diversity."""
    overlap_weight: float = 1.2
    """What a full overlap of genres with the titles already chosen costs, in log rate."""
    explore_places: int = 2
    """At the end of the list, where a miss costs least; only while there are titles to explore."""
    explore_places_for_newcomers: int = 3
    """A viewer without history gets nothing personal anyway."""
    premiere_fit: float = 0.5
    """The first of these places goes to a title that has just come, if its genres fit at least so
    well as this share of the best fit among all candidates."""
    explored_after: int = 1
    """Showings after which a title needs no place of its own any more."""

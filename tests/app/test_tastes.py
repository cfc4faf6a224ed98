"""Three likes of one taste: the list over HTTP follows them, in both catalogues of the page.

In the page's own catalogue each viewer is the first one of a service; in MovieLens fifty come at
once, each with a taste that most others do not share.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from statistics import mean
from time import time

import pytest
from flask.testing import FlaskClient

from app.page.items import Item, Items, read_items
from recs.ranking.ranker import Ranker
from recs.settings import Settings
from recs.stores import Stores
from recs.stores.vectors import connect
from recs.types import Generation, UserId
from tests.app.conftest import like, refresh
from workers.counting import Counting
from workers.rank import RankWorker

MOVIELENS = Path(__file__).parents[3] / "shared" / "ml-latest-small"
SHOWN, OF_THE_TASTE = 12, 8
LIKES, VIEWERS = 3, 5
Fits = Callable[[Item], bool]


def of(*genres: str, kind: str = "", country: str = "") -> Fits:
    """Return whether an item has all of this."""
    return lambda item: (
        {*genres} <= {*item.genres}
        and kind in ("", item.kind)
        and (not country or country in item.countries)
    )


OWN = {
    "horror": of("Horror"),
    "Soviet comedies": of("Comedy", country="USSR"),
    "anime": of("Animation", country="Japan"),
    "series": of(kind="series"),
    "science fiction": of("Sci-Fi"),
    "war": of("War"),
    "musicals": of("Musical"),
    "for children": of("Children"),
    "fantasy": of("Fantasy"),
    "romantic comedies": of("Comedy", "Romance"),
}
OF_MOVIELENS = {
    "horror": of("Horror"),
    "westerns": of("Western"),
    "science fiction": of("Sci-Fi"),
    "war": of("War"),
    "musicals": of("Musical"),
    "for children": of("Children"),
    "animation": of("Animation"),
    "film noir": of("Film-Noir"),
    "documentaries": of("Documentary"),
    "romantic comedies": of("Comedy", "Romance"),
}


@pytest.fixture
def lists_for(
    recommender: FlaskClient, stores: Stores, settings: Settings
) -> Callable[[Items, Mapping[str, list[str]]], dict[str, list[str]]]:
    """Begin a service with a catalogue, have viewers like items, and ask for their lists."""

    def ask(items: Items, liked: Mapping[str, list[str]]) -> dict[str, list[str]]:
        generation = load(recommender, items)
        for viewer, some in liked.items():
            like(stores, generation, viewer, *some)
            stores.waiting.add(generation, [UserId(viewer)], time())
        Counting(generation, stores).publish_news()
        worker = RankWorker(stores, connect(settings))
        worker._ranker = Ranker(settings.ranking, seed=1)
        while worker.run():
            pass
        refresh(recommender)
        answers = {viewer: recommender.get(f"/recs/{viewer}?k={SHOWN}") for viewer in liked}
        return {viewer: answer.get_json()["item_ids"] for viewer, answer in answers.items()}

    return ask


@pytest.mark.parametrize("taste", OWN)
def test_the_first_viewer_of_a_service_gets_what_they_like(lists_for: Callable, taste: str) -> None:
    items = read_items("")

    found = [lists_for(items, {"viewer": liked})["viewer"] for liked in likes_of(OWN[taste], items)]

    counts = [sum(map(OWN[taste], map(items.__getitem__, some))) for some in found]
    assert mean(counts) >= OF_THE_TASTE, counts


@pytest.mark.skipif(not MOVIELENS.exists(), reason="no MovieLens folder")
def test_fifty_viewers_of_ten_tastes_get_what_they_like(lists_for: Callable) -> None:
    items = read_items(str(MOVIELENS))
    liked = {
        f"{taste} {number}": some
        for taste, fits in OF_MOVIELENS.items()
        for number, some in enumerate(likes_of(fits, items))
    }

    found = lists_for(items, liked)

    counts = {
        taste: [
            sum(map(fits, map(items.__getitem__, some)))
            for viewer, some in found.items()
            if viewer.startswith(taste)
        ]
        for taste, fits in OF_MOVIELENS.items()
    }
    assert {taste: each for taste, each in counts.items() if mean(each) < OF_THE_TASTE} == {}


def load(recommender: FlaskClient, items: Items) -> Generation:
    """Do what the page does with its catalogue."""
    told = list(items.values())
    body = {
        "item_ids": [item.item_id for item in told],
        "genres": [item.genres for item in told],
        "kinds": [item.kind for item in told],
        "countries": [item.countries for item in told],
    }
    generation = Generation(recommender.post("/cleanup").get_json()["generation"])
    assert recommender.post("/add_items", json=body).status_code == 200
    return generation


def likes_of(fits: Fits, items: Items) -> Iterable[list[str]]:
    """Yield three items of a taste for each viewer: those of few genres first.

    They are what people name who name a taste.
    """
    pure = sorted(filter(fits, items.values()), key=lambda item: len(item.genres))
    for start in range(0, min(len(pure) + 1 - LIKES, LIKES * VIEWERS), LIKES):
        yield [item.item_id for item in pure[start : start + LIKES]]

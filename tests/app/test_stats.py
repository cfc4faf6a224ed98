from time import time

from flask.testing import FlaskClient

from recs.interactions import Action, Interaction
from recs.stores import Stores
from recs.stores.log import Kind
from recs.types import ItemId, UserId


def test_figures_are_those_of_the_current_generation(recommender: FlaskClient, stores: Stores) -> None:
    generation = stores.generations.begin()
    stores.catalogue.add(generation, [(ItemId("a"), ())])
    row = Interaction(UserId("u"), ItemId("b"), Action.LIKE, 1).to_row()
    span = stores.log.append(generation, Kind.INTERACTIONS, [row])
    stores.state.apply(generation, Kind.INTERACTIONS, span, [row])
    stores.lists.serve(UserId("u"), 1, newest=generation)
    stores.figures.keep_sample(generation, {"queue": 3})

    stats = recommender.get("/stats").get_json()

    assert stats["generation"] == generation
    assert abs(stats["now"] - time()) < 60
    assert (stats["totals"]["likes"], stats["totals"]["impressions"]) == (1, 1)
    assert stats["samples"] == [{"queue": 3}]
    assert stats["top_liked"] == [{"item_id": "b", "count": 1}]
    assert stats["top_shown"] == [{"item_id": "a", "count": 1}]
    assert stats["servers"] == {"redis": "ok", "broker": "ok"}

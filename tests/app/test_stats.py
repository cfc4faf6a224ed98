from time import time

from flask.testing import FlaskClient

from recs.reactions import Action, Reaction
from recs.stores import Stores
from recs.stores.log import Kind
from recs.types import ItemId, UserId


def test_figures_are_those_of_the_current_epoch(recommender: FlaskClient, stores: Stores) -> None:
    epoch = stores.epochs.begin()
    stores.catalogue.add(epoch, [(ItemId("a"), ())])
    row = Reaction(UserId("u"), ItemId("b"), Action.LIKE, 1).to_row()
    span = stores.log.append(epoch, Kind.REACTIONS, [row])
    stores.state.apply(epoch, Kind.REACTIONS, span, [row])
    stores.lists.serve(UserId("u"), 1, newest=epoch)
    stores.figures.keep_sample(epoch, {"queue": 3})

    stats = recommender.get("/stats").get_json()

    assert stats["epoch"] == epoch
    assert abs(stats["now"] - time()) < 60
    assert (stats["totals"]["likes"], stats["totals"]["impressions"]) == (1, 1)
    assert stats["samples"] == [{"queue": 3}]
    assert stats["top_liked"] == [{"item_id": "b", "count": 1}]
    assert stats["top_shown"] == [{"item_id": "a", "count": 1}]
    assert stats["servers"] == {"redis": "ok", "broker": "ok"}

"""What /recs answers while Redis or the broker is away."""

from collections.abc import Callable

from flask.testing import FlaskClient

from recs.stores import Stores
from recs.types import Generation, ItemId
from tests.app.conftest import NOWHERE
from tests.app.recs.conftest import ITEMS, impressions, recs
from tests.recs.stores.catalogues import add_to

Start = Callable[..., FlaskClient]


def test_the_broker_is_not_needed(start: Start, generation: Generation) -> None:
    assert generation
    assert len(recs(start("recommender", broker_url=NOWHERE["broker_url"]), "u")) == 10


def test_without_redis_known_items_come_others_each_time_and_the_log_learns_of_them(
    start: Start, stores: Stores, generation: Generation
) -> None:
    lonely = start("recommender", redis_url=NOWHERE["redis_url"])

    answers = [recs(lonely, "u") for _ in range(4)]

    assert sorted(item for items in answers for item in items) == sorted(ITEMS)
    assert len(impressions(stores, generation)) == 4
    assert len(recs(lonely, "u?explain=1")) == 10


def test_without_redis_and_without_a_generation_answers_are_empty(start: Start) -> None:
    assert recs(start("recommender", redis_url=NOWHERE["redis_url"]), "u") == []


def test_without_redis_what_was_added_just_now_comes(
    start: Start, stores: Stores, generation: Generation
) -> None:
    lonely = start("recommender", redis_url=NOWHERE["redis_url"])
    recs(lonely, "u")
    add_to(stores.catalogues.of(generation), [(ItemId("late"), ())])

    assert "late" in recs(lonely, "u?k=100")

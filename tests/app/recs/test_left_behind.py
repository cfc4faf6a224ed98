"""What an answer of /recs leaves behind: a row of the log, and users who wait to be ranked."""

from collections.abc import Callable
from time import time

import pytest
from flask.testing import FlaskClient

from recs.stores import Stores
from recs.types import Generation
from tests.app.recs.conftest import ITEMS, impressions, recs
from tests.waiting import until


@pytest.mark.usefixtures("generation")
def test_every_answer_is_one_row_of_the_log(
    recommender: FlaskClient, stores: Stores, generation: Generation, prepare: Callable[..., None]
) -> None:
    prepare("u", i3=2.0, i4=1.0)

    served = recs(recommender, "u")  # two out of the slate, eight beside it

    ((user, rows, timestamp),) = impressions(stores, generation)
    assert user == "u"
    assert [ITEMS[int(row)] for row in rows.split(" ")] == served
    assert abs(float(timestamp) - time()) < 10


def test_an_empty_answer_is_no_row_of_the_log(recommender: FlaskClient, stores: Stores) -> None:
    generation = stores.generations.begin()

    assert recs(recommender, "u") == []

    assert impressions(stores, generation) == []


def test_who_has_less_than_an_answer_left_waits_to_be_ranked(
    recommender: FlaskClient, stores: Stores, generation: Generation, prepare: Callable[..., None]
) -> None:
    prepare("many", **{item: 1.0 for item in ITEMS[:20]})
    prepare("few", **{item: 1.0 for item in ITEMS[:19]})

    for user in ("many", "few"):
        recs(recommender, user)

    assert until(lambda: stores.waiting.length(generation) == 1)
    ((user, since),) = stores.waiting.take(generation, 10, time() + 1)
    assert user == "few"
    assert abs(since - time()) < 10

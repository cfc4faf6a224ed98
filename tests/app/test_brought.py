"""Who brought a history, and comes before any ranker has met them. No worker but the statistics."""

from time import time
from typing import Any

import pytest
from flask.testing import FlaskClient

from app import serving
from recs.interactions import DISLIKED, LIKED
from recs.stores import Stores
from recs.stores.keys import Keys
from recs.types import Generation, ItemId, UserId
from tests.app.conftest import like, refresh
from tests.recs.stores.catalogues import add_to
from workers.counting import Counting

GENRES = ["Horror", "Drama", "War", "Comedy"]
N_ITEMS = 200
HORRORS = [f"i{n}" for n in range(0, N_ITEMS, 4)]
DRAMAS = [f"i{n}" for n in range(1, N_ITEMS, 4)]


@pytest.fixture
def generation(stores: Stores) -> Generation:
    """Two hundred items of four genres, in turn."""
    generation = stores.generations.begin()
    items = ((ItemId(f"i{n}"), (GENRES[n % 4],)) for n in range(N_ITEMS))
    add_to(stores.catalogues.of(generation), items)
    return generation


@pytest.fixture
def client(recommender: FlaskClient, stores: Stores, generation: Generation) -> FlaskClient:
    """A recommender with item statistics: most people like dramas; Anna and a few, horror."""
    for number in range(30):
        liked, first = HORRORS if number < 8 else DRAMAS, number % 5
        like(stores, generation, f"user-{number}", *liked[first : first + 12])
    like(stores, generation, "anna", *HORRORS[:6])
    Counting(generation, stores).publish_news()
    refresh(recommender)
    return recommender


def listed(client: FlaskClient, address: str) -> list[str]:
    answer = client.get(address)
    assert answer.status_code == 200
    items: list[str] = answer.get_json()["item_ids"]
    return items


def horrors(items: list[str]) -> int:
    return len(set(items) & set(HORRORS))


@pytest.mark.parametrize("address", ["/recs/anna", "/recs/anna?peek=1", "/recs/anna?explain=1"])
def test_their_first_list_follows_from_it(client: FlaskClient, address: str) -> None:
    items = listed(client, address)

    assert len(set(items)) == 10
    assert horrors(items) >= 6 > 3 >= horrors(listed(client, "/popular"))
    assert not set(items) & set(HORRORS[:6])


def test_it_is_the_first_list_of_a_slate(
    client: FlaskClient, stores: Stores, generation: Generation
) -> None:
    first = listed(client, "/recs/anna")
    [state] = stores.users.states(generation, [UserId("anna")])

    assert len(state.slate) == 20
    assert listed(client, "/recs/anna") == [f"i{row}" for row in state.slate["row"][:10].tolist()]
    assert state.shown.tolist() == [int(item[1:]) for item in first]


def test_a_ranker_meets_them_soon(
    client: FlaskClient, stores: Stores, generation: Generation
) -> None:
    stores.redis.delete(Keys(stores.settings.namespace, generation).waiting)

    listed(client, "/recs/anna?peek=1")
    refresh(client)

    assert [user for user, _ in stores.waiting.take(generation, 10, time() + 1)] == ["anna"]


def test_before_the_first_statistics_they_get_a_popular_list(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    like(stores, generation, "anna", "i0")
    refresh(recommender)

    items = listed(recommender, "/recs/anna")

    assert len(set(items)) == 10
    assert "i0" not in items


def test_one_whose_ranking_raises_gets_a_popular_list(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(serving, "_ranked", fail)

    for address in ("/recs/anna", "/recs/anna?peek=1"):
        items = listed(client, address)
        assert len(set(items)) == 10
        assert not set(items) & set(HORRORS[:6])


def test_who_is_known_to_rankers_is_left_to_them(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed(client, "/recs/anna")
    listed(client, "/recs/new")
    monkeypatch.setattr(serving, "_ranked", None)

    for _ in range(5):
        for user in ("anna", "new", "somebody"):
            assert len(set(listed(client, f"/recs/{user}"))) == 10


def test_what_they_do_while_their_first_list_is_ranked_is_not_taken_for_a_part_of_it(
    client: FlaskClient, stores: Stores, generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, rank = UserId("anna"), serving._ranked
    recorded: dict[UserId, int] = {}

    def rank_meanwhile(*args: Any) -> Any:
        recorded.update(stores.users.record(generation, [(anna, 1, 1, 2.0)]))
        return rank(*args)

    monkeypatch.setattr(serving, "_ranked", rank_meanwhile)
    listed(client, "/recs/anna")

    [state] = stores.users.states(generation, [anna])
    assert len(state.slate)
    assert stores.users.are_ranked([(generation, anna, recorded[anna])]) == [False]


def test_whom_no_ranker_ranks_in_time_is_ranked_when_they_ask(
    client: FlaskClient, stores: Stores, generation: Generation
) -> None:
    anna = UserId("anna")
    assert horrors(listed(client, "/recs/anna")) >= 6
    facts = [(anna, int(item[1:]), LIKED, time()) for item in DRAMAS[:20]]
    facts += [(anna, int(item[1:]), DISLIKED, time()) for item in HORRORS[:30]]
    after = stores.users.record(generation, facts)[anna]

    answer = client.get(f"/recs/anna?after={after}").get_json()
    assert answer["ranked"] is True
    assert horrors(answer["item_ids"]) < 3

    assert client.get(f"/recs/anna?after={after + 10**9}").get_json()["ranked"] is False
    assert client.get(f"/recs/new?after={after}").get_json()["ranked"] is False

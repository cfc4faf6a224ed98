"""Lists for several users at once, and for nobody in particular."""

import pytest
from flask.testing import FlaskClient

from recs.stores import Stores
from recs.stores.log import Kind
from recs.types import Generation, ItemId
from tests.app.conftest import is_problem, like, refresh
from tests.recs.stores.catalogues import add_to
from workers.counting import Counting


@pytest.fixture
def generation(stores: Stores, recommender: FlaskClient) -> Generation:
    """Items of two genres, and some users who like each."""
    generation = stores.generations.begin()
    genres = {f"{name}{n}": [name.title()] for n in range(30) for name in ("war", "drama")}
    add_to(
        stores.catalogues.of(generation), ((ItemId(item), names) for item, names in genres.items())
    )
    for fan in range(5):
        like(stores, generation, f"w{fan}", *(f"war{n}" for n in range(fan, fan + 8)))
        like(stores, generation, f"d{fan}", *(f"drama{n}" for n in range(fan, fan + 8)))
    Counting(generation, stores).publish_news()
    refresh(recommender)
    return generation


def items(client: FlaskClient, address: str) -> list[str]:
    return list(client.get(address).get_json()["item_ids"])


def post(client: FlaskClient, query: str = "", **body: list[str]) -> list[str]:
    return list(client.post(f"/recs{query}", json=body).get_json()["item_ids"])


def of(genre: str, found: list[str]) -> int:
    return sum(item.startswith(genre) for item in found)


@pytest.mark.usefixtures("generation")
def test_a_group_gets_something_of_both(recommender: FlaskClient) -> None:
    found = items(recommender, "/recs?users=w0,d0")

    assert len(set(found)) == 10
    assert not {f"{name}{n}" for name in ("war", "drama") for n in range(8)} & set(found)
    assert 3 <= of("war", found) <= 7


def test_a_list_of_a_group_is_shown_to_all(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    first = items(recommender, "/recs?users=w0,d0")

    assert not set(first) & set(items(recommender, "/recs?users=w0,d0"))
    assert not set(first) & set(items(recommender, "/recs/w0?genre=War,Drama"))
    recommender.application.extensions["recommender"].stores.impressions.close()
    ((_, rows),) = stores.log.tail(generation, Kind.IMPRESSIONS, {})
    assert [user for user, _, _ in rows] == ["w0", "d0", "w0", "d0", "w0"]


@pytest.mark.usefixtures("generation")
def test_a_group_may_peek_and_ask_why(recommender: FlaskClient) -> None:
    address = "/recs?users=w0&users=d0&peek=1&explain=1"

    first, second = (recommender.get(address).get_json() for _ in range(2))

    assert sorted(first["item_ids"]) == sorted(second["item_ids"])
    assert any(each["because"] for each in first["items"])


@pytest.mark.parametrize(
    "users", ["", "users=", "users=,", "users=" + ",".join(map(str, range(21)))]
)
def test_a_group_of_nobody_or_of_too_many_is_refused(recommender: FlaskClient, users: str) -> None:
    answer = recommender.get(f"/recs?{users}")

    assert is_problem(answer, 422)
    assert list(answer.get_json()["errors"]) == ["users"]


def test_an_id_with_a_comma_comes_alone(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    like(stores, generation, "a,b", "war20")

    found = items(recommender, "/recs?users=a,b&users=w0&k=100")

    assert "war20" not in found


@pytest.mark.usefixtures("generation")
def test_a_guest_gets_what_goes_with_their_likes(recommender: FlaskClient) -> None:
    war = post(recommender, likes=["war0", "war1", "war2"])
    neither = post(recommender)

    assert len(set(war)) == len(set(neither)) == 10
    assert not {"war0", "war1", "war2"} & set(war)
    assert of("war", war) > of("war", neither)
    assert of("war", post(recommender, dislikes=["war0", "war1", "war2"])) < of("war", war)
    assert not {"war0", "war1"} & set(post(recommender, "?k=100", watched=["war0", "war1"]))


@pytest.mark.usefixtures("generation")
def test_lists_of_guests_take_filters(recommender: FlaskClient) -> None:
    found = post(recommender, "?genre=Drama&k=20&exclude=drama3", likes=["war0"])

    assert of("drama", found) == len(found) == 20
    assert "drama3" not in found
    explained = recommender.post("/recs?explain=1", json={"likes": ["war0"]}).get_json()
    assert any("war0" in each["because"] for each in explained["items"])


def test_nothing_is_kept_of_a_guest(
    recommender: FlaskClient, stores: Stores, generation: Generation, namespace: str
) -> None:
    def kept() -> set[bytes]:
        return {key for key in stores.redis.scan_iter(f"*{namespace}*") if b"lock" not in key}

    before, files = kept(), stores.log.sizes(generation)
    post(recommender, likes=["war0", "unknown"], dislikes=["drama0"])

    assert kept() == before
    assert stores.log.sizes(generation) == files


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"likes": "war0"}, "likes"),
        ({"likes": [""]}, "likes"),
        ({"dislikes": [None]}, "dislikes"),
        ({"watched": ["a"] * 1_001}, "watched"),
    ],
)
def test_a_wrong_guest_is_refused(recommender: FlaskClient, body: dict, named: str) -> None:
    answer = recommender.post("/recs", json=body)

    assert is_problem(answer, 422)
    assert list(answer.get_json()["errors"]) == [named]


def test_unknown_fields_of_a_guest_are_named(recommender: FlaskClient) -> None:
    answer = recommender.post("/recs", json={"likes": [], "mood": "sad"})

    assert answer.get_json()["ignored"] == ["mood"]

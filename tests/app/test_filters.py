"""Lists under filters: full, and ranked like others. No worker but the statistics."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from recs.stores import Stores
from recs.stores.log import UNRECORDED, Kind
from recs.types import Generation, ItemId, UserId
from tests.app.conftest import NOWHERE, is_problem, like, refresh
from workers.counting import Counting

GENRES = ["Drama", "War", "Horror"]


@pytest.fixture
def generation(stores: Stores) -> Generation:
    """A hundred items: of three genres, in turn; the first half films, of 1950 to 1999."""
    generation = stores.generations.begin()
    stores.catalogues.of(generation).change(
        (
            ItemId(f"i{n}"),
            {"genres": [GENRES[n % 3]], "year": 1950 + n} if n < 50 else {"genres": ["War, old"]},
        )
        for n in range(100)
    )
    stores.catalogues.of(generation).change(
        (
            ItemId(f"i{n}"),
            {"kind": "film" if n % 2 else "Series", "countries": ["USSR", "Italy"][n % 3 : 2]},
        )
        for n in range(50)
    )
    return generation


@pytest.fixture(params=[False, True], ids=["no statistics", "statistics"])
def client(
    request: pytest.FixtureRequest,
    recommender: FlaskClient,
    stores: Stores,
    generation: Generation,
) -> FlaskClient:
    """A recommender before and after the first item statistics."""
    like(stores, generation, "u", "i0")
    if request.param:
        Counting(generation, stores).publish_news()
        refresh(recommender)
    return recommender


def numbers(client: FlaskClient, address: str) -> list[int]:
    """Return the items of a list, as numbers."""
    return [int(item[1:]) for item in client.get(address).get_json()["item_ids"]]


@pytest.mark.parametrize("name", ["genre", "without_genre", "exclude", "kind", "country"])
@pytest.mark.parametrize("empty", ["", ",", "%20,%20"])
def test_a_filter_without_a_name_is_refused(client: FlaskClient, name: str, empty: str) -> None:
    answer = client.get(f"/recs/u?{name}={empty}")

    assert is_problem(answer, 422)
    assert answer.get_json()["errors"] == {name: ["must not be empty"]}


LISTS = ["/recs/u?", "/recs/new?", "/recs?users=u,new&", "/popular?", "/latest?", "/similar/i0?"]


@pytest.mark.parametrize("address", LISTS[:5])
@pytest.mark.parametrize(
    ("filters", "allowed"),
    [
        ("genre=Drama", range(0, 50, 3)),
        ("genre=+DRAMA", range(0, 50, 3)),
        ("genre=Drama,war", [n for n in range(50) if n % 3 < 2]),
        ("genre=Drama&genre=War", [n for n in range(50) if n % 3 < 2]),
        ("genre=War, old", range(50, 100)),
        ("genre=War, old&genre=Drama", [*range(0, 50, 3), *range(50, 100)]),
        ("without_genre=Drama,War, old&year=1900-", [n for n in range(50) if n % 3]),
        ("kind=film", range(1, 50, 2)),
        ("kind=FILM,series&genre=War", range(1, 50, 3)),
        ("country=ussr", range(0, 50, 3)),
        ("country=Italy&kind=film", [n for n in range(1, 50, 2) if n % 3 < 2]),
        ("year=1960-1979", range(10, 30)),
        ("year=1990-", range(40, 50)),
        ("year=-1959", range(10)),
    ],
)
def test_a_list_is_full_under_any_filter(
    client: FlaskClient, address: str, filters: str, allowed: list[int]
) -> None:
    there = [n for n in allowed if n or not address.startswith("/recs/u")]
    there = [n for n in there if n or "users=u" not in address]

    found = numbers(client, f"{address}{filters}&k=10")

    assert len(found) == len(set(found)) == min(len(there), 10)
    assert set(found) <= set(there)


@pytest.mark.parametrize("address", LISTS)
def test_excluded_items_are_not_there(client: FlaskClient, address: str) -> None:
    found = numbers(client, f"{address}k=3")
    without = ",".join(f"i{n}" for n in found)

    others = numbers(client, f"{address}k=3&exclude={without}")

    assert len(others) == 3
    assert not set(found) & set(others)
    assert not set(found) & set(numbers(client, f"{address}k=100&exclude={without},nobody"))


def test_of_what_was_shown_only_what_was_not_answered_comes_again(
    client: FlaskClient, stores: Stores, generation: Generation
) -> None:
    first = numbers(client, "/recs/u?genre=Drama&k=100")
    like(stores, generation, "u", f"i{first[0]}")

    assert sorted(numbers(client, "/recs/u?genre=Drama&k=100")) == sorted(first[1:])


def test_what_one_request_excludes_is_there_for_the_next(client: FlaskClient) -> None:
    without = numbers(client, "/popular?k=100&genre=Drama&exclude=i3")

    assert {*numbers(client, "/popular?k=100&genre=Drama")} - {*without} == {3}


def test_names_with_commas_between_may_be_longer_than_one_name(client: FlaskClient) -> None:
    excluded = ",".join(["i1", *(f"somebody-s-long-id-{n}" for n in range(50))])

    assert 1 not in numbers(client, f"/popular?k=100&exclude={excluded}")
    assert is_problem(client.get(f"/popular?exclude=i1,{'x' * 513}"), 422)


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize("nothing", ["genre=Western", "kind=book", "country=Chad", "year=1850"])
def test_where_nothing_fits_the_list_is_empty(
    client: FlaskClient, address: str, nothing: str
) -> None:
    assert numbers(client, f"{address}{nothing}") == []


@pytest.mark.parametrize(
    "wrong",
    [
        *("year=new", "year=", "year=1979-80-90", "year=19799", "year=1970-%0A"),
        "year=1979-1970",
        *("peek=yes", "genre=", "kind=%00"),
    ],
)
def test_a_filter_that_cannot_be_obeyed_is_named(client: FlaskClient, wrong: str) -> None:
    answer = client.get(f"/recs/u?{wrong}")

    assert is_problem(answer, 422)
    assert list(answer.get_json()["errors"]) == [wrong.split("=")[0]]


def test_filtered_lists_are_others_each_time_until_nothing_is_left(client: FlaskClient) -> None:
    lists = [numbers(client, "/recs/u?genre=Drama&k=4") for _ in range(4)]
    again = numbers(client, "/recs/u?genre=Drama&k=4")

    assert sorted(n for each in lists for n in each) == list(range(3, 50, 3))
    assert again == lists[0]


def test_what_was_shown_under_a_filter_does_not_come_without_one(client: FlaskClient) -> None:
    shown = numbers(client, "/recs/u?genre=Drama&k=10")

    assert not set(shown) & set(numbers(client, "/recs/u?k=80"))


def test_a_filtered_list_is_a_row_of_the_log(
    client: FlaskClient, stores: Stores, generation: Generation
) -> None:
    found = numbers(client, "/recs/u?genre=Drama&k=3")

    client.application.extensions["recommender"].stores.impressions.close()
    ((_, rows),) = stores.log.tail(generation, Kind.IMPRESSIONS, {})
    assert [(user, shown) for user, shown, _ in rows] == [("u", " ".join(map(str, found)))]


@pytest.mark.parametrize("query", ["", "&genre=Drama", "&explain=1", "&k=40", "&exclude=i3"])
@pytest.mark.parametrize("user", ["u", "new"])
def test_who_only_peeks_leaves_no_trace(
    client: FlaskClient, stores: Stores, generation: Generation, user: str, query: str
) -> None:
    before = stores.users.states(generation, [UserId(user)])[0].shown.tolist()

    first = numbers(client, f"/recs/{user}?peek=1{query}")
    second = numbers(client, f"/recs/{user}?peek=1{query}")

    assert sorted(first) == sorted(second)
    assert len(first) == min(16 if "genre" in query and user == "u" else 17, 10) or "k=" in query
    assert stores.users.states(generation, [UserId(user)])[0].shown.tolist() == before == []
    assert stores.log.sizes(generation, Kind.IMPRESSIONS) == {}
    assert stores.waiting.length(generation) == 1  # of their like


def test_a_peek_is_what_comes_next(client: FlaskClient) -> None:
    client.get("/recs/u?k=5")
    peeked = numbers(client, "/recs/u?peek=1&k=7")

    assert numbers(client, "/recs/u?k=7") == peeked


def test_without_redis_filtered_lists_hold_popular_items_and_wait_to_be_recorded(
    start: Callable[..., FlaskClient], stores: Stores, generation: Generation
) -> None:
    lonely = start("recommender", **NOWHERE)

    for address in ("/recs/u?genre=Drama", "/recs?users=u,v&genre=Drama", "/recs/u?peek=1"):
        assert len(lonely.get(address).get_json()["item_ids"]) == 10

    [segment] = stores.log.sizes(generation, Kind.IMPRESSIONS)
    assert segment.endswith(UNRECORDED)


def test_filtered_lists_can_be_explained(client: FlaskClient) -> None:
    answer = client.get("/recs/u?genre=Drama&explain=1&k=3").get_json()

    assert [each["item_id"] for each in answer["items"]] == answer["item_ids"]


def test_an_item_that_came_just_now_is_found_under_a_filter(client: FlaskClient) -> None:
    client.post("/add_items", json={"item_ids": ["i500"], "genres": [["New"]]})

    for address in LISTS:
        expected = [] if address.startswith("/similar") else [500]
        assert numbers(client, f"{address}genre=new") == expected

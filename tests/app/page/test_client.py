"""The page's client against services in memory and against the real ones: the same tests pass."""

from collections.abc import Iterator
from contextlib import closing
from uuid import uuid4

import pytest

from app.page.client import GenerationOver, Refused, ServiceDown, Services
from recs.settings import Settings
from tests.app.page.fake_services import FakeServices
from tests.servers.ports import own_port
from tests.waiting import until


@pytest.fixture(params=["in memory", "real"])
def services(request: pytest.FixtureRequest) -> Iterator[Services]:
    """Services that know some items."""
    if request.param == "real":
        services = Services(request.getfixturevalue("service").settings)
        services.add_items(services.catalogue()["generation"], *ITEMS, **TOLD)
        yield services
        services.close()
        return
    with FakeServices().served() as url:
        services = Services(Settings(collector_url=url, recommender_url=url))
        services.add_items(services.catalogue()["generation"], *ITEMS, **TOLD)
        yield services
        services.close()


ITEMS = [f"client-{n}" for n in range(30)], [["Drama", "Zeppelins"] for _ in range(30)]


TOLD = {
    "titles": [f"Client {n}" for n in range(30)],
    "years": [1990 + n for n in range(30)],
    "kinds": ["film" if n % 10 else "series" for n in range(30)],
}


@pytest.fixture
def user_id() -> str:
    return f"user {uuid4()}"


def test_recommended_items_are_of_the_catalogue(services: Services, user_id: str) -> None:
    entries = services.recommended(user_id, 3)

    assert len(entries) == 3
    assert services.items([entry.item_id for entry in entries])


def test_items_that_were_shown_are_followed_by_others(services: Services, user_id: str) -> None:
    first = {entry.item_id for entry in services.recommended(user_id, 3)}
    services.seen(user_id, list(first))
    second = {entry.item_id for entry in services.recommended(user_id, 3)}

    assert first.isdisjoint(second)


def test_asking_again_gets_the_same_items(services: Services, user_id: str) -> None:
    services.interact(user_id, "client-1", "like")
    assert until(lambda: services.interactions(user_id) != {})
    first = services.recommended(user_id, 3)

    assert until(lambda: services.recommended(user_id, 3) == services.recommended(user_id, 3))
    assert len(first) == 3


def test_filters_reach_the_recommender(services: Services, user_id: str) -> None:
    wanted = {"genre": ["Zeppelins"], "kind": "series", "year": "1990-2019"}

    for ask in (services.recommended, services.popular, services.latest):
        found = {entry.item_id for entry in ask(user_id, 100, wanted)}
        assert found == {"client-0", "client-10", "client-20"}


def test_similar_items_have_reasons(services: Services) -> None:
    similar = services.similar("client-1", 3)

    assert len(similar) == 3
    assert all(each.reasons for each in similar)


def test_two_users_get_one_list(services: Services, user_id: str) -> None:
    assert len(services.recommended_to([user_id, f"{user_id} 2"], 3)) == 3


def test_all_items_are_read_page_by_page(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.page.client.ITEMS_A_PAGE", 7)
    ids = [item["item_id"] for item in services.all_items()]

    assert set(ITEMS[0]) <= set(ids)
    assert len(set(ids)) == len(ids)


def test_an_item_has_counters(services: Services, user_id: str) -> None:
    services.interact(user_id, "client-2", "like")

    assert until(lambda: services.counters("client-2")["likes"] >= 1)


def test_items_for_a_generation_that_is_over_are_refused(services: Services) -> None:
    with pytest.raises(GenerationOver):
        services.add_items(services.catalogue()["generation"] - 1, *ITEMS)


def test_a_like_is_known_soon(services: Services, user_id: str) -> None:
    services.interact(user_id, "client-1", "like")

    assert until(lambda: services.interactions(user_id) == {"client-1": "like"})


def test_the_newest_like_comes_first(services: Services, user_id: str) -> None:
    for item in ("client-1", "client-2"):
        services.interact(user_id, item, "like")

    assert until(lambda: list(services.interactions(user_id)) == ["client-2", "client-1"])


def test_all_interactions_of_a_user_are_read_page_by_page() -> None:
    fake = FakeServices()
    fake.interactions_a_page = 2
    actions = ["like", "dislike", "watched", "like", "like"]
    fake.interactions["u"] = {f"x{n}": action for n, action in enumerate(actions)}

    with fake.served() as url, closing(Services(Settings(recommender_url=url))) as services:
        assert list(services.interactions("u").items()) == [
            ("x4", "like"), ("x3", "like"), ("x0", "like"), ("x1", "dislike"), ("x2", "watched"),
        ]  # fmt: skip


@pytest.mark.parametrize("item", ["client-3", "a/b c?d#e%2F", "..", "ёж"])
def test_an_interaction_can_be_undone_whatever_the_id(
    services: Services, user_id: str, item: str
) -> None:
    services.interact(user_id, item, "dislike")
    assert until(lambda: services.interactions(user_id) == {item: "dislike"})
    services.interact(user_id, item, "undo")

    assert until(lambda: services.interactions(user_id) == {})


def test_popular_items_are_of_the_genre_that_was_asked_for(
    services: Services, user_id: str
) -> None:
    def popular() -> set[str]:
        return {entry.item_id for entry in services.popular(user_id, 5, {"genre": ["Zeppelins"]})}

    assert until(lambda: len(popular()) == 5)
    assert popular() <= set(ITEMS[0])


def test_unknown_items_have_no_genres(services: Services) -> None:
    told = services.items(["client-1", "nobody knows it"])

    assert told.keys() == {"client-1"}
    assert told["client-1"]["genres"] == ["Drama", "Zeppelins"]
    assert told["client-1"]["title"] == "Client 1"


def test_the_catalogue_counts_its_items_and_genres(services: Services) -> None:
    catalogue = services.catalogue()

    assert catalogue["items"] >= 30
    assert catalogue["genres"]["Zeppelins"] == 30


def test_the_stats_have_a_generation_and_servers(services: Services) -> None:
    stats = services.stats()

    assert stats["servers"]["redis"] == "ok"
    assert stats["generation"] == services.catalogue()["generation"]


def test_what_a_service_refuses_is_no_outage(services: Services, user_id: str) -> None:
    with pytest.raises(Refused):
        services.interact(user_id, "x" * 600, "like")


def test_a_service_that_is_not_there_is_down(user_id: str) -> None:
    nobody = Services(Settings(collector_port=own_port(), recommender_port=own_port()))

    with pytest.raises(ServiceDown, match="collector"):
        nobody.interact(user_id, "client-1", "like")
    assert not nobody.collector_is_up()
    nobody.close()


def test_each_service_tells_whether_it_is_ready(services: Services) -> None:
    for service in ("collector", "recommender"):
        assert services.readiness(service)["status"] in ("ok", "degraded")

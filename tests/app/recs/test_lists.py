"""Which items a list of /recs holds."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import time
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.item_view import ItemView
from recs.ranking.slates import Entries
from recs.stores import Stores
from recs.types import Generation, ItemId, UserId
from tests.app.conftest import like, refresh
from tests.app.recs.conftest import ITEMS, entries, recs
from tests.recs.stores.catalogues import add_to
from workers.counting import Counting


@pytest.mark.usefixtures("generation")
@pytest.mark.parametrize("k", [1, 7, 10, 40])
def test_everything_is_shown_once_before_anything_comes_again(
    recommender: FlaskClient, k: int
) -> None:
    shown: list[str] = []
    while len(shown) + k <= len(ITEMS):
        shown += recs(recommender, f"u?k={k}")
    rest = recs(recommender, f"u?k={k}")

    n_new = len(ITEMS) - len(shown)
    assert set(shown + rest[:n_new]) == set(ITEMS)
    assert len(set(rest)) == k
    assert rest[n_new:] == shown[: k - n_new]  # what was shown longest ago comes first


@pytest.mark.usefixtures("generation")
@pytest.mark.parametrize("k", [1, 3, 40, 41, 100])
def test_k_says_how_many(recommender: FlaskClient, k: int) -> None:
    for _ in range(3):
        served = recs(recommender, f"u?k={k}")

        assert len(served) == len(set(served)) == min(k, 40)


def test_a_slate_shorter_than_the_answer_is_filled_up_without_repeating_it(
    recommender: FlaskClient, stores: Stores, prepare: Callable[..., None]
) -> None:
    for _ in range(4):
        recs(recommender, "u")
    prepare("u", i7=2.0, i8=1.0)

    served = recs(recommender, "u?k=40")

    assert sorted(served) == sorted(ITEMS)


def test_a_catalogue_smaller_than_the_answer_does_not_repeat_what_was_in_the_slate(
    recommender: FlaskClient, prepare: Callable[..., None]
) -> None:
    prepare("u", i7=2.0, i8=1.0)

    served = recs(recommender, "u?k=100")

    assert served[:2] == ["i7", "i8"]
    assert sorted(served) == sorted(ITEMS)


def test_before_anything_else_answers_are_empty(recommender: FlaskClient, stores: Stores) -> None:
    assert recs(recommender, "u") == []
    assert recs(recommender, "u?explain=1") == []
    refresh(recommender)
    assert not list(stores.redis.scan_iter(f"*{stores.settings.namespace}*"))


def test_between_cleanup_and_the_first_item_answers_are_empty(
    recommender: FlaskClient, generation: Generation
) -> None:
    assert recs(recommender, "u")
    assert recommender.post("/cleanup").get_json()["generation"] > generation

    assert recs(recommender, "u") == []


@pytest.mark.usefixtures("generation")
def test_right_after_the_first_items_were_added_they_come_from_every_process(
    recommender: FlaskClient, other_recommender: FlaskClient
) -> None:
    assert recs(other_recommender, "u")
    recommender.post("/cleanup")
    assert recs(other_recommender, "u") == []
    recommender.post("/add_items", json={"item_ids": ["a", "b"]})

    assert recs(other_recommender, "u") == ["a", "b"]
    assert recs(recommender, "v") == ["a", "b"]


def test_two_processes_show_a_user_everything_once(
    recommender: FlaskClient, other_recommender: FlaskClient, generation: Generation
) -> None:
    assert generation
    answers = [recs(each, "u") for _ in range(2) for each in (recommender, other_recommender)]

    assert sorted(item for items in answers for item in items) == sorted(ITEMS)


@pytest.mark.usefixtures("generation")
def test_a_user_who_asks_twice_at_once_is_shown_different_items(
    recommender: FlaskClient, prepare: Callable[..., None]
) -> None:
    prepare("u", **{item: 1.0 for item in ITEMS})
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: recs(recommender, "u"), range(4)))

    assert sorted(item for items in answers for item in items) == sorted(ITEMS)


@pytest.mark.parametrize("others", [1, 2])
def test_a_long_list_is_full_and_new_although_others_are_asked_for_meanwhile(
    recommender: FlaskClient,
    stores: Stores,
    generation: Generation,
    monkeypatch: pytest.MonkeyPatch,
    others: int,
) -> None:
    more = [(ItemId(f"more {n}"), ("War",)) for n in range(360)]
    add_to(stores.catalogues.of(generation), more)
    answers: list[list[str]] = []
    offered, waiting = ItemView.popular, list(range(others))

    def popular(*args: Any, **kwargs: Any) -> Entries:
        """Return the best items; before they are served, another list takes them."""
        best = offered(*args, **kwargs)
        if waiting:
            waiting.pop()
            answers.append(recs(recommender, "u?k=100"))
        return best

    monkeypatch.setattr(ItemView, "popular", popular)
    answers.append(recs(recommender, "u?k=100"))

    assert [len(each) for each in answers] == [100] * (1 + others)
    assert len(set().union(*answers)) == 100 * (1 + others)


@pytest.mark.usefixtures("generation")
def test_a_list_is_full_although_each_time_others_leave_only_what_is_in_it(
    recommender: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    recs(recommender, "u?k=20")
    offered, asking = ItemView.popular, [False]

    def popular(*args: Any, **kwargs: Any) -> Entries:
        """Return the best items; before they are served, another list takes thirty of forty."""
        best = offered(*args, **kwargs)
        if not asking[0]:
            asking[0] = True
            assert len(recs(recommender, "u?k=30")) == 30
            asking[0] = False
        return best

    monkeypatch.setattr(ItemView, "popular", popular)
    served = recs(recommender, "u?k=30")

    assert len(set(served)) == len(served) == 30


@pytest.mark.parametrize("k", [3, 10])
def test_a_look_is_as_long_as_a_list_after_items_shown_before_were_deleted(
    recommender: FlaskClient, stores: Stores, generation: Generation, k: int
) -> None:
    shown = recs(recommender, "u?k=40")
    stores.catalogues.of(generation).remove([ItemId(item) for item in shown[:25]])
    refresh(recommender)

    looked = recs(recommender, f"u?k={k}&peek=1")

    assert looked == shown[25 : 25 + k]
    assert recs(recommender, "u?k=40&peek=1") == shown[25:]


def test_what_a_user_interacted_with_does_not_come(
    recommender: FlaskClient,
    stores: Stores,
    generation: Generation,
    prepare: Callable[..., None],
) -> None:
    prepare("u", i1=3.0, i2=2.0, i3=1.0)
    like(stores, generation, "u", "i2", "i9")

    answers = [recs(recommender, "u?k=10") for _ in range(5)]

    assert answers[0][:2] == ["i1", "i3"]
    assert not {"i2", "i9"} & {item for items in answers for item in items}


def test_who_interacted_with_everything_gets_an_empty_list(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    recs(recommender, "someone else")
    like(stores, generation, "u", *ITEMS)

    assert recs(recommender, "u") == []
    assert recs(recommender, "u?explain=1") == []


def test_items_that_nobody_added_do_not_come(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    like(stores, generation, "someone else", "unknown")

    assert sorted(recs(recommender, "u?k=100")) == sorted(ITEMS)


def test_an_item_that_came_late_is_shown_at_once(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    for _ in range(4):
        recs(recommender, "u")
    add_to(stores.catalogues.of(generation), [(ItemId("late"), ())])

    assert recs(recommender, "u")[0] == "late"


def test_with_statistics_the_liked_items_come_first(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    for n in range(20):
        like(stores, generation, f"u{n}", "i33")
    Counting(generation, stores).publish_news()

    assert recs(recommender, "u")[0] == "i33"


def test_a_slate_with_rows_that_no_catalogue_has_does_no_harm(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    lost = entries(i1=1.0, i2=1.0)
    lost["row"][0] = 4_000_000_000
    stores.users.write_slates(generation, {UserId("u"): lost}, time())

    served = recs(recommender, "u?explain=1")

    assert served[0] == "i2"
    assert len(served) == 10


@pytest.mark.parametrize("part", ["shown", "slate", "interactions"])
def test_damaged_keys_of_a_user_leave_popular_items(
    recommender: FlaskClient, stores: Stores, generation: Generation, namespace: str, part: str
) -> None:
    stores.redis.set(f"{{{namespace}:{generation}:u}}:{part}", b"damaged")

    assert len(recs(recommender, "u")) == 10
    assert len(recs(recommender, "u?explain=1")) == 10

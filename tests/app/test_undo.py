from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from tests.app.conftest import is_problem

Queued = Callable[[], list[list[Any]]]


def test_an_undone_interaction_is_queued_like_any_interaction(
    collector: FlaskClient, queued: Queued
) -> None:
    answer = collector.delete("/interact/u/a")

    assert answer.status_code == 200
    ((_, [row]),) = queued()
    assert row[:3] == ["u", "a", "undo"]


@pytest.mark.parametrize(
    ("user", "item"),
    [
        ("a/b", "c/d"),
        ("/", "/"),
        ("50%", "%2F"),
        ("a b", "a+b"),
        ("фильм", "🎬"),
        ("?", "#"),
        (".", ".."),
    ],
)
def test_odd_ids_come_through_whole(
    collector: FlaskClient, queued: Queued, user: str, item: str
) -> None:
    address = f"/interact/{quote(user, safe='')}/{quote(item, safe='')}"

    assert collector.delete(address).status_code == 200
    ((_, [row]),) = queued()
    assert row[:2] == [user, item]


@pytest.mark.parametrize("address", ["/interact/u", "/interact/u/a/b", "/interact/", "/interact"])
def test_an_address_of_other_than_two_ids_is_refused(
    collector: FlaskClient, queued: Queued, address: str
) -> None:
    assert collector.delete(address).status_code in (404, 405)
    assert queued() == []


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/interact/%00/a", "user_id"),
        ("/interact/u/%0A", "item_id"),
        (f"/interact/{'x' * 513}/a", "user_id"),
        ("/interact/u/", "item_id"),
    ],
)
def test_a_wrong_id_is_named(collector: FlaskClient, address: str, field: str) -> None:
    answer = collector.delete(address)

    assert is_problem(answer, 422)
    assert list(answer.get_json()["errors"]) == [field]

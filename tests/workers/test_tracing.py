import logging

import pytest

from recs.stores import Stores
from recs.types import Generation, UserId
from workers.batching import Received
from workers.queues import REQUESTS
from workers.tracing import remember_requests, tell_logged, tell_ranked


def message(generation: Generation, requests: object, *users: object) -> Received:
    rows = [[user, "a", "like", "1"] for user in users]
    return Received((generation, rows), {REQUESTS: requests}, lambda: None)


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "workers.tracing")
    return caplog


def lines(told: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(each.request_id, each.getMessage()) for each in told.records]  # type: ignore[attr-defined]


def test_each_request_of_a_message_is_told_with_its_own_rows(
    told: pytest.LogCaptureFixture, generation: Generation
) -> None:
    tell_logged([message(generation, [["r1", 2], ["r2", 1]], "u", "u", "v")])

    assert lines(told) == [
        ("r1", "2 interactions are in the log"),
        ("r2", "1 interactions are in the log"),
    ]


def test_a_list_is_told_with_the_latest_request_of_its_user_and_once(
    told: pytest.LogCaptureFixture, stores: Stores, generation: Generation
) -> None:
    remember_requests([message(generation, [["r1", 1], ["r2", 1]], "u", "v")], stores)
    remember_requests([message(generation, [["r3", 1]], "u")], stores)
    tell_ranked(generation, [UserId("u"), UserId("nobody")], stores)
    tell_ranked(generation, [UserId("u")], stores)

    assert lines(told) == [("r3", "the list is ranked")]


def test_nothing_is_kept_while_nothing_is_told(
    stores: Stores, generation: Generation, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "workers.tracing")
    remember_requests([message(generation, [["r1", 1]], "u")], stores)

    assert stores.traces.take(generation, [UserId("u")]) == []


@pytest.mark.parametrize("requests", [None, "r1", [None], [["r1"]], [[1, 1]], [["r1", "1"]], {}])
def test_a_message_that_is_not_ours_tells_nothing(
    told: pytest.LogCaptureFixture, stores: Stores, generation: Generation, requests: object
) -> None:
    batch = [message(generation, requests, "u"), message(generation, [["r", 3]], 7, None, "\ud800")]
    remember_requests(batch, stores)
    tell_logged(batch)

    assert [request_id for request_id, _ in lines(told)] == ["r"]
    assert stores.traces.take(generation, [UserId("u")]) == []

import gzip
import json
from collections.abc import Callable
from time import monotonic, time
from typing import Any

import pytest
from flask.testing import FlaskClient
from kombu import Connection

from recs.settings import Settings
from recs.stores import Stores
from tests.app.conftest import is_problem

Queued = Callable[[], list[list[Any]]]

GOOD = {"user_id": "u", "item_ids": ["a", "b"], "actions": ["like", "dislike"], "timestamp": 5.5}


def rows(messages: list[list[Any]]) -> list[list[str]]:
    return [row for _, rows in messages for row in rows]


def test_interactions_are_in_the_queue_when_the_answer_comes(
    collector: FlaskClient, queued: Queued, stores: Stores
) -> None:
    generation = stores.generations.begin()

    answer = collector.post("/interact", json=GOOD)

    assert answer.status_code == 200
    assert queued() == [
        [generation, [["u", "a", "like", "5.500000"], ["u", "b", "dislike", "5.500000"]]]
    ]


def test_an_undated_interaction_is_dated_by_the_clock_of_redis(
    collector: FlaskClient, queued: Queued
) -> None:
    undated = [{**GOOD, "timestamp": None}, {k: v for k, v in GOOD.items() if k != "timestamp"}]
    for body in undated:
        assert collector.post("/interact", json=body).status_code == 200

    assert [abs(float(row[3]) - time()) < 5 for row in rows(queued())] == [True] * 4


def test_each_interaction_may_have_a_time_of_its_own(
    collector: FlaskClient, queued: Queued
) -> None:
    body = {**GOOD, "timestamps": [1.5, None]}

    assert collector.post("/interact", json=body).status_code == 200
    assert [row[3] for row in rows(queued())] == ["1.500000", "5.500000"]


@pytest.mark.parametrize("times", [[1], [1, 2, 3], [1, "now"], [1, 1e12], 7])
def test_wrong_times_are_named(collector: FlaskClient, queued: Queued, times: Any) -> None:
    answer = collector.post("/interact", json={**GOOD, "timestamps": times})

    assert is_problem(answer, 422)
    assert list(answer.get_json()["errors"]) == ["timestamps"]
    assert queued() == []


def test_watched_is_an_action(collector: FlaskClient, queued: Queued) -> None:
    body = {**GOOD, "actions": ["watched", "like"]}

    assert collector.post("/interact", json=body).status_code == 200
    assert [row[2] for row in rows(queued())] == ["watched", "like"]


def test_integers_are_read_as_ids(collector: FlaskClient, queued: Queued) -> None:
    body = {"user_id": 7, "item_ids": [1, -2, 10**30], "actions": ["like"] * 3, "timestamp": 1}

    assert collector.post("/interact", json=body).status_code == 200
    assert [row[:2] for row in rows(queued())] == [["7", "1"], ["7", "-2"], ["7", str(10**30)]]


def test_a_call_without_interactions_is_fine(collector: FlaskClient) -> None:
    answer = collector.post("/interact", json={"user_id": "u", "item_ids": [], "actions": []})

    assert (answer.status_code, answer.get_json()["interactions"]) == (200, 0)


def test_a_thousand_interactions_are_taken(collector: FlaskClient, queued: Queued) -> None:
    body = {"user_id": "u", "item_ids": list(range(1_000)), "actions": ["like"] * 1_000}

    assert collector.post("/interact", json=body).status_code == 200
    assert len(rows(queued())) == 1_000


def test_the_type_of_the_body_need_not_be_named(collector: FlaskClient) -> None:
    assert collector.post("/interact", data=json.dumps(GOOD)).status_code == 200


@pytest.mark.parametrize(
    "odd", ["a/b", "50%", "a b", "a:b", "*", "фильм", "🎬", '"', "a,b", "'", "0" * 512]
)
def test_odd_ids_come_through_whole(collector: FlaskClient, queued: Queued, odd: str) -> None:
    body = {"user_id": odd, "item_ids": [odd], "actions": ["like"]}

    assert collector.post("/interact", json=body).status_code == 200
    assert [row[:2] for row in rows(queued())] == [[odd, odd]]


NOT_JSON = [
    b"",
    b"{",
    b"user_id=u&item_ids=a",
    b"\xff\xfe\xfd",
    b'{"user_id": "\xff", "item_ids": [], "actions": []}',
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"user_id": 1' + b"0" * 5_000 + b"}",
    b"{}{}",
]


@pytest.mark.parametrize("content", NOT_JSON, ids=lambda content: repr(content[:20]))
def test_what_is_not_json_is_a_400(collector: FlaskClient, content: bytes) -> None:
    answer = collector.post("/interact", data=content, content_type="application/json")

    assert is_problem(answer, 400)
    assert "body" in answer.get_json()["detail"]


@pytest.mark.parametrize("content", ["[]", "null", '"u"', "1", "true", "NaN"])
def test_what_is_no_object_is_a_400(collector: FlaskClient, content: str) -> None:
    answer = collector.post("/interact", data=content)

    assert is_problem(answer, 400)
    assert "object" in answer.get_json()["detail"]


WRONG = [
    ("user_id", None, "null"),
    ("user_id", "", "empty"),
    ("user_id", "x" * 513, "512"),
    ("user_id", 10**600, "512"),
    ("user_id", "a\x00b", "control"),
    ("user_id", "a\nb", "control"),
    ("user_id", "\ud800", "surrogate"),
    ("user_id", True, "string or an integer"),
    ("user_id", 1.5, "string or an integer"),
    ("user_id", ["u"], "string or an integer"),
    ("user_id", {}, "string or an integer"),
    ("item_ids", None, "null"),
    ("item_ids", "ab", "list"),
    ("item_ids", {"0": "a"}, "list"),
    ("item_ids", ["a", ""], "empty"),
    ("item_ids", ["a", "x" * 513], "512"),
    ("item_ids", ["a", None], "null"),
    ("item_ids", ["a", "b\x7f"], "control"),
    ("item_ids", ["a", ["b"]], "string or an integer"),
    ("item_ids", ["a"] * 1_001, "1,000"),
    ("actions", None, "null"),
    ("actions", "like", "list"),
    ("actions", ["like"], "one action for each"),
    ("actions", ["like"] * 3, "one action for each"),
    ("actions", ["like", "love"], "like, dislike"),
    ("actions", ["like", "LIKE"], "like, dislike"),
    ("actions", ["like", "undo"], "like, dislike"),
    ("actions", ["like", ""], "like, dislike"),
    ("actions", ["like", 1], "string"),
    ("actions", ["like", None], "null"),
    ("actions", ["like"] * 1_001, "1,000"),
    ("timestamp", -1, "finite"),
    ("timestamp", -0.001, "finite"),
    ("timestamp", 4e9, "future"),
    ("timestamp", 1e15, "milliseconds"),
    ("timestamp", 1_764_000_000_000, "milliseconds"),
    ("timestamp", 1.764e15, "milliseconds"),
    ("timestamp", 10**400, "finite"),
    ("timestamp", float("nan"), "finite"),
    ("timestamp", float("inf"), "finite"),
    ("timestamp", True, "number"),
    ("timestamp", "1726148676", "number"),
    ("timestamp", [], "number"),
]


@pytest.mark.parametrize(("field", "value", "allowed"), WRONG, ids=lambda value: repr(value)[:24])
def test_a_wrong_field_is_named_with_what_is_allowed(
    collector: FlaskClient, queued: Queued, field: str, value: Any, allowed: str
) -> None:
    answer = collector.post("/interact", json={**GOOD, field: value})

    assert is_problem(answer, 422)
    assert list(answer.get_json()["errors"]) == [field]
    assert allowed in json.dumps(answer.get_json()["errors"][field])
    assert queued() == []


@pytest.mark.parametrize("field", ["user_id", "item_ids", "actions"])
def test_a_missing_field_is_named(collector: FlaskClient, field: str) -> None:
    answer = collector.post("/interact", json={k: v for k, v in GOOD.items() if k != field})

    assert is_problem(answer, 422)
    assert list(answer.get_json()["errors"]) == [field]


def test_a_number_too_large_for_a_float_is_no_timestamp(collector: FlaskClient) -> None:
    body = json.dumps(GOOD).replace("5.5", "1e400")

    answer = collector.post("/interact", data=body)

    assert is_problem(answer, 422)
    assert "timestamp" in answer.get_json()["errors"]


def test_one_bad_interaction_refuses_the_whole_call(collector: FlaskClient, queued: Queued) -> None:
    body = {"user_id": "u", "item_ids": ["a", "b", ""], "actions": ["like"] * 3}

    assert is_problem(collector.post("/interact", json=body), 422)
    assert queued() == []


def test_the_place_of_a_bad_interaction_is_told(collector: FlaskClient) -> None:
    answer = collector.post("/interact", json={**GOOD, "item_ids": ["a", ""]})

    assert list(answer.get_json()["errors"]["item_ids"]) == ["1"]


def test_of_a_repeated_key_the_last_counts(collector: FlaskClient, queued: Queued) -> None:
    body = '{"user_id": "x", "user_id": "u", "item_ids": ["a"], "actions": ["like"]}'

    assert collector.post("/interact", data=body).status_code == 200
    assert [row[0] for row in rows(queued())] == ["u"]


def test_a_list_far_too_long_is_refused_before_it_is_looked_at(collector: FlaskClient) -> None:
    body = json.dumps({**GOOD, "item_ids": [1] * 2_000_000})
    begun = monotonic()

    answer = collector.post("/interact", data=body)

    assert is_problem(answer, 422)
    assert len(answer.data) < 1_000
    assert monotonic() - begun < 5


def test_a_body_beyond_32_mib_is_refused_unread(collector: FlaskClient) -> None:
    answer = collector.post("/interact", data=b"x" * (32 * 2**20 + 1))

    assert is_problem(answer, 413)


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_another_method_is_a_405_that_says_which_is_right(
    collector: FlaskClient, method: str
) -> None:
    answer = getattr(collector, method)("/interact")

    assert is_problem(answer, 405)
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("path", ["/", "/interact/", "/interacts", "/recs/u", "/interact/a"])
def test_another_path_is_a_404(collector: FlaskClient, path: str) -> None:
    assert is_problem(collector.post(path, json=GOOD), 404 if path != "/interact/a" else 405)


def test_a_queue_that_vanished_is_made_again(
    collector: FlaskClient, queued: Queued, settings: Settings
) -> None:
    assert collector.post("/interact", json=GOOD).status_code == 200
    with Connection(settings.broker_url) as connection:
        connection.default_channel.queue_delete(settings.queue("interactions"))

    assert collector.post("/interact", json=GOOD).status_code == 200
    assert len(rows(queued())) == 2


def test_two_namespaces_on_one_broker_do_not_see_each_other(
    collector: FlaskClient, queued: Queued, other_collector: FlaskClient
) -> None:
    assert other_collector.post("/interact", json=GOOD).status_code == 200
    assert collector.post("/interact", json={**GOOD, "user_id": "mine"}).status_code == 200

    assert {row[0] for row in rows(queued())} == {"mine"}


def test_a_field_that_nobody_knows_costs_a_grader_nothing_and_is_named(
    collector: FlaskClient, queued: Queued
) -> None:
    body = {"user_id": "u", "item_ids": ["i"], "actions": ["like"], "session": 7, "source": "x"}

    answer = collector.post("/interact", json=body)

    assert (answer.status_code, answer.get_json()["ignored"]) == (200, ["session", "source"])
    assert len(queued()) == 1
    assert collector.get("/readyz").get_json()["ignored_fields"] == {"session": 1, "source": 1}


def test_a_misspelled_timestamp_is_named_since_now_was_taken_in_its_place(
    collector: FlaskClient,
) -> None:
    body = {"user_id": "u", "item_ids": ["i"], "actions": ["like"], "when": 1.0}

    assert collector.post("/interact", json=body).get_json()["ignored"] == ["when"]


def test_a_compressed_interaction_is_taken(collector: FlaskClient, queued: Queued) -> None:
    body = gzip.compress(b'{"user_id": "u", "item_ids": ["i"], "actions": ["like"]}')

    answer = collector.post("/interact", data=body, headers={"Content-Encoding": "gzip"})

    assert answer.status_code == 200
    assert len(queued()) == 1

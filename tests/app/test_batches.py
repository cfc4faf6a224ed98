"""POST /interactions: many users, in three formats; what is none is refused by its number."""

import gzip
import json
from collections.abc import Callable
from time import time
from typing import Any

import pytest
from flask.testing import FlaskClient

from app import batch_rows, batches
from recs.stores import Stores
from recs.types import ItemId
from tests.app.conftest import NOWHERE, is_problem
from tests.recs.stores.catalogues import add_to

Queued = Callable[[], list[list[Any]]]

ROWS = [
    {"user_id": "u", "item_id": "a", "action": "like", "timestamp": 1.5},
    {"user_id": "v", "item_id": "a", "action": "dislike", "timestamp": 2},
    {"user_id": "v", "item_id": 7, "action": "watched", "timestamp": 3},
    {"user_id": 9, "item_id": 'б,"', "action": "undo", "timestamp": 4},
]
WANTED = [
    ["u", "a", "like", "1.500000"],
    ["v", "a", "dislike", "2.000000"],
    ["v", "7", "watched", "3.000000"],
    ["9", 'б,"', "undo", "4.000000"],
]
CSV = """timestamp,user_id,action,item_id
1.5,u,like,a
2,v,dislike,a
3,v,watched,7
4,9,undo,"б,\"\""
"""
BODIES = {
    "object": ("application/json", json.dumps({"interactions": ROWS})),
    "list": ("application/json; charset=utf-8", json.dumps(ROWS, indent=1)),
    "lines": ("application/x-ndjson", "\n".join(map(json.dumps, ROWS)) + "\n\n"),
    "jsonl": ("application/jsonl", "\r\n".join(map(json.dumps, ROWS))),
    "csv": ("text/csv", CSV),
    "csv of Windows": ("text/csv", "\ufeff" + CSV.replace("\n", "\r\n")),
    "csv with spaces": ("text/csv", CSV.replace(",", ", ").replace("б, ", "б,")),
    "csv with semicolons": ("text/csv", CSV.replace(",", ";").replace("б;", "б,")),
}


def rows(messages: list[list[Any]]) -> list[list[str]]:
    return [row for _, rows in messages for row in rows]


def send(client: FlaskClient, body: Any, query: str = "", kind: str = "") -> dict[str, Any]:
    answer = (
        client.post(f"/interactions{query}", data=body, content_type=kind)
        if kind
        else client.post(f"/interactions{query}", json=body)
    )
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()
    return found


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("is_told", [True, False], ids=["type told", "type found out"])
def test_three_formats_say_the_same(
    collector: FlaskClient, queued: Queued, name: str, is_told: bool
) -> None:
    kind, body = BODIES[name]

    answer = send(collector, body.encode(), kind=kind if is_told else "application/octet-stream")

    assert answer == {"status": "queued", "interactions": 4, "refused": 0, "errors": []}
    assert rows(queued()) == WANTED


@pytest.mark.parametrize("end", ["", "\n"])
def test_one_line_without_a_type_is_a_row(collector: FlaskClient, queued: Queued, end: str) -> None:
    answer = send(collector, (json.dumps(ROWS[0]) + end).encode(), kind="application/octet-stream")

    assert answer["interactions"] == 1
    assert rows(queued()) == [WANTED[0]]


def test_what_is_no_interaction_is_refused_by_its_number_and_the_rest_is_taken(
    collector: FlaskClient, queued: Queued
) -> None:
    wrong: list[tuple[Any, str]] = [
        ({"item_id": "a", "action": "like"}, "user_id is missing"),
        ({"user_id": "u", "action": "like"}, "item_id is missing"),
        ({"user_id": "", "item_id": "a", "action": "like"}, "empty"),
        ({"user_id": "u", "item_id": "x" * 513, "action": "like"}, "512"),
        ({"user_id": True, "item_id": "a", "action": "like"}, "user_id"),
        ({"user_id": ["u"], "item_id": "a", "action": "like"}, "user_id"),
        ({"user_id": "u", "item_id": "a"}, "action or rating"),
        ({"user_id": "u", "item_id": "a", "action": "love"}, "like, dislike, watched, undo"),
        ({"user_id": "u", "item_id": "a", "action": 1}, "action must be"),
        ({"user_id": "u", "item_id": "a", "rating": "good"}, "rating must be a number"),
        ({"user_id": "u", "item_id": "a", "rating": True}, "rating must be a number"),
        ({"user_id": "u", "item_id": "a", "rating": float("nan")}, "rating must be a number"),
        ({"user_id": "u", "item_id": "a", "rating": [4]}, "rating must be a number"),
        ({"user_id": "u", "item_id": "a", "action": "like", "timestamp": "soon"}, "ISO 8601"),
        ({"user_id": "u", "item_id": "a", "action": "like", "timestamp": 1e12}, "milliseconds"),
        ({"user_id": "u", "item_id": "a", "action": "like", "timestamp": -1}, "timestamp"),
        ({"user_id": "u", "item_id": "a", "action": "like", "timestamp": 4e9}, "future"),
        ("row", "object"),
        (None, "object"),
    ]
    body = [each for row, _ in wrong for each in (row, ROWS[0])]

    answer = send(collector, body)

    assert (answer["interactions"], answer["refused"]) == (len(wrong), len(wrong))
    assert [each["row"] for each in answer["errors"]] == list(range(1, 2 * len(wrong), 2))
    for told, (_, reason) in zip(answer["errors"], wrong, strict=True):
        assert reason in told["reason"]
    assert rows(queued()) == [WANTED[0]] * len(wrong)


def test_ratings_are_read_by_a_threshold(collector: FlaskClient, queued: Queued) -> None:
    body = [{"user_id": "u", "item_id": n, "rating": n} for n in (3.5, 4, "4.5", 0)]
    for n, row in enumerate(body):
        row["item_id"] = n

    send(collector, body)
    assert [row[2] for row in rows(queued())] == ["dislike", "like", "like", "dislike"]
    send(collector, body, "?threshold=3.5")
    assert [row[2] for row in rows(queued())] == ["like", "like", "like", "dislike"]
    send(collector, body, "?threshold=-1")
    assert [row[2] for row in rows(queued())] == ["like"] * 4


def test_an_action_counts_more_than_a_rating(collector: FlaskClient, queued: Queued) -> None:
    send(collector, [{"user_id": "u", "item_id": "a", "rating": 1, "action": "like"}])

    assert rows(queued())[0][2] == "like"


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("1726148676.3", 1726148676.3),
        ("2024-09-12T13:44:36Z", 1726148676.0),
        ("2024-09-12 13:44:36", 1726148676.0),
        ("2024-09-12T15:44:36+02:00", 1726148676.0),
        ("2024-09-12", 1726099200.0),
    ],
)
def test_times_may_be_texts(
    collector: FlaskClient, queued: Queued, told: str, seconds: float
) -> None:
    send(collector, [{"user_id": "u", "item_id": "a", "action": "like", "timestamp": told}])

    assert float(rows(queued())[0][3]) == pytest.approx(seconds)


@pytest.mark.parametrize("undated", [{}, {"timestamp": None}])
def test_what_is_not_dated_is_of_now(
    collector: FlaskClient, queued: Queued, undated: dict[str, None]
) -> None:
    send(collector, [{"user_id": "u", "item_id": "a", "action": "like", **undated}])

    assert abs(float(rows(queued())[0][3]) - time()) < 5


def test_empty_fields_of_csv_are_as_if_they_were_not_there(
    collector: FlaskClient, queued: Queued
) -> None:
    body = "user_id,item_id,action,rating,timestamp\nu,a,,5,\nu,b,like,,1\n\nu,,like,,\n"

    answer = send(collector, body, kind="text/csv")

    assert [row[:3] for row in rows(queued())] == [["u", "a", "like"], ["u", "b", "like"]]
    assert answer["errors"] == [{"row": 3, "reason": "item_id is missing"}]


def test_a_known_column_of_csv_that_comes_twice_is_refused(collector: FlaskClient) -> None:
    body = "note,user_id,item_id,action,action,note\n,u,a,like,dislike,\n"

    answer = collector.post("/interactions", data=body, content_type="text/csv")

    assert answer.status_code == 422
    assert "action" in answer.text


def test_rows_of_csv_of_another_length_are_refused(collector: FlaskClient, queued: Queued) -> None:
    body = 'user_id,item_id,action\nu,a\nu,b,like\nu,c,like,1\nu,"d'

    answer = send(collector, body, kind="text/csv")

    assert [each["row"] for each in answer["errors"]] == [1, 3, 4]
    assert [row[1] for row in rows(queued())] == ["b"]


def test_a_line_that_is_no_json_is_one_refused_row(collector: FlaskClient, queued: Queued) -> None:
    body = "\n".join([json.dumps(ROWS[0]), "{", "[]", "[" * 100_000, json.dumps(ROWS[1])])

    answer = send(collector, body, kind="application/x-ndjson")

    assert [each["row"] for each in answer["errors"]] == [2, 3, 4]
    assert rows(queued()) == WANTED[:2]


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", "{", 400),
        ("application/json", "[" * 100_000, 400),
        ("application/json", "7", 422),
        ("application/json", "{}", 422),
        ("application/json", '{"interactions": {"user_id": "u"}}', 422),
        ("text/csv", "user,item\nu,a\n", 422),
        ("text/csv", "user_id,item_id\nu,a\n", 422),
        ("text/csv", "", 422),
        ("text/csv", b"\xff\xfe", 400),
        ("text/csv", 'user_id,"item_id', 400),
    ],
)
def test_a_body_that_cannot_be_read_at_all_is_refused(
    collector: FlaskClient, queued: Queued, kind: str, body: str | bytes, status: int
) -> None:
    answer = collector.post("/interactions", data=body, content_type=kind)

    assert is_problem(answer, status)
    assert queued() == []


def test_fields_that_nobody_knows_are_named(collector: FlaskClient) -> None:
    assert send(collector, [{**ROWS[0], "mood": 1}])["ignored"] == ["mood"]
    told = send(collector, "user_id,item_id,rating,title\nu,a,5,Alien\n", kind="text/csv")
    assert told["ignored"] == ["title"]


def test_a_large_batch_goes_out_in_many_messages(
    collector: FlaskClient, queued: Queued, stores: Stores
) -> None:
    generation = stores.generations.begin()
    body = [{**ROWS[0], "user_id": n, "item_id": n % 7} for n in range(1_234)]

    assert send(collector, body)["interactions"] == 1_234

    messages = queued()
    assert [len(some) for _, some in messages] == [500, 500, 234]
    assert {each for each, _ in messages} == {generation}
    assert [row[0] for row in rows(messages)] == [str(n) for n in range(1_234)]


def test_more_rows_than_a_call_may_have_are_refused(
    collector: FlaskClient, queued: Queued, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "ROWS_MOST", 3)

    assert is_problem(collector.post("/interactions", json=ROWS), 422)
    assert queued() == []


def test_of_many_refused_rows_some_are_named_and_all_counted(
    collector: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "REFUSED_MOST", 2)

    answer = send(collector, [{}] * 5)

    assert (answer["interactions"], answer["refused"], len(answer["errors"])) == (0, 5, 2)


def test_a_batch_may_come_compressed(collector: FlaskClient, queued: Queued) -> None:
    answer = collector.post(
        "/interactions",
        data=gzip.compress(CSV.encode()),
        content_type="text/csv",
        headers={"Content-Encoding": "gzip"},
    )

    assert answer.get_json()["interactions"] == 4
    assert rows(queued()) == WANTED


def test_without_the_broker_nothing_is_promised(start: Callable[..., FlaskClient]) -> None:
    assert is_problem(start("collector", **NOWHERE).post("/interactions", json=ROWS), 503)


def test_what_users_did_is_known_when_the_answer_comes(
    collector: FlaskClient, recommender: FlaskClient, stores: Stores
) -> None:
    add_to(
        stores.catalogues.of(stores.generations.begin()), ((ItemId(each), []) for each in "abcdef")
    )

    send(collector, [{"user_id": n, "item_id": "a", "action": "like"} for n in range(3)])

    for user in range(3):
        assert "a" not in recommender.get(f"/recs/{user}").get_json()["item_ids"]


def test_every_type_is_one_of_three() -> None:
    assert set(batch_rows.TYPES.values()) == batches.BODY.keys()

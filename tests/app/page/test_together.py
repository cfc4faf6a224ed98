import re
import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.page.client import Entry
from app.page.memory import FILE
from app.page.pairs import KEPT_SECONDS, MEMBERS_AT_MOST, Pairs
from tests.app.page.fake_services import FakeServices
from tests.app.page.test_tabs import card_ids


@pytest.fixture
def friend(app: Flask, visitor: FlaskClient) -> FlaskClient:
    client = app.test_client()
    client.environ_base = visitor.environ_base
    return client


def begin(visitor: FlaskClient) -> str:
    page = visitor.post("/together", follow_redirects=True).text
    (code,) = re.findall(r'class="code">(\w+)<', page)
    return str(code)


def test_both_see_one_list_without_what_either_knows(
    visitor: FlaskClient, friend: FlaskClient, services: FakeServices
) -> None:
    visitor.post("/api/interactions", json={"item_id": "up-2009", "action": "like"})
    friend.post("/api/interactions", json={"item_id": "jaws-1975", "action": "dislike"})
    code = begin(visitor)

    theirs = card_ids(friend.get(f"/together?code={code.lower()}").text)
    mine = card_ids(visitor.get("/together").text)
    assert theirs == mine
    assert len(mine) == 12
    asked = [call for call in services.calls if call.startswith("GET /recs?")][-1]
    assert asked.count("users=") == 2


def test_their_list_stays_until_one_of_them_says_something(
    visitor: FlaskClient, friend: FlaskClient, services: FakeServices
) -> None:
    code = begin(visitor)
    first = card_ids(friend.get(f"/together?code={code}").text)
    services.genres = dict(reversed(services.genres.items()))  # others would come first now
    assert card_ids(visitor.get("/together").text) == first

    friend.post("/api/interactions", json={"item_id": first[0], "action": "like"})
    after = card_ids(visitor.get("/together").text)
    assert after[:11] == first[1:]
    assert len(after) == 12
    assert card_ids(friend.get("/together").text) == after


def test_a_deleted_title_leaves_their_list(visitor: FlaskClient, services: FakeServices) -> None:
    begin(visitor)
    gone, *others = card_ids(visitor.get("/together").text)
    del services.genres[gone]

    after = card_ids(visitor.get("/together").text)
    assert after[:11] == others
    assert gone not in after


def test_after_a_cleanup_their_list_has_no_title_of_before(
    visitor: FlaskClient, services: FakeServices
) -> None:
    begin(visitor)
    services.clean_up()
    services.genres["new"] = ["Drama"]

    assert card_ids(visitor.get("/together").text) == ["new"]


@pytest.mark.parametrize("code", ["NOPE22", "", "' OR 1=1 --"])
def test_an_unknown_code_joins_nobody(visitor: FlaskClient, code: str) -> None:
    page = visitor.get("/together", query_string={"code": code})

    assert page.status_code == 200
    assert card_ids(page.text) == []
    assert ("This code is unknown" in page.text) == bool(code)


def test_a_code_ends_after_a_day(
    visitor: FlaskClient, friend: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = begin(visitor)
    later = time.time() + KEPT_SECONDS + 1
    monkeypatch.setattr("app.page.pairs.time.time", lambda: later)

    assert card_ids(friend.get(f"/together?code={code}").text) == []


def test_no_more_than_five_look_together(app: Flask, visitor: FlaskClient) -> None:
    code = begin(visitor)
    for _ in range(MEMBERS_AT_MOST - 1):
        assert card_ids(app.test_client().get(f"/together?code={code}").text)

    assert not card_ids(app.test_client().get(f"/together?code={code}").text)


def test_whoever_leaves_is_alone_again(visitor: FlaskClient) -> None:
    begin(visitor)
    page = visitor.post("/together", data={"leave": "1"}, follow_redirects=True)

    assert "Invite somebody" in page.text


@pytest.mark.parametrize(
    "form", [("/together", {"leave": "1"}), ("/together", {}), ("/afresh", {})]
)
def test_of_whoever_leaves_or_starts_afresh_the_common_list_knows_no_more(
    visitor: FlaskClient, friend: FlaskClient, services: FakeServices, form: tuple[str, Any]
) -> None:
    code = begin(visitor)
    friend.get(f"/together?code={code}")
    first, *others = card_ids(visitor.get("/together").text)
    visitor.post("/api/interactions", json={"item_id": first, "action": "like"})
    path, fields = form

    visitor.post(path, data=fields)
    page = friend.get("/together").text

    assert card_ids(page) == [first, *others]
    assert [call for call in services.calls if call.startswith("GET /recs?")][-1].count(
        "users="
    ) == 1


def test_whoever_joins_another_list_leaves_the_one_before(
    app: Flask, visitor: FlaskClient, friend: FlaskClient, services: FakeServices
) -> None:
    theirs = begin(friend)
    visitor.get(f"/together?code={theirs}")
    visitor.get(f"/together?code={begin(app.test_client())}")

    friend.get("/together")
    assert [call for call in services.calls if call.startswith("GET /recs?")][-1].count(
        "users="
    ) == 1


def test_whoever_returns_to_what_they_were_is_in_the_common_list_again(
    visitor: FlaskClient, friend: FlaskClient
) -> None:
    code = begin(visitor)
    friend.get(f"/together?code={code}")
    visitor.post("/afresh")
    visitor.post("/afresh/undo")

    assert f'class="code">{code}<' in visitor.get("/together").text


def test_with_the_recommender_down_it_says_so(visitor: FlaskClient, services: FakeServices) -> None:
    begin(visitor)
    services.down.add("recommender")

    assert visitor.get("/together").status_code == 503


def test_of_those_who_look_together_nothing_is_on_disk(
    app: Flask, visitor: FlaskClient, tmp_path: Path
) -> None:
    begin(visitor)
    with visitor.session_transaction() as session:
        user_id = session["user_id"]

    files = [each for each in tmp_path.rglob("*") if each.is_file()]
    assert any(each.name.startswith(FILE) for each in files)
    assert not [each for each in files if user_id.encode() in each.read_bytes()]


def test_of_very_many_codes_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.page.pairs.CODES_AT_MOST", 3)
    pairs = Pairs()
    codes = [pairs.begin("ann") for _ in range(5)]

    joined = [pairs.join(code, "bob") for code in codes]
    assert joined == [None, None, *[["ann", "bob"]] * 3]


def test_of_two_who_fill_a_list_at_once_the_first_does() -> None:
    pairs = Pairs()
    code = pairs.begin("ann")

    assert pairs.keep_list(code, [], [Entry("a")]) == [Entry("a")]
    assert pairs.keep_list(code, [], [Entry("b")]) == [Entry("a")]
    assert pairs.read_list(code) == [Entry("a")]

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app.page.session import signing_key
from tests.app.page.fake_services import FakeServices


def users(services: FakeServices) -> list[str]:
    """The users whose interactions were asked for, in order."""
    return [call.split("/")[2] for call in services.calls if call.endswith("/interactions")]


def test_the_key_is_the_same_after_a_restart(tmp_path: Path) -> None:
    assert signing_key(tmp_path) == signing_key(tmp_path)


def test_only_the_owner_can_read_the_key(tmp_path: Path) -> None:
    signing_key(tmp_path)

    assert stat.S_IMODE((tmp_path / "page.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("left", [0, 31])
def test_a_key_that_a_disk_has_lost_is_made_anew(tmp_path: Path, left: int) -> None:
    before = signing_key(tmp_path)
    (tmp_path / "page.key").write_bytes(before[:left])

    after = signing_key(tmp_path)

    assert len(after) == len(before) == 32
    assert after != before
    assert signing_key(tmp_path) == after


def test_processes_that_start_together_get_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(signing_key, [tmp_path / "new"] * 8))

    assert len(keys) == 1


def test_a_visitor_stays_the_same_user(visitor: FlaskClient, services: FakeServices) -> None:
    visitor.get("/")
    visitor.get("/")

    assert len(users(services)) == 2
    assert len(set(users(services))) == 1


def test_start_afresh_makes_a_new_user(visitor: FlaskClient, services: FakeServices) -> None:
    visitor.get("/")
    visitor.post("/afresh")
    visitor.get("/")

    assert len(set(users(services))) == 2


def test_a_forged_cookie_is_ignored(visitor: FlaskClient, services: FakeServices) -> None:
    visitor.set_cookie("kinolenta-8000", "eyJ1c2VyX2lkIjoiYm9iIn0.aaaaaa.forged")
    visitor.get("/")

    assert users(services) != ["bob"]


def test_user_id_shows_the_page_of_another_user(
    visitor: FlaskClient, services: FakeServices
) -> None:
    page = visitor.get("/?user_id=bob").text

    assert users(services) == ["bob"]
    assert "You are looking as" in page


def test_ones_own_user_id_is_not_another_user(visitor: FlaskClient, services: FakeServices) -> None:
    visitor.get("/")
    (own,) = users(services)

    page = visitor.get(f"/?user_id={own}").text

    assert "You are looking as" not in page


def test_links_keep_the_other_user(visitor: FlaskClient) -> None:
    assert 'href="/popular?user_id=bob"' in visitor.get("/?user_id=bob").text


def test_looking_as_another_user_does_not_change_the_visitor(
    visitor: FlaskClient, services: FakeServices
) -> None:
    visitor.get("/")
    visitor.get("/?user_id=bob")
    visitor.get("/")

    mine, bob, mine_again = users(services)

    assert bob == "bob"
    assert mine == mine_again

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from flask.testing import FlaskClient

from app.page.viewer import signing_key
from tests.app.page.fake_services import FakeServices


def viewers(services: FakeServices) -> list[str]:
    """Those for whom lists were asked, in order."""
    return [call.split("/")[2].split("?")[0] for call in services.calls if "/recs/" in call]


def test_the_key_is_the_same_after_a_restart(tmp_path: Path) -> None:
    assert signing_key(tmp_path) == signing_key(tmp_path)


def test_only_the_owner_can_read_the_key(tmp_path: Path) -> None:
    signing_key(tmp_path)

    assert stat.S_IMODE((tmp_path / "page.key").stat().st_mode) == 0o600


def test_processes_that_start_together_get_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(signing_key, [tmp_path / "new"] * 8))

    assert len(keys) == 1


def test_a_visitor_stays_the_same_viewer(visitor: FlaskClient, services: FakeServices) -> None:
    visitor.get("/")
    visitor.get("/")

    assert len(viewers(services)) == 2
    assert len(set(viewers(services))) == 1


def test_start_afresh_makes_a_new_viewer(visitor: FlaskClient, services: FakeServices) -> None:
    visitor.get("/")
    visitor.post("/afresh")
    visitor.get("/")

    assert len(set(viewers(services))) == 2


def test_a_forged_cookie_is_nobody_known(visitor: FlaskClient, services: FakeServices) -> None:
    visitor.set_cookie("kinolenta-8000", "eyJ2aWV3ZXIiOiJib2IifQ.aaaaaa.forged")
    visitor.get("/")

    assert viewers(services) != ["bob"]


def test_user_id_looks_as_someone_else(visitor: FlaskClient, services: FakeServices) -> None:
    page = visitor.get("/?user_id=bob").text

    assert viewers(services) == ["bob"]
    assert "You are looking as" in page


def test_links_stay_with_someone_else(visitor: FlaskClient) -> None:
    assert 'href="/popular?user_id=bob"' in visitor.get("/?user_id=bob").text


def test_looking_as_someone_else_leaves_the_visitor_who_he_is(
    visitor: FlaskClient, services: FakeServices
) -> None:
    visitor.get("/")
    visitor.get("/?user_id=bob")
    visitor.get("/")

    mine, bob, mine_again = viewers(services)

    assert bob == "bob"
    assert mine == mine_again

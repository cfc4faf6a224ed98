from collections.abc import Iterator
from contextlib import closing

import pytest

from app.page.client import Services
from app.page.items import Item
from app.page.titles import Titles
from recs.settings import Settings
from tests.app.page.fake_services import FakeServices, wait_for_titles


@pytest.fixture
def asked(page_settings: Settings) -> Iterator[Services]:
    with closing(Services(page_settings)) as asked:
        yield asked


@pytest.fixture
def titles(asked: Services) -> Titles:
    return Titles(asked, {})


def look(titles: Titles, asked: Services) -> None:
    """Have the catalogue looked at, and wait until it is read."""
    titles.look(asked.catalogue())
    wait_for_titles()


def found(titles: Titles, text: str) -> list[str]:
    return [item.item_id for item in titles.search.find(text, 5)]


def test_a_title_that_was_renamed_is_found_by_its_new_name(
    titles: Titles, asked: Services, services: FakeServices
) -> None:
    services.genres["x1"] = []
    services.told["x1"] = {"title": "Solaris"}
    look(titles, asked)
    assert found(titles, "solaris") == ["x1"]

    services.told["x1"] = {"title": "Stalker"}
    look(titles, asked)
    assert (found(titles, "solaris"), found(titles, "stalker")) == ([], ["x1"])


def test_what_a_cleanup_deleted_is_not_found_any_more(
    titles: Titles, asked: Services, services: FakeServices
) -> None:
    services.genres["x1"] = []
    services.told["x1"] = {"title": "Solaris"}
    look(titles, asked)

    services.clean_up()
    look(titles, asked)

    assert (found(titles, "solaris"), titles.get("x1")) == ([], None)


def test_own_titles_are_found_only_while_the_catalogue_has_them_or_nothing(
    asked: Services, services: FakeServices
) -> None:
    own = {"own": Item("own", "Solaris")}
    titles = Titles(asked, own)
    look(titles, asked)
    assert found(titles, "solaris") == ["own"]

    services.genres["x1"] = []
    services.told["x1"] = {"title": "Solaris"}
    look(titles, asked)

    assert found(titles, "solaris") == ["x1"]
    assert titles.get("own") == own["own"]


def test_after_a_reading_that_took_long_there_is_a_pause(
    titles: Titles, asked: Services, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.page.titles.LONG_SECONDS", 0.0)
    monkeypatch.setattr("app.page.titles.PAUSE_SHARE", 10**6)
    for name in ("x1", "x2"):
        services.genres[name] = []
        services.told[name] = {"title": "Solaris"}
        look(titles, asked)
    assert found(titles, "solaris") == ["x1"]

    monkeypatch.setattr("app.page.titles.monotonic", lambda: float("inf"))
    look(titles, asked)
    assert sorted(found(titles, "solaris")) == ["x1", "x2"]


def test_while_nothing_changes_the_catalogue_is_read_once(
    titles: Titles, asked: Services, services: FakeServices
) -> None:
    services.genres["x1"] = []
    look(titles, asked)
    look(titles, asked)

    assert sum(call.startswith("GET /items") for call in services.calls) == 1

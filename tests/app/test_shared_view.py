"""Which generation a web process serves. The disk tells, for Redis is away here."""

import pytest

from app.shared_view import REFRESH_SECONDS, SharedView
from recs.settings import Settings
from recs.stores import Stores, connection
from recs.stores.generations import LEASE_SECONDS, Generations
from recs.types import Generation
from tests.app.conftest import NOWHERE, add


@pytest.fixture
def disk(settings: Settings) -> Stores:
    return Stores(settings, connection.short_timeout(NOWHERE["redis_url"], 0.1))


@pytest.fixture
def view(disk: Stores) -> SharedView:
    return SharedView(disk)


def broken(_: Generations) -> Generation:
    raise OSError(5, "Input/output error")


def test_before_the_first_generation_there_are_no_items(view: SharedView) -> None:
    assert view.items().generation == 0
    assert len(view.items().popular(10)) == 0


def test_a_first_generation_is_seen_at_once(view: SharedView, disk: Stores) -> None:
    view.items()
    generation = disk.generations.begin()
    add(disk, generation, a=[])

    assert view.items().generation == generation
    assert view.items().popular(10)["row"].tolist() == [0]


def test_one_object_serves_a_generation_until_the_next_is_looked_for(
    view: SharedView, disk: Stores
) -> None:
    disk.generations.begin()
    before = view.items()
    new = disk.generations.begin()

    assert view.items() is before
    assert disk.lease.look() == new
    assert view.items().generation == new


def test_with_the_disk_away_too_the_generation_before_must_do(
    view: SharedView, disk: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = disk.generations.begin()
    view.items()
    monkeypatch.setattr(view._lease, "_clock", lambda: 1e12)
    monkeypatch.setattr(Generations, "look", broken)

    assert view.items().generation == generation


def test_who_knew_of_none_then_cannot_answer(
    view: SharedView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Generations, "look", broken)

    with pytest.raises(OSError, match="Input/output"):
        view.items()


def test_a_refresh_comes_twice_within_a_lease() -> None:
    assert 2 * REFRESH_SECONDS < LEASE_SECONDS

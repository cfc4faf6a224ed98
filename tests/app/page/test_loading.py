from collections.abc import Iterator
from pathlib import Path

import pytest

from app.page.client import Services
from app.page.loading import Loader
from app.page.progress import Progress, start_of_page, write_progress
from app.page.titles import Title
from tests.app.page.fake_services import FakeServices
from tests.waiting import until

TITLES = {str(n): Title(str(n), f"Title {n}", ("Drama",)) for n in range(2500)}


@pytest.fixture
def loader(services: FakeServices, tmp_path: Path) -> Iterator[Loader]:
    with services.served() as url:
        client = Services(url, url)
        yield Loader(client, TITLES, tmp_path)
        client.close()


def ends_as(loader: Loader, phase: str) -> Progress:
    assert until(lambda: loader.progress().phase == phase)
    return loader.progress()


def test_an_empty_catalogue_is_filled_at_the_start(loader: Loader, services: FakeServices) -> None:
    loader.start()

    assert ends_as(loader, "done").sent == 2500
    assert services.genres.keys() == TITLES.keys()


def test_a_catalogue_of_somebody_else_is_left_alone(loader: Loader, services: FakeServices) -> None:
    services.genres["theirs"] = []

    loader.start()

    ends_as(loader, "not needed")
    assert list(services.genres) == ["theirs"]


def test_a_worker_that_comes_back_after_a_cleanup_loads_nothing(
    loader: Loader, services: FakeServices
) -> None:
    loader.start()
    ends_as(loader, "done")
    services.clean_up()
    services.calls.clear()

    loader.start()

    loader._alone(lambda _: None)  # waits for nobody, and sees that the lock is free again
    assert services.calls == []


def test_a_new_start_of_the_page_fills_an_empty_catalogue_again(
    loader: Loader, services: FakeServices, tmp_path: Path
) -> None:
    write_progress(tmp_path, Progress("an earlier start", "done", 2500, 2500, generation=0))

    loader.start()

    assert until(lambda: loader.progress().generation == 1 and loader.progress().phase == "done")
    assert len(services.genres) == 2500


def test_a_new_start_after_a_cleanup_loads_nothing(loader: Loader, services: FakeServices) -> None:
    services.clean_up()

    loader.start()

    ends_as(loader, "not needed")
    assert services.genres == {}


def test_a_loading_that_was_cut_short_goes_on(
    loader: Loader, services: FakeServices, tmp_path: Path
) -> None:
    services.genres = {"0": ["Drama"]}
    write_progress(tmp_path, Progress("an earlier start", "loading", 1000, 2500, generation=1))

    loader.start()

    ends_as(loader, "done")
    assert len(services.genres) == 2500


def test_a_loading_that_was_cut_short_by_a_cleanup_does_not_go_on(
    loader: Loader, services: FakeServices, tmp_path: Path
) -> None:
    write_progress(tmp_path, Progress(start_of_page(), "loading", 1000, 2500, generation=1))
    services.clean_up()

    loader.start()

    ends_as(loader, "not needed")
    assert services.genres == {}


def test_a_cleanup_in_the_middle_stops_the_loading(
    loader: Loader, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = Services.add

    def add_then_clean_up(self: Services, *batch: object) -> None:
        add(self, *batch)  # type: ignore[arg-type]
        services.clean_up()

    monkeypatch.setattr(Services, "add", add_then_clean_up)

    loader.start()

    assert ends_as(loader, "given up").sent == 1000
    assert services.genres == {}


def test_at_a_persons_word_titles_join_those_of_somebody_else(
    loader: Loader, services: FakeServices
) -> None:
    services.genres["theirs"] = []

    loader.load()

    ends_as(loader, "done")
    assert len(services.genres) == 2501


def test_two_processes_load_once(loader: Loader, services: FakeServices, tmp_path: Path) -> None:
    other = Loader(loader._services, TITLES, tmp_path)

    loader.start()
    other.start()

    ends_as(loader, "done")
    assert len([call for call in services.calls if call == "POST /add_items?generation=1"]) == 3


def test_it_waits_for_services_that_come_up_later(services: FakeServices, loader: Loader) -> None:
    services.down.add("recommender")
    loader.start()
    ends_as(loader, "waiting")
    services.down.clear()

    ends_as(loader, "done")


def test_a_torn_progress_file_is_no_progress(loader: Loader, tmp_path: Path) -> None:
    (tmp_path / "page-loading.json").write_text('{"phase": "load')

    assert loader.progress() == Progress()

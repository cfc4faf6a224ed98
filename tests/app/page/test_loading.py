import json
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from app.page.client import Services
from app.page.items import Item
from app.page.loading import Loader, Progress
from recs.settings import Settings
from tests.app.page.fake_services import FakeServices
from tests.waiting import until

ITEMS = {str(n): Item(str(n), f"Title {n}", ("Drama",)) for n in range(2500)}
BATCHES = 3


@pytest.fixture
def client(services: FakeServices) -> Iterator[Services]:
    with services.served() as url:
        client = Services(Settings(collector_url=url, recommender_url=url))
        yield client
        client.close()


@pytest.fixture
def loader(client: Services, tmp_path: Path) -> Loader:
    return Loader(client, ITEMS, tmp_path)


def remember(folder: Path, phase: str, generation: int = 1) -> Progress:
    """Leave the progress that an earlier process has written."""
    progress = Progress(phase, 1000, 2500, generation)
    (folder / "page-loading.json").write_text(json.dumps(asdict(progress)))
    return progress


def batches(services: FakeServices) -> int:
    return sum(call.startswith("POST /add_items") for call in services.calls)


def test_an_empty_catalogue_is_filled(loader: Loader, services: FakeServices) -> None:
    loader.load_if_empty()

    assert services.genres == {item_id: ["Drama"] for item_id in ITEMS}
    assert loader.progress() == Progress("done", 2500, 2500, generation=1)


def test_items_are_sent_in_batches_for_one_generation(
    loader: Loader, services: FakeServices
) -> None:
    loader.load_if_empty()

    assert services.calls.count("POST /add_items?generation=1") == BATCHES


def test_a_catalogue_of_somebody_else_is_left_alone(loader: Loader, services: FakeServices) -> None:
    services.genres["theirs"] = []

    loader.load_if_empty()

    assert list(services.genres) == ["theirs"]
    assert loader.progress().phase == "not needed"


def test_an_empty_catalogue_after_a_cleanup_is_left_alone(
    loader: Loader, services: FakeServices
) -> None:
    services.clean_up()

    loader.load_if_empty()

    assert services.genres == {}
    assert loader.progress().phase == "not needed"


@pytest.mark.parametrize("phase", ["done", "not needed", "given up", "refused"])
def test_a_new_start_of_the_page_fills_an_empty_catalogue_again(
    loader: Loader, services: FakeServices, tmp_path: Path, phase: str
) -> None:
    remember(tmp_path, phase)

    loader.load_if_empty()

    assert len(services.genres) == 2500


def test_a_loading_that_was_cut_short_goes_on(
    loader: Loader, services: FakeServices, tmp_path: Path
) -> None:
    services.genres = {"0": ["Drama"]}
    remember(tmp_path, "loading")

    loader.load_if_empty()

    assert len(services.genres) == 2500
    assert loader.progress().phase == "done"


def test_a_loading_that_was_cut_short_by_a_cleanup_does_not_go_on(
    loader: Loader, services: FakeServices, tmp_path: Path
) -> None:
    remember(tmp_path, "loading", generation=1)
    services.clean_up()

    loader.load_if_empty()

    assert services.genres == {}
    assert loader.progress().phase == "not needed"


def test_a_loading_that_was_waiting_does_not_fill_a_catalogue_that_has_items(
    loader: Loader, services: FakeServices, tmp_path: Path
) -> None:
    services.genres["theirs"] = []
    remember(tmp_path, "waiting")

    loader.load_if_empty()

    assert list(services.genres) == ["theirs"]


def test_a_cleanup_in_the_middle_stops_the_loading(
    loader: Loader, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_items = Services.add_items

    def add_then_clean_up(self: Services, *batch: object, **told: object) -> None:
        add_items(self, *batch, **told)  # type: ignore[arg-type]
        services.clean_up()

    monkeypatch.setattr(Services, "add_items", add_then_clean_up)

    loader.load_if_empty()

    assert (loader.progress().phase, loader.progress().sent) == ("given up", 1000)
    assert services.genres == {}


def test_items_that_are_refused_are_not_sent_again(
    loader: Loader, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_items = Services.add_items

    def add_then_refuse(self: Services, *batch: object, **told: object) -> None:
        services.refusing = True
        add_items(self, *batch, **told)  # type: ignore[arg-type]

    monkeypatch.setattr(Services, "add_items", add_then_refuse)

    loader.load_if_empty()

    assert loader.progress().phase == "refused"
    assert batches(services) == 1


def test_loading_on_demand_keeps_the_items_of_somebody_else(
    loader: Loader, services: FakeServices
) -> None:
    services.clean_up()
    services.genres["theirs"] = []

    loader.start_again()

    assert until(lambda: loader.progress().phase == "done")
    assert len(services.genres) == 2501


@pytest.fixture
def waiting(loader: Loader, services: FakeServices) -> Loader:
    """A loader that waits for the recommender in the background, with the lock."""
    services.down.add("recommender")
    loader.start_once()
    assert until(lambda: loader.progress().phase == "waiting")
    return loader


def loadings() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "loading"]


def loading_ends() -> None:
    while threads := loadings():
        threads[0].join()


@pytest.mark.slow
def test_asking_for_what_is_about_to_be_loaded_does_not_load_it_twice(
    waiting: Loader, services: FakeServices
) -> None:
    waiting.start_again()

    services.down.clear()
    loading_ends()

    assert waiting.progress().phase == "done"
    assert batches(services) == BATCHES


@pytest.mark.slow
def test_asking_while_the_page_starts_is_not_lost(waiting: Loader, services: FakeServices) -> None:
    services.clean_up()  # so the page would load nothing by itself
    waiting.start_again()

    services.down.clear()
    loading_ends()

    assert waiting.progress().phase == "done"
    assert len(services.genres) == 2500


@pytest.mark.slow
def test_asking_when_the_page_has_decided_to_load_nothing_is_not_lost(
    waiting: Loader, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Loader._write

    def asked_then_write(self: Loader, progress: Progress) -> Progress:
        if progress.phase == "not needed":
            waiting.start_again()
        return write(self, progress)

    monkeypatch.setattr(Loader, "_write", asked_then_write)
    services.clean_up()

    services.down.clear()
    loading_ends()

    assert len(services.genres) == 2500


@pytest.mark.slow
def test_however_often_somebody_asks_one_thread_waits(
    waiting: Loader, services: FakeServices
) -> None:
    for _ in range(20):
        waiting.start_again()

    assert len(loadings()) == 2
    services.down.clear()
    loading_ends()


@pytest.mark.slow
def test_it_waits_for_services_that_come_up_later(waiting: Loader, services: FakeServices) -> None:
    assert until(lambda: len(services.calls) >= 2)
    assert waiting.progress().phase == "waiting"

    services.down.clear()

    assert until(lambda: waiting.progress().phase == "done")


def test_start_once_starts_once(
    loader: Loader, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[str] = []
    monkeypatch.setattr(
        loader, "load_if_empty", lambda: runs.append(threading.current_thread().name)
    )

    for _ in range(3):
        loader.start_once()

    assert until(lambda: bool(runs))
    assert runs == ["loading"]
    assert not until(lambda: len(runs) > 1, seconds=0.1)


@pytest.mark.parametrize("text", ['{"phase": "load', "[]", '{"colour": "red"}'])
def test_an_unreadable_progress_file_is_no_progress(
    loader: Loader, tmp_path: Path, text: str
) -> None:
    (tmp_path / "page-loading.json").write_text(text)

    assert loader.progress() == Progress()

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click import ClickException

from cli.versions import list_versions, roll_back, show
from recs.settings import Settings
from recs.stores import Stores, connection
from recs.stores.arrays_file import write_arrays
from recs.stores.keys import Keys
from recs.stores.locks import alone
from recs.stores.models import Choice
from recs.stores.vectors import Vectors, connect
from recs.training.settings import TrainingSettings
from recs.types import Generation
from tests.recs.training.datasets import dataset, two_crowds
from workers.train import make_version

Run = Callable[..., str]
Train = Callable[[int], None]


@pytest.fixture
def settings(tmp_path: Path, namespace: str, redis_url: str) -> Settings:
    return Settings(
        namespace=namespace,
        data_dir=tmp_path,
        redis_url=redis_url,
        training=TrainingSettings(components=8, validation_likes=1, margin=1.0),
    )


@pytest.fixture
def stores(settings: Settings) -> Iterator[Stores]:
    stores = Stores(settings, connection.long_timeout(settings.redis_url))
    yield stores
    stores.redis.close()


@pytest.fixture
def vectors(settings: Settings) -> Vectors:
    return connect(settings)


@pytest.fixture
def train(stores: Stores, vectors: Vectors) -> Train:
    """Train on the interactions of so many users."""

    def train(users: int) -> None:
        folder = stores.generations.folder(stores.generations.current())
        write_arrays(
            folder / "statistics" / "window.arrays", *dataset(two_crowds(users)).to_arrays()
        )
        make_version(stores, vectors)

    return train


@pytest.fixture
def generation(stores: Stores, train: Train) -> Generation:
    """A generation with three versions."""
    generation = stores.generations.begin()
    for users in (8, 16, 24):
        train(users)
    assert stores.models.current(generation) == Choice(3)
    return generation


@pytest.fixture
def run(stores: Stores, vectors: Vectors) -> Run:
    def run(command: str, number: int | None = None) -> str:
        if command == "list":
            return list_versions(stores)
        return show(stores, number) if command == "show" else roll_back(stores, vectors, number)

    return run


def test_the_list_shows_the_newest_first_and_marks_the_current_one(
    run: Run, generation: Generation
) -> None:
    lines = run("list").splitlines()[1:]

    assert [line.split()[0] for line in lines] == ["3", "2", "1"]
    assert [line.endswith("<- current") for line in lines] == [True, False, False]


def test_a_rollback_goes_back_to_the_version_promoted_before(
    run: Run, stores: Stores, generation: Generation
) -> None:
    run("rollback")

    assert stores.models.current(generation) == Choice(2, pinned=True)
    assert "<- current, pinned" in run("list")


def test_a_rollback_goes_to_any_version_that_is_kept(
    run: Run, stores: Stores, generation: Generation
) -> None:
    run("rollback", 1)

    assert stores.models.current(generation) == Choice(1, pinned=True)


def test_a_training_goes_on_from_the_version_that_was_rolled_back_to(
    run: Run, stores: Stores, train: Train, generation: Generation
) -> None:
    run("rollback", 1)
    train(32)
    version = stores.models.versions(generation)[-1]

    assert (version.number, version.parent) == (4, 1)
    assert version.report.new_likes == 6 * (32 - 8)


def test_a_rollback_after_a_rollback_goes_to_the_version_that_was_gone_on_from(
    run: Run, stores: Stores, train: Train, generation: Generation
) -> None:
    run("rollback", 2)
    train(32)
    stores.models.choose(generation, Choice(4))
    run("rollback")

    assert stores.models.current(generation) == Choice(2, pinned=True)


def test_a_rollback_pushes_the_version_to_qdrant(stores: Stores, generation: Generation) -> None:
    published: list[int] = []

    class Publications:
        def publish(self, _: Generation, version: int, __: object) -> None:
            published.append(version)

    roll_back(stores, Publications(), 2)

    assert published == [2]


@pytest.mark.parametrize("command", ["rollback", "show"])
def test_an_unknown_version_is_refused(run: Run, generation: Generation, command: str) -> None:
    with pytest.raises(ClickException):
        run(command, 9)


@pytest.mark.parametrize("name", ["model.arrays", "items.arrays"])
def test_a_damaged_version_is_refused(
    run: Run, stores: Stores, generation: Generation, name: str
) -> None:
    path = stores.generations.folder(generation) / "models" / "2" / name
    path.write_bytes(path.read_bytes()[:-100])

    with pytest.raises(ClickException, match="version 2 cannot be read"):
        run("rollback", 2)
    assert stores.models.current(generation) == Choice(3)


def test_there_is_nothing_before_the_first_version(run: Run, generation: Generation) -> None:
    run("rollback", 1)
    with pytest.raises(ClickException, match="no earlier version"):
        run("rollback")


def test_there_is_nothing_to_show_before_the_first_training(run: Run, stores: Stores) -> None:
    stores.generations.begin()
    with pytest.raises(ClickException, match="no version yet"):
        run("show")


def test_no_rollback_happens_under_a_training(
    run: Run, stores: Stores, settings: Settings, generation: Generation
) -> None:
    lock = Keys(settings.namespace, generation).lock("train")
    with (
        alone(stores.redis, lock, ttl_seconds=10),
        pytest.raises(ClickException, match="training is under way"),
    ):
        run("rollback")

    assert stores.models.current(generation) == Choice(3)


def test_show_tells_all_that_is_known_of_the_current_version(
    run: Run, generation: Generation
) -> None:
    shown = json.loads(run("show"))

    assert (shown["number"], shown["parent"], shown["report"]["users"]) == (3, 2, 24)
    assert json.loads(run("show", 1))["number"] == 1

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from time import time

import pytest

from recs.evaluation import Quality
from recs.settings import Settings
from recs.stores import Stores, connection
from recs.stores.keys import Keys
from recs.stores.locks import alone
from recs.stores.log import Kind
from recs.stores.models import Choice
from recs.stores.vectors import Vectors, connect
from recs.training_settings import TrainingSettings
from recs.types import Generation
from tests.recs.worlds import two_crowds
from workers.models import Refused, main
from workers.training import learn

Run = Callable[..., str]


@pytest.fixture
def settings(tmp_path: Path, namespace: str, redis_url: str) -> Settings:
    return Settings(
        namespace=namespace,
        data_dir=tmp_path,
        redis_url=redis_url,
        training=TrainingSettings(components=8, least_verdict=1),
    )


@pytest.fixture
def stores(settings: Settings) -> Iterator[Stores]:
    stores = Stores.open(settings, connection.patient(settings.redis_url))
    yield stores
    stores.redis.close()


@pytest.fixture
def vectors(settings: Settings) -> Vectors:
    return Vectors(connect(settings), settings.namespace, embedded=True)


@pytest.fixture
def generation(stores: Stores, vectors: Vectors, settings: Settings) -> Generation:
    """A generation with three versions."""
    generation = stores.generations.begin()
    for crowd in range(3):
        rows = two_crowds(8, first=8 * crowd).astype(str).values.tolist()
        stores.log.append(generation, Kind.INTERACTIONS, rows)
        learn(stores, vectors, settings)
    assert stores.models.current(generation) == Choice(3)
    return generation


@pytest.fixture
def run(stores: Stores, vectors: Vectors, settings: Settings) -> Run:
    def run(*arguments: str) -> str:
        return main(arguments, stores, vectors, settings)

    return run


def test_the_list_shows_the_newest_first_and_marks_the_current_one(run: Run, generation: Generation) -> None:
    lines = run("list").splitlines()[1:]

    assert [line.split()[0] for line in lines] == ["3", "2", "1"]
    assert [line.endswith("<- current") for line in lines] == [True, False, False]


def test_a_rollback_goes_back_to_the_version_published_before(
    run: Run, stores: Stores, generation: Generation
) -> None:
    run("rollback")

    assert stores.models.current(generation) == Choice(2, pinned=True)
    assert "<- current, pinned" in run("list")


def test_a_rollback_goes_to_any_version_that_is_kept(
    run: Run, stores: Stores, generation: Generation
) -> None:
    run("rollback", "1")

    assert stores.models.current(generation) == Choice(1, pinned=True)


def test_a_rollback_has_all_lists_ranked_again(
    run: Run, stores: Stores, settings: Settings, generation: Generation
) -> None:
    stores.redis.zadd(Keys(settings.namespace, generation).viewers, {"ann": time()})
    run("rollback")

    assert [user for user, _ in stores.viewers.take_stale(generation, 10)] == ["ann"]


def test_a_training_goes_on_from_the_version_that_was_rolled_back_to(
    run: Run, stores: Stores, vectors: Vectors, settings: Settings, generation: Generation
) -> None:
    run("rollback", "1")
    rows = two_crowds(8, first=24).astype(str).values.tolist()
    stores.log.append(generation, Kind.INTERACTIONS, rows)
    version = learn(stores, vectors, settings)

    assert version is not None
    assert (version.number, version.parent) == (4, 1)


@pytest.mark.parametrize(("auc", "number"), [(0.7, 1), (0.71, 4)])
def test_a_training_replaces_the_version_of_a_rollback_only_if_it_is_better(
    run: Run, stores: Stores, vectors: Vectors, settings: Settings, generation: Generation,
    auc: float, number: int, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    run("rollback", "1")
    rows = two_crowds(8, first=24).astype(str).values.tolist()
    stores.log.append(generation, Kind.INTERACTIONS, rows)
    scores = iter([auc, 0.7])
    monkeypatch.setattr(
        "recs.training.evaluate", lambda *_: Quality(next(scores), 0.1, 0.1, viewers=9, likes=9)
    )
    learn(stores, vectors, settings)

    assert stores.models.current(generation) == Choice(number, pinned=number == 1)


@pytest.mark.parametrize("arguments", [["rollback", "9"], ["show", "9"]])
def test_an_unknown_version_is_refused(run: Run, generation: Generation, arguments: list[str]) -> None:
    with pytest.raises(Refused):
        run(*arguments)


def test_there_is_nothing_before_the_first_version(run: Run, generation: Generation) -> None:
    run("rollback", "1")
    with pytest.raises(Refused, match="no earlier version"):
        run("rollback")


def test_there_is_nothing_to_show_before_the_first_training(run: Run, stores: Stores) -> None:
    stores.generations.begin()
    with pytest.raises(Refused, match="no version yet"):
        run("show")


def test_no_rollback_happens_under_a_training(
    run: Run, stores: Stores, settings: Settings, generation: Generation
) -> None:
    lock = Keys(settings.namespace, generation).lock("train")
    with (
        alone(stores.redis, lock, ttl_seconds=10),
        pytest.raises(Refused, match="training is under way"),
    ):
        run("rollback")

    assert stores.models.current(generation) == Choice(3)


def test_show_tells_all_that_is_known_of_the_current_version(run: Run, generation: Generation) -> None:
    shown = json.loads(run("show"))

    assert (shown["number"], shown["parent"], shown["report"]["viewers"]) == (3, 2, 24)
    assert json.loads(run("show", "1"))["number"] == 1

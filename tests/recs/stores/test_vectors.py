"""Qdrant embedded, for real; Qdrant as a server, as far as the requests that leave us."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from threading import Event, Thread
from time import monotonic, sleep

import numpy as np
import pytest
from numpy.typing import NDArray
from qdrant_client import QdrantClient
from scipy import sparse

from launch.places import free_port
from recs.settings import Settings
from recs.stores.vectors import PAUSE_SECONDS, Vectors, connect
from recs.training.embeddings import Embeddings
from recs.training.model import Model, empty_model
from recs.types import Generation, UserId
from tests.servers.qdrant import Recorder
from tests.waiting import until

GENERATION = Generation(7)
NORTH, EAST = np.array([0.0, 1.0]), np.array([1.0, 0.0])


def array(*vectors: list[float]) -> NDArray[np.float32]:
    return np.array(vectors, np.float32)


ITEMS = array([0, 2], [0, 0], [3, 0], [5, 5])
"""North, nowhere, east, northeast."""


def model() -> Model:
    one = empty_model(2)
    items = Embeddings(ITEMS, ITEMS, ITEMS[:, 0], ITEMS[:, 0])
    ann = array([0, 3])
    return replace(
        one,
        items=items,
        users=Embeddings(ann, ann, ann[:, 0], ann[:, 0]),
        user_ids=(UserId("ann"),),
        genres_of=sparse.csr_matrix((4, 0), dtype=np.float32),
    )


MODEL = model()


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def found(vectors: Vectors, vector: NDArray[np.float64], k: int) -> list[int]:
    rows = vectors.nearest(vector, k)
    assert rows.dtype == np.int64
    return rows.tolist()


# Embedded


@pytest.fixture
def embedded() -> Iterator[Vectors]:
    client = connect(Settings())
    yield Vectors(client, "test", embedded=True)
    client.close()


def test_before_the_first_version_nothing_is_near(embedded: Vectors) -> None:
    assert found(embedded, NORTH, 2) == []


def test_the_nearest_items_come_first_whatever_their_length(embedded: Vectors) -> None:
    embedded.use(GENERATION, 1, ITEMS)
    assert until(lambda: found(embedded, NORTH, 1) != [])

    assert found(embedded, NORTH, 2) == [0, 3]
    assert found(embedded, EAST, 2) == [2, 3]


def test_an_item_without_direction_is_never_near(embedded: Vectors) -> None:
    embedded.use(GENERATION, 1, ITEMS)
    assert until(lambda: found(embedded, NORTH, 1) != [])

    assert 1 not in found(embedded, NORTH, 10)


def test_another_version_takes_the_place_of_the_first(embedded: Vectors) -> None:
    embedded.use(GENERATION, 1, ITEMS)
    assert until(lambda: found(embedded, NORTH, 1) != [])
    embedded.use(GENERATION, 2, array([0, 0], [0, 1]))

    assert until(lambda: found(embedded, NORTH, 9) == [1])


def test_the_memory_holds_one_version(embedded: Vectors) -> None:
    client = embedded._client
    for version in (1, 2, 3):
        embedded.use(GENERATION, version, ITEMS)
        name = f"test-7-items-{version}"
        assert until(lambda name=name: names_in(client) == [name])

    assert found(embedded, NORTH, 1) == [0]


def test_a_version_that_is_filled_too_late_does_not_take_over(
    embedded: Vectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill, second_is_asked, first_is_done = embedded._fill, Event(), Event()

    def fill_slowly(name: str, vectors: NDArray[np.float32]) -> None:
        if name == "test-7-items-1":
            second_is_asked.wait(5)
        fill(name, vectors)
        if name == "test-7-items-1":
            first_is_done.set()

    monkeypatch.setattr(embedded, "_fill", fill_slowly)
    embedded.use(GENERATION, 1, ITEMS)
    embedded.use(GENERATION, 2, array([0, 0], [0, 1]))
    assert until(lambda: found(embedded, NORTH, 9) == [1])
    second_is_asked.set()
    first_is_done.wait(5)
    sleep(0.1)

    assert found(embedded, NORTH, 9) == [1]


def names_in(client: QdrantClient) -> list[str]:
    return [each.name for each in client.get_collections().collections]


# A server: the requests that reach it


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    server = Recorder(free_port())
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.awake.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def remote(recorder: Recorder, clock: Clock) -> Iterator[Vectors]:
    client = connect(Settings(qdrant_url=f"http://127.0.0.1:{recorder.server_port}"))
    yield Vectors(client, "test", embedded=False, clock=clock)
    client.close()


def test_a_version_gets_collections_of_its_own_before_the_aliases_move(
    remote: Vectors, recorder: Recorder
) -> None:
    remote.publish(GENERATION, 1, MODEL)

    assert recorder.writes() == [
        (method, path)
        for kind in ("items", "users")
        for method, path in (
            ("DELETE", f"/collections/test-7-{kind}-1"),
            ("PUT", f"/collections/test-7-{kind}-1"),
            ("PUT", f"/collections/test-7-{kind}-1/points"),
            ("POST", "/collections/aliases"),
        )
    ]


def test_an_items_point_is_its_row_with_a_unit_vector(remote: Vectors, recorder: Recorder) -> None:
    remote.publish(GENERATION, 1, MODEL)
    points = recorder.body_of("PUT", "/collections/test-7-items-1/points")["points"]

    assert [point["id"] for point in points] == [0, 2, 3]
    assert np.linalg.norm([point["vector"] for point in points], axis=1) == pytest.approx(1)


def test_a_users_point_carries_their_id(remote: Vectors, recorder: Recorder) -> None:
    remote.publish(GENERATION, 1, MODEL)
    points = recorder.body_of("PUT", "/collections/test-7-users-1/points")["points"]

    assert [(point["vector"], point["payload"]) for point in points] == [([0, 1], {"id": "ann"})]


def test_the_alias_moves_in_one_request(remote: Vectors, recorder: Recorder) -> None:
    remote.publish(GENERATION, 1, MODEL)
    body = recorder.body_of("POST", "/collections/aliases")

    assert body["actions"] == [
        {"delete_alias": {"alias_name": "test-7-items"}},
        {"create_alias": {"alias_name": "test-7-items", "collection_name": "test-7-items-1"}},
    ]


def test_a_version_that_is_there_is_not_sent_again(remote: Vectors, recorder: Recorder) -> None:
    recorder.aliases = {"test-7-items": "test-7-items-1", "test-7-users": "test-7-users-1"}
    remote.publish(GENERATION, 1, MODEL)

    assert recorder.writes() == []


def test_only_our_own_older_collections_are_removed(remote: Vectors, recorder: Recorder) -> None:
    recorder.aliases = {"test-7-items": "test-7-items-4"}
    before_and_new = ["test-7-items-4", "test-7-items-5"]
    others = ["test-7-users-3", "other-7-items-3", "test-two-7-items-3", "test-7-items-3-mine"]
    recorder.collections = ["test-6-items-9", "test-7-items-3", *before_and_new, *others]
    remote.publish(GENERATION, 5, MODEL)
    made_anew = ("DELETE", "/collections/test-7-items-5")
    removed = [what for what in recorder.writes() if what[0] == "DELETE" and what != made_anew]

    assert removed == [
        ("DELETE", "/collections/test-6-items-9"),
        ("DELETE", "/collections/test-7-items-3"),
        ("DELETE", "/collections/test-7-users-5"),
        ("DELETE", "/collections/test-7-users-3"),
    ]


def test_the_asker_asks_for_ids_alone_in_the_version_that_it_knows(
    remote: Vectors, recorder: Recorder
) -> None:
    remote.use(GENERATION, 1, ITEMS)

    assert found(remote, NORTH, 5) == [3]
    body = recorder.body_of("POST", "/collections/test-7-items-1/points/query")
    assert body["query"] == {"nearest": [0.0, 1.0]}
    assert (body["limit"], body["with_payload"]) == (5, False)


def test_a_qdrant_that_is_down_does_not_stop_a_publication(
    remote: Vectors, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    recorder.broken = True
    remote.publish(GENERATION, 1, MODEL)

    assert "Qdrant has not taken version 1" in caplog.text


def test_a_qdrant_that_fails_is_left_alone_for_a_while_and_named_once(
    remote: Vectors, recorder: Recorder, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "recs.stores.vectors")
    remote.use(GENERATION, 1, ITEMS)
    recorder.broken = True
    answers = [found(remote, NORTH, 5) for _ in range(3)]

    assert answers == [[], [], []]
    assert len(recorder.asked) == len(caplog.records) == 1
    recorder.broken = False
    clock.now += PAUSE_SECONDS
    assert found(remote, NORTH, 5) == [3]


def test_a_qdrant_that_is_not_there_answers_with_nothing(clock: Clock) -> None:
    client = connect(Settings(qdrant_url=f"http://127.0.0.1:{free_port()}"))
    vectors = Vectors(client, "test", embedded=False, clock=clock)
    vectors.use(GENERATION, 1, ITEMS)

    assert found(vectors, NORTH, 5) == []
    client.close()


def test_a_qdrant_that_hangs_holds_nobody_for_long(remote: Vectors, recorder: Recorder) -> None:
    remote.use(GENERATION, 1, ITEMS)
    recorder.awake.clear()
    begun = monotonic()

    assert found(remote, NORTH, 5) == []
    assert monotonic() - begun < 2


def test_a_new_version_is_asked_for_at_once(remote: Vectors, recorder: Recorder) -> None:
    remote.use(GENERATION, 1, ITEMS)
    recorder.broken = True
    found(remote, NORTH, 5)
    recorder.broken = False
    remote.use(GENERATION, 2, ITEMS)

    assert found(remote, NORTH, 5) == [3]

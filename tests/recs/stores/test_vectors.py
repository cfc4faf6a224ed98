"""Qdrant embedded, for real; Qdrant as a server, as far as the requests that leave us."""

import logging
from collections.abc import Iterator
from threading import Thread
from time import monotonic

import numpy as np
import pytest
from qdrant_client import QdrantClient

from launch.places import free_port
from recs.embeddings import Embeddings
from recs.factors import Model, genres_of
from recs.settings import Settings
from recs.stores.vectors import PAUSE_SECONDS, Vectors, connect
from recs.types import Generation
from tests.servers.qdrant import Recorder
from tests.waiting import until

GENERATION = Generation(7)
NORTH, EAST = np.array([0.0, 1.0]), np.array([1.0, 0.0])


def rows(vectors: dict[str, list[float]]) -> Embeddings:
    array = np.array(list(vectors.values()), np.float32)
    return Embeddings(tuple(vectors), array, array, array[:, 0], array[:, 0])


def model(**titles: list[float]) -> Model:
    items, genres = rows(titles), Embeddings.empty(2)
    viewers = rows({"ann": [0, 3]})
    return Model(items, genres, viewers, genres_of(items, genres, {}), np.zeros(0, np.int64))


MODEL = model(north=[0, 2], nowhere=[0, 0], east=[3, 0], northeast=[5, 5])


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


# Embedded


@pytest.fixture
def embedded() -> Iterator[Vectors]:
    client = connect(Settings())
    yield Vectors(client, "test", embedded=True)
    client.close()


def test_before_the_first_version_nothing_is_near(embedded: Vectors) -> None:
    assert embedded.nearest(NORTH, 2) == []


def test_the_nearest_titles_come_first_whatever_their_length(embedded: Vectors) -> None:
    embedded.use(GENERATION, 1, MODEL)
    assert until(lambda: embedded.nearest(NORTH, 1) != [])

    assert embedded.nearest(NORTH, 2) == ["north", "northeast"]
    assert embedded.nearest(EAST, 2) == ["east", "northeast"]


def test_a_title_without_direction_is_never_near(embedded: Vectors) -> None:
    embedded.use(GENERATION, 1, MODEL)
    assert until(lambda: embedded.nearest(NORTH, 1) != [])

    assert "nowhere" not in embedded.nearest(NORTH, 10)


def test_another_version_takes_the_place_of_the_first(embedded: Vectors) -> None:
    embedded.use(GENERATION, 1, MODEL)
    assert until(lambda: embedded.nearest(NORTH, 1) != [])
    embedded.use(GENERATION, 2, model(other=[0, 1]))

    assert until(lambda: embedded.nearest(NORTH, 9) == ["other"])


def test_the_memory_holds_one_version(embedded: Vectors) -> None:
    client = embedded._client
    for version in (1, 2, 3):
        embedded.use(GENERATION, version, MODEL)
        name = f"test-7-items-{version}"
        assert until(lambda name=name: names_in(client) == [name])

    assert embedded.nearest(NORTH, 1) == ["north"]


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
        for kind in ("items", "viewers")
        for method, path in (
            ("DELETE", f"/collections/test-7-{kind}-1"),
            ("PUT", f"/collections/test-7-{kind}-1"),
            ("PUT", f"/collections/test-7-{kind}-1/points"),
            ("POST", "/collections/aliases"),
        )
    ]


def test_points_are_rows_with_unit_vectors_and_the_id_of_their_title(
    remote: Vectors, recorder: Recorder
) -> None:
    remote.publish(GENERATION, 1, MODEL)
    points = recorder.body_of("PUT", "/collections/test-7-items-1/points")["points"]

    assert [(point["id"], point["payload"]) for point in points] == [
        (0, {"id": "north"}), (2, {"id": "east"}), (3, {"id": "northeast"}),
    ]  # fmt: skip
    assert np.linalg.norm([point["vector"] for point in points], axis=1) == pytest.approx(1)


def test_the_alias_moves_in_one_request(remote: Vectors, recorder: Recorder) -> None:
    remote.publish(GENERATION, 1, MODEL)
    body = recorder.body_of("POST", "/collections/aliases")

    assert body["actions"] == [
        {"delete_alias": {"alias_name": "test-7-items"}},
        {"create_alias": {"alias_name": "test-7-items", "collection_name": "test-7-items-1"}},
    ]


def test_a_version_that_is_there_is_not_sent_again(remote: Vectors, recorder: Recorder) -> None:
    recorder.aliases = {"test-7-items": "test-7-items-1", "test-7-viewers": "test-7-viewers-1"}
    remote.publish(GENERATION, 1, MODEL)

    assert recorder.writes() == []


def test_only_our_own_older_collections_are_removed(remote: Vectors, recorder: Recorder) -> None:
    recorder.aliases = {"test-7-items": "test-7-items-4"}
    before_and_new = ["test-7-items-4", "test-7-items-5"]
    others = ["test-7-viewers-3", "other-7-items-3", "test-two-7-items-3", "test-7-items-3-mine"]
    recorder.collections = ["test-6-items-9", "test-7-items-3", *before_and_new, *others]
    remote.publish(GENERATION, 5, MODEL)
    made_anew = ("DELETE", "/collections/test-7-items-5")
    removed = [what for what in recorder.writes() if what[0] == "DELETE" and what != made_anew]

    assert removed == [
        ("DELETE", "/collections/test-6-items-9"),
        ("DELETE", "/collections/test-7-items-3"),
        ("DELETE", "/collections/test-7-viewers-5"),
        ("DELETE", "/collections/test-7-viewers-3"),
    ]


def test_the_asker_asks_for_ids_alone_in_the_version_that_it_knows(
    remote: Vectors, recorder: Recorder
) -> None:
    remote.use(GENERATION, 1, MODEL)

    assert remote.nearest(NORTH, 5) == ["northeast"]
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
    remote.use(GENERATION, 1, MODEL)
    recorder.broken = True
    answers = [remote.nearest(NORTH, 5) for _ in range(3)]

    assert answers == [[], [], []]
    assert len(recorder.asked) == len(caplog.records) == 1
    recorder.broken = False
    clock.now += PAUSE_SECONDS
    assert remote.nearest(NORTH, 5) == ["northeast"]


def test_a_qdrant_that_is_not_there_answers_with_nothing(clock: Clock) -> None:
    client = connect(Settings(qdrant_url=f"http://127.0.0.1:{free_port()}"))
    vectors = Vectors(client, "test", embedded=False, clock=clock)
    vectors.use(GENERATION, 1, MODEL)

    assert vectors.nearest(NORTH, 5) == []
    client.close()


def test_a_qdrant_that_hangs_holds_nobody_for_long(remote: Vectors, recorder: Recorder) -> None:
    remote.use(GENERATION, 1, MODEL)
    recorder.awake.clear()
    begun = monotonic()

    assert remote.nearest(NORTH, 5) == []
    assert monotonic() - begun < 2


def test_a_new_version_is_asked_for_at_once(remote: Vectors, recorder: Recorder) -> None:
    remote.use(GENERATION, 1, MODEL)
    recorder.broken = True
    remote.nearest(NORTH, 5)
    recorder.broken = False
    remote.use(GENERATION, 2, MODEL)

    assert remote.nearest(NORTH, 5) == ["northeast"]

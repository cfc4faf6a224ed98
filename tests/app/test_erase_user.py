"""DELETE /users/<user_id>: nothing of them is left on disk or in Redis, and nothing comes back."""

import bz2
import gzip
import lzma
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from time import time
from typing import Any

import pytest
from flask.testing import FlaskClient
from kombu import Connection, Queue

from app.page.memory import Memory, Viewer
from app.page.session import signing_key
from recs.interactions import Action, Interaction
from recs.settings import Settings
from recs.stores import Stores, erasing
from recs.stores.nodes import nodes
from recs.stores.vectors import connect
from recs.stores.viewers import name_of
from recs.types import Generation, ItemId, UserId
from tests.app.conftest import NOWHERE, add, is_problem, refresh
from workers import ingest
from workers.batching import Received
from workers.counting import Counting
from workers.erased import without_erased
from workers.ingest import take
from workers.queues import SENT_AT, STAMPED_AT
from workers.rebuild import rebuild
from workers.train import make_version

WHO = "person-4711"
OTHERS = [f"other-{n}" for n in range(12)]
ITEMS = [f"item{n}" for n in range(30)]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No ranker works here that one would have to wait for, or ask."""
    monkeypatch.setattr(erasing, "SETTLING_SECONDS", 0.0)
    monkeypatch.setattr(ingest, "ask_for_ranking", lambda *_: None)


@pytest.fixture
def generation(stores: Stores) -> Generation:
    generation = stores.generations.begin()
    add(stores, generation, **{item: ["Drama"] for item in ITEMS})
    return generation


def said(user: str, *items: str) -> list[list[str]]:
    now = time() - 60
    return [Interaction(UserId(user), ItemId(item), Action.LIKE, now).to_row() for item in items]


def message(rows: list[list[str]], generation: int, **headers: Any) -> Received:
    return Received([generation, rows], headers, lambda: None)


def contents(path: Path) -> Iterator[bytes]:
    """Yield what a file holds, and what is compressed in it."""
    content = path.read_bytes()
    yield content
    for unpack in (gzip.decompress, bz2.decompress, lzma.decompress):
        with suppress(OSError, EOFError, lzma.LZMAError):
            yield unpack(content)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from map(archive.read, archive.namelist())
    if tarfile.is_tarfile(path):
        with tarfile.open(fileobj=BytesIO(content)) as tar:
            yield from (tar.extractfile(each).read() for each in tar if each.isfile())  # type: ignore[union-attr]


def named(folder: Path, text: str = WHO) -> list[str]:
    """Return the files of a folder in which a text is, by name or by content."""
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if text in path.name
        or (path.is_file() and any(text.encode() in each for each in contents(path)))
    ]


def keys(stores: Stores) -> list[bytes]:
    """Return the keys of this test in Redis that name the user, or have them in it."""
    found = []
    for node in nodes(stores.redis):
        for key in node.scan_iter(f"*{stores.settings.namespace}*"):
            dumped = node.dump(key) or b""
            if WHO.encode() in key or WHO.encode() in dumped:
                found.append(key)
    return found


@pytest.fixture
def memory(settings: Settings) -> Memory:
    """What the page remembers, with its file open."""
    return Memory(settings.data_dir, signing_key(settings.data_dir))


def watch_many(viewer: Viewer) -> None:
    """Put more on a watch-list than a page of the file holds."""
    for n in range(200):
        viewer.watch(f"title-{len(viewer.watchlist)}-{n}", True)


@pytest.fixture
def lived(
    recommender: FlaskClient,
    stores: Stores,
    settings: Settings,
    generation: Generation,
    memory: Memory,
) -> Counting:
    """A service in which the user and others have done everything that can be done."""
    take([(generation, said(each, *ITEMS[n : n + 9])) for n, each in enumerate(OTHERS)], stores)
    take([(generation, said(WHO, *ITEMS[:9]))], stores)
    take([(generation, [[WHO, "item1", "adore", "1"]])], stores)  # a dead letter
    for user in (WHO, OTHERS[0]):
        recommender.get(f"/recs/{user}")
        recommender.get(f"/recs/{user}?genre=Drama")
    stores.waiting.failed(generation, UserId(WHO), time())
    stores.waiting.note_ranked(generation, [UserId(WHO)], time())
    recommender.application.extensions["recommender"].marks.flush()
    for user in (WHO, OTHERS[0], WHO):
        memory.change(UserId(user), generation, watch_many)
    counting = Counting(generation, stores)
    counting.publish_news()
    assert make_version(stores, connect(settings)) is not None
    return counting


def test_nothing_of_them_is_left_on_disk_and_in_redis(
    recommender: FlaskClient, stores: Stores, settings: Settings, lived: Counting
) -> None:
    places = {name.rpartition("/")[2].split("-")[0] for name in named(settings.data_dir)}
    assert places == {"interactions", "impressions", "dead", "window.arrays", "model.arrays"}
    name = name_of(WHO, signing_key(settings.data_dir))
    assert named(settings.data_dir, name) != []
    assert len(keys(stores)) >= 6

    receipt = recommender.delete(f"/users/{WHO}").get_json()

    assert named(settings.data_dir) == []
    assert named(settings.data_dir, name) == []
    assert keys(stores) == []
    assert receipt["rows"] == {
        "interactions": 9, "impressions": 2, "dead_letters": 1, "models": 1, "page": 1,
    }  # fmt: skip
    assert receipt["redis_keys"] >= 6
    assert (receipt["status"], receipt["user_id"]) == ("erased", WHO)


@pytest.mark.usefixtures("lived")
def test_the_page_forgets_them_and_nobody_else(
    recommender: FlaskClient, generation: Generation, memory: Memory
) -> None:
    def lengths() -> list[int]:
        return [len(memory.read(each, generation).watchlist) for each in (WHO, OTHERS[0])]

    before = lengths()
    recommender.delete(f"/users/{WHO}")

    assert (before, lengths()) == ([400, 200], [0, 200])


@pytest.mark.usefixtures("lived")
def test_an_erasure_that_cannot_reach_the_file_of_the_page_is_not_done(
    recommender: FlaskClient, settings: Settings
) -> None:
    for each in settings.data_dir.glob("page.sqlite3*"):
        each.unlink()
    (settings.data_dir / "page.sqlite3").mkdir()

    assert is_problem(recommender.delete(f"/users/{WHO}"), 503)


@pytest.mark.usefixtures("lived")
def test_others_keep_what_they_have(recommender: FlaskClient) -> None:
    other = f"/users/{OTHERS[0]}/interactions"
    before = recommender.get(other).get_json()

    recommender.delete(f"/users/{WHO}")

    assert recommender.get(other).get_json() == before
    nothing = {"liked": [], "disliked": [], "watched": [], "interactions": []}
    assert recommender.get(f"/users/{WHO}/interactions").get_json() == nothing


def test_statistics_forget_them_and_so_does_the_next_snapshot(
    recommender: FlaskClient, stores: Stores, settings: Settings, lived: Counting
) -> None:
    refresh(recommender)
    before = recommender.get("/stats").get_json()["totals"]["likes"]

    recommender.delete(f"/users/{WHO}")
    lived.publish_news()
    refresh(recommender)

    assert before - recommender.get("/stats").get_json()["totals"]["likes"] == 9
    assert "window.arrays" in {path.name for path in settings.data_dir.rglob("*")}
    assert named(settings.data_dir) == []


def test_a_statistics_worker_that_begins_with_an_old_snapshot_forgets_them_too(
    recommender: FlaskClient,
    stores: Stores,
    settings: Settings,
    generation: Generation,
    lived: Counting,
) -> None:
    snapshot = stores.statistics.window(generation)
    saved_meanwhile = snapshot.read_bytes()
    recommender.delete(f"/users/{WHO}")
    snapshot.write_bytes(saved_meanwhile)

    Counting(generation, stores).publish_news()

    assert named(settings.data_dir) == []


def test_a_training_on_an_old_snapshot_does_not_bring_them_back(
    recommender: FlaskClient,
    stores: Stores,
    settings: Settings,
    generation: Generation,
    lived: Counting,
) -> None:
    snapshot = stores.statistics.window(generation)
    take([(generation, said(each, *ITEMS[15:25])) for each in OTHERS], stores)
    lived.publish_news()
    lived._save()
    read_before = snapshot.read_bytes()
    recommender.delete(f"/users/{WHO}")
    snapshot.write_bytes(read_before)

    assert make_version(stores, connect(settings)) is not None

    snapshot.unlink()
    assert named(settings.data_dir) == []


def test_later_trainings_know_nothing_of_them(
    recommender: FlaskClient, stores: Stores, settings: Settings, lived: Counting
) -> None:
    recommender.delete(f"/users/{WHO}")
    lived.publish_news()

    make_version(stores, connect(settings))

    assert named(settings.data_dir) == []


@pytest.mark.usefixtures("lived")
def test_what_was_in_the_queue_does_not_come_back_and_what_comes_later_begins_anew(
    recommender: FlaskClient, stores: Stores, generation: Generation
) -> None:
    _, before = stores.generations.stamp()
    late = message(said(WHO, "item20"), generation, **{STAMPED_AT: before, SENT_AT: before + 99})
    mixed = message([*said(WHO, "item21"), *said("x", "item22")], generation, **{SENT_AT: before})
    untold = message(said(WHO, "item23"), generation)
    recommender.delete(f"/users/{WHO}")
    _, after = stores.generations.stamp()
    new = message(said(WHO, "item24"), generation, **{STAMPED_AT: after, SENT_AT: before})

    take(without_erased([late, mixed, untold, new], stores), stores)

    def liked(user: str) -> list[str]:
        return list(recommender.get(f"/users/{user}/interactions").get_json()["liked"])

    assert (liked(WHO), liked("x")) == (["item24"], ["item22"])
    rebuild(stores)
    assert (liked(WHO), liked("x")) == (["item24"], ["item22"])


def test_what_was_sent_before_is_dropped_from_the_moment_when_the_log_is_searched(
    recommender: FlaskClient,
    stores: Stores,
    generation: Generation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, before = stores.generations.stamp()
    late = message(said(WHO, "item20"), generation, **{STAMPED_AT: before})
    kept: list[object] = []

    def overwrite(*_: object) -> int:
        kept.extend(without_erased([late], stores))
        return 0

    monkeypatch.setattr(erasing, "overwrite", overwrite)
    recommender.delete(f"/users/{WHO}")

    assert kept[0] == [generation, []]


def test_what_the_collector_sent_before_is_dropped_and_what_it_sends_later_is_not(
    collector: FlaskClient,
    recommender: FlaskClient,
    stores: Stores,
    settings: Settings,
    generation: Generation,
) -> None:
    def send(item: str) -> None:
        body = {"user_id": WHO, "item_ids": [item], "actions": ["like"], "timestamp": 1.5}
        assert collector.post("/interact", json=body).status_code == 200

    send("item1")
    recommender.delete(f"/users/{WHO}")
    send("item2")

    received = []
    with Connection(settings.broker_url) as connection:
        queue = Queue(settings.queue("interactions"), channel=connection)
        while found := queue.get(no_ack=True):
            received.append(Received(found.payload[0], found.headers, lambda: None))
    take(without_erased(received, stores), stores)

    liked = recommender.get(f"/users/{WHO}/interactions").get_json()["liked"]
    assert (len(received), liked) == (2, ["item2"])


def test_messages_that_make_no_sense_are_left_to_ingest(
    stores: Stores, generation: Generation
) -> None:
    stores.erasures.add(UserId(WHO), 1.0)
    odd = [[], [1], ["a", "b", "c"], [generation, "rows"], [generation, [7, [], [None], "row"]]]
    odd += [[generation, [["\ud800", "a", "like", "1"], ["x" * 9_999]]]]

    assert without_erased([Received(each, {}, lambda: None) for each in odd], stores) == odd


@pytest.mark.usefixtures("lived")
def test_generations_that_are_over_forget_them_too(
    recommender: FlaskClient, stores: Stores, settings: Settings
) -> None:
    stores.generations.begin()

    receipt = recommender.delete(f"/users/{WHO}").get_json()

    assert receipt["generations"] == 2
    assert receipt["rows"]["interactions"] == 9
    assert named(settings.data_dir) == []


def test_who_was_never_here_is_erased_as_well(recommender: FlaskClient) -> None:
    receipt = recommender.delete("/users/nobody").get_json()

    assert sum(receipt["rows"].values()) == receipt["redis_keys"] == 0


@pytest.mark.usefixtures("lived")
def test_twice_is_harmless(recommender: FlaskClient) -> None:
    recommender.delete(f"/users/{WHO}")

    receipt = recommender.delete(f"/users/{WHO}").get_json()

    assert sum(receipt["rows"].values()) == receipt["redis_keys"] == 0


def test_without_redis_nothing_is_promised(start: Callable[..., FlaskClient]) -> None:
    assert is_problem(start("recommender", **NOWHERE).delete(f"/users/{WHO}"), 503)


@pytest.mark.parametrize("packed", ["gzip", "zip", "tar"])
def test_the_search_of_these_tests_looks_into_compressed_files(tmp_path: Path, packed: str) -> None:
    inside = tmp_path / "inside"
    inside.write_bytes(WHO.encode() * 2)
    match packed:
        case "gzip":
            (tmp_path / "packed").write_bytes(gzip.compress(inside.read_bytes()))
        case "zip":
            with zipfile.ZipFile(tmp_path / "packed", "w", zipfile.ZIP_DEFLATED) as archive:
                archive.write(inside, "a")
        case "tar":
            with tarfile.open(tmp_path / "packed", "w:gz") as tar:
                tar.add(inside, "a")
    inside.unlink()

    assert named(tmp_path) == ["packed"]

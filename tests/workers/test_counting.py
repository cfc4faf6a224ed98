"""What the log has is counted once and published, also after a restart."""

from collections.abc import Callable
from dataclasses import replace
from time import time
from typing import Any

import pytest

from recs.interactions import Action, Interaction
from recs.ranking.item_statistics import ItemStatistics
from recs.stores import Stores
from recs.stores import catalogue as catalogue_module
from recs.stores.arrays_file import map_arrays
from recs.stores.log import Kind
from recs.training.dataset import Dataset
from recs.types import Generation, ItemId, UserId
from tests.recs.stores.catalogues import add_to
from tests.workers.doing import interact, published, show
from workers import counting as counting_module
from workers.counting import Counting
from workers.samples import measure


@pytest.fixture
def start(stores: Stores, generation: Generation) -> Callable[..., Counting]:
    """Count in a process of its own, as far as it knows."""

    def start(**settings: Any) -> Counting:
        own = Stores(replace(stores.settings, **settings), stores.redis)
        return Counting(generation, own)

    return start


def settle(counting: Counting) -> None:
    """Publish what is new, thoroughly, and save it: as if a minute had passed."""
    counting._refreshed = counting._saved = -float("inf")
    counting.publish_news()


def test_interactions_impressions_and_the_catalogue_are_counted(
    stores: Stores, generation: Generation, items: list[str], start: Callable[..., Counting]
) -> None:
    interact(stores, generation, "u", "a", Action.LIKE)
    interact(stores, generation, "v", "a", Action.LIKE)
    interact(stores, generation, "v", "b", Action.DISLIKE)
    interact(stores, generation, "w", "unknown", Action.LIKE)
    show(stores, generation, "u", 0, 1)
    show(stores, generation, "v", 1)

    start().publish_news()

    statistics, _, number = published(stores, generation)
    assert number == 1
    assert statistics.counts.likes.tolist() == [2, 0, 0, 1]
    assert statistics.counts.dislikes.tolist() == [0, 1, 0, 0]
    assert statistics.counts.impressions.tolist() == [1, 2, 0, 0]
    assert statistics.known.tolist() == [True, True, True, False]
    assert statistics.genres.names == ["Drama", "War"]
    assert [statistics.genres.of_items[row].tolist() for row in range(3)] == [[0], [1, 0], []]
    assert sorted(statistics.candidates.popular.tolist()) == [0, 1, 2]


def test_interactions_with_items_for_which_there_is_no_row_are_left_out(
    stores: Stores,
    generation: Generation,
    items: list[str],
    start: Callable[..., Counting],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(catalogue_module, "STRANGERS_MOST", 0)
    interact(stores, generation, "u", "stranger", Action.LIKE)
    interact(stores, generation, "u", "a", Action.LIKE)

    start().publish_news()

    statistics, _, _ = published(stores, generation)
    assert statistics.counts.likes.tolist() == [1, 0, 0]


def test_an_item_that_comes_while_the_log_is_read_is_counted_as_shown(
    stores: Stores,
    generation: Generation,
    items: list[str],
    start: Callable[..., Counting],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counting = start()
    read = counting._forget_erased

    def meanwhile() -> bool:
        add_to(stores.catalogues.of(generation), [(ItemId("d"), [])])
        show(stores, generation, "u", 3)
        return read()

    monkeypatch.setattr(counting, "_forget_erased", meanwhile)
    counting.publish_news()
    counting.publish_news()

    statistics, _, _ = published(stores, generation)
    assert statistics.counts.impressions.tolist() == [0, 0, 0, 1]


def test_new_items_are_candidates_at_once(
    stores: Stores, generation: Generation, items: list[str], start: Callable[..., Counting]
) -> None:
    counting = start()
    counting.publish_news()
    add_to(stores.catalogues.of(generation), [(ItemId("d"), ["Drama"])])

    counting.publish_news()

    statistics, _, _ = published(stores, generation)
    assert sorted(statistics.candidates.popular.tolist()) == [0, 1, 2, 3]


def test_the_dashboard_is_told_of_totals_coverage_and_the_top(
    stores: Stores, generation: Generation, items: list[str], start: Callable[..., Counting]
) -> None:
    counting = start()
    interact(stores, generation, "u", "b", Action.LIKE, at=1)
    interact(stores, generation, "u", "b", Action.UNDO, at=2)
    interact(stores, generation, "v", "c", Action.LIKE)
    interact(stores, generation, "w", "c", Action.LIKE)
    interact(stores, generation, "w", "a", Action.LIKE)
    interact(stores, generation, "w", "b", Action.DISLIKE)
    counting.publish_news()
    show(stores, generation, "u", 1, 2)
    show(stores, generation, "v", 1)
    counting.publish_news()

    _, figures, _ = published(stores, generation)
    assert figures["totals"] == {
        "interactions": 6, "undone": 1, "lists": 2, "impressions": 3, "likes": 3, "dislikes": 1,
        "watched": 0,
    }  # fmt: skip
    assert figures["coverage"] == pytest.approx(2 / 3)
    assert figures["top_liked"] == [{"item_id": "c", "count": 2}, {"item_id": "a", "count": 1}]
    assert figures["top_shown"] == [{"item_id": "b", "count": 2}, {"item_id": "c", "count": 1}]
    assert (figures["users"], figures["window"]) == (3, 8)
    assert abs(figures["time"] - time()) < 10
    assert 0 <= figures["refresh_seconds"] < 10


def test_samples_have_these_figures(
    stores: Stores, generation: Generation, items: list[str], start: Callable[..., Counting]
) -> None:
    interact(stores, generation, "u", "a", Action.LIKE)
    show(stores, generation, "u", 0, 1, 2)
    start().publish_news()

    sample = measure(stores, generation)

    assert (sample["interactions"], sample["likes"], sample["impressions"]) == (1, 1, 3)
    assert (sample["lists"], sample["coverage"]) == (1, 1.0)


def test_of_more_items_than_are_told_the_highest_come(
    stores: Stores, generation: Generation, start: Callable[..., Counting]
) -> None:
    for n in range(1, counting_module.TOP_LENGTH + 21):
        show(stores, generation, f"u{n}", *range(n))
    names = [f"i{n}" for n in range(200)]
    add_to(stores.catalogues.of(generation), ((ItemId(name), ()) for name in names))

    start().publish_news()

    _, figures, _ = published(stores, generation)
    assert len(figures["top_shown"]) == counting_module.TOP_LENGTH
    assert figures["top_shown"][0] == {"item_id": "i0", "count": counting_module.TOP_LENGTH + 20}
    assert figures["top_shown"][-1] == {"item_id": "i99", "count": 21}


def test_without_news_nothing_is_published(
    stores: Stores, generation: Generation, items: list[str], start: Callable[..., Counting]
) -> None:
    counting = start()
    interact(stores, generation, "u", "a", Action.LIKE)

    assert [counting.publish_news() for _ in range(4)] == [True, False, False, False]
    before = published(stores, generation)[2]
    settle(counting)
    settle(counting)
    settle(counting)

    assert published(stores, generation)[2] <= before + 1  # similarity may have waited


def test_new_items_and_new_genres_are_news(
    stores: Stores, generation: Generation, items: list[str], start: Callable[..., Counting]
) -> None:
    counting = start()
    counting.publish_news()
    add_to(stores.catalogues.of(generation), [(ItemId("d"), ["Noir"]), (ItemId("c"), ["War"])])

    assert counting.publish_news()

    statistics = published(stores, generation)[0]
    assert statistics.known.tolist() == [True] * 4
    assert statistics.genres.names == ["Drama", "War", "Noir"]


def test_damaged_lines_are_left_out(
    stores: Stores, generation: Generation, items: list[str], start: Callable[..., Counting]
) -> None:
    interact(stores, generation, "u", "a", Action.LIKE)
    show(stores, generation, "u", 0)
    folder = stores.generations.folder(generation)
    with next(folder.glob("interactions-*.csv")).open("ab") as file:
        file.write(b'"torn\nu,b,love,1\nu,b,like\nv,b,like,2\nhalf a li')
    with next(folder.glob("impressions-*.csv")).open("ab") as file:
        file.write(b"u,999999999,1\nu,1 x,1\nu,,1\nv,1 999999999 2,1\nv,1 2")

    start().publish_news()

    statistics, figures, _ = published(stores, generation)
    assert statistics.counts.likes.tolist() == [1, 1, 0]
    assert statistics.counts.impressions.tolist() == [1, 1, 1]
    assert figures["totals"]["interactions"] == 2
    assert figures["totals"]["impressions"] == 3


def test_users_beyond_the_window_are_left_out_and_totals_stay(
    stores: Stores, generation: Generation, items: list[str], start: Callable[..., Counting]
) -> None:
    counting = start(statistics_window=10)
    for n in range(30):
        interact(stores, generation, f"u{n}", "a", Action.LIKE, at=n)

    settle(counting)
    settle(counting)

    statistics, figures, _ = published(stores, generation)
    assert statistics.counts.likes[0] == figures["users"] == figures["window"] == 10
    assert figures["totals"]["interactions"] == 30


def test_a_long_log_is_read_in_parts_within_the_window(
    stores: Stores,
    generation: Generation,
    items: list[str],
    start: Callable[..., Counting],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(counting_module, "ROWS_A_PASS", 1)
    monkeypatch.setattr("recs.stores.log.CHUNK_BYTES", 1_000)
    rows = [
        Interaction(UserId(f"user-{n}"), ItemId("a"), Action.LIKE, float(n)).to_row()
        for n in range(300)
    ]
    stores.log.append(generation, Kind.INTERACTIONS, rows)
    counting, sizes = start(statistics_window=50), []
    refresh = counting._window.refresh

    def noting(thoroughly: bool) -> ItemStatistics:
        sizes.append(len(counting._window))
        return refresh(thoroughly)

    monkeypatch.setattr(counting._window, "refresh", noting)
    while counting.publish_news():
        pass

    assert max(sizes) < 100  # a portion of a thousand bytes is some thirty rows
    assert published(stores, generation)[1]["totals"]["interactions"] == 300


# After a restart


class Reads:
    """Counts the bytes of the log that are read."""

    def __init__(self, stores: Stores) -> None:
        self.offsets: list[tuple[str, int]] = []
        self._read = stores.log.read
        stores.log.read = self  # type: ignore[method-assign]

    def __call__(self, generation: Generation, segment: str, offset: int = 0) -> Any:
        self.offsets.append((segment, offset))
        return self._read(generation, segment, offset)


def test_the_next_worker_goes_on_from_the_snapshot(
    stores: Stores, generation: Generation, items: list[str], start: Callable[..., Counting]
) -> None:
    interact(stores, generation, "u", "a", Action.LIKE)
    interact(stores, generation, "v", "b", Action.DISLIKE)
    show(stores, generation, "u", 0, 1)
    first = start()
    settle(first)
    before = published(stores, generation)
    interact(stores, generation, "w", "c", Action.LIKE)

    second = start()
    reads = Reads(second._stores)
    settle(second)

    sizes = stores.log.sizes(generation)
    assert [segment.partition("-")[0] for segment, _ in reads.offsets] == ["interactions"]
    assert all(0 < offset < sizes[segment] for segment, offset in reads.offsets)
    statistics, figures, number = published(stores, generation)
    assert number > before[2]
    assert statistics.counts.likes.tolist() == [1, 0, 1]
    assert statistics.counts.dislikes.tolist() == [0, 1, 0]
    assert statistics.counts.impressions.tolist() == [1, 1, 0]
    assert figures["totals"]["interactions"] == 3
    assert figures["totals"]["impressions"] == 2


def test_items_do_not_become_new_by_a_restart(
    stores: Stores, generation: Generation, items: list[str], start: Callable[..., Counting]
) -> None:
    show(stores, generation, "u", 0)
    settle(start())

    settle(start())

    assert published(stores, generation)[0].candidates.new.tolist() == []


@pytest.mark.parametrize("damage", ["torn", "emptied", "garbled", "of another shape"])
def test_with_a_damaged_snapshot_the_log_is_read_anew(
    stores: Stores,
    generation: Generation,
    items: list[str],
    start: Callable[..., Counting],
    damage: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    interact(stores, generation, "u", "a", Action.LIKE)
    settle(start())
    path = stores.generations.folder(generation) / "statistics" / "window.arrays"
    content = path.read_bytes()
    path.write_bytes(
        {
            "torn": content[: len(content) // 2],
            "emptied": b"",
            "garbled": content.replace(b"all_rows", b"all_xxxx"),
            "of another shape": content.replace(b'"position"', b'"positron"'),
        }[damage]
    )
    interact(stores, generation, "v", "a", Action.LIKE)

    settle(start())

    statistics, figures, _ = published(stores, generation)
    assert statistics.counts.likes.tolist() == [2, 0, 0]
    assert figures["totals"]["interactions"] == 2
    assert "the log is read anew" in caplog.text


def test_with_a_catalogue_that_was_cut_short_the_log_is_read_anew(
    stores: Stores,
    generation: Generation,
    items: list[str],
    start: Callable[..., Counting],
    caplog: pytest.LogCaptureFixture,
) -> None:
    for user in ("u", "v", "w"):
        for item in ("a", "c"):  # so that they are similar
            interact(stores, generation, user, item, Action.LIKE)
    settle(start())
    path = stores.generations.folder(generation) / "catalogue.jsonl"
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])

    counting = start()
    settle(counting)
    settle(counting)

    statistics, _, _ = published(stores, generation)
    assert statistics.counts.likes[0] == 3
    assert statistics.known.tolist() == [True, False]  # `c` is an item that nobody added, now
    assert "the catalogue has fewer items" in caplog.text


def test_training_reads_the_snapshot(
    stores: Stores, generation: Generation, items: list[str], start: Callable[..., Counting]
) -> None:
    interact(stores, generation, "u", "b", Action.LIKE)
    settle(start())

    path = stores.generations.folder(generation) / "statistics" / "window.arrays"
    dataset = Dataset.from_arrays(*map_arrays(path))

    assert dataset.users == ("u",)
    assert dataset.genre_names == ("Drama", "War")


def test_a_snapshot_has_room_for_every_item_that_somebody_likes(
    stores: Stores, generation: Generation, items: list[str], start: Callable[..., Counting]
) -> None:
    """Even for one that was never added: otherwise no fit can read it."""
    interact(stores, generation, "u", "stranger", Action.LIKE)
    start().publish_news()

    data = Dataset.from_arrays(*map_arrays(stores.statistics.window(generation)))

    assert data.fact_rows.max() < data.n_items


def test_snapshots_are_no_more_frequent_than_said(
    stores: Stores, generation: Generation, items: list[str]
) -> None:
    now = [100.0]
    counting = Counting(generation, stores, clock=lambda: now[0])
    path = stores.generations.folder(generation) / "statistics" / "window.arrays"
    saved = []
    for _ in range(4):
        interact(stores, generation, "u", "a", Action.LIKE)
        counting.publish_news()
        saved.append(path.stat().st_ino)
        now[0] += counting_module.SNAPSHOT_SECONDS / 2 + 0.1

    assert saved[0] == saved[1] != saved[2] == saved[3]


def test_a_full_disk_costs_nothing_but_time(
    stores: Stores,
    generation: Generation,
    items: list[str],
    start: Callable[..., Counting],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    counting = start()
    counting.publish_news()
    interact(stores, generation, "u", "a", Action.LIKE)
    with monkeypatch.context() as patched:
        patched.setattr(counting._stores.statistics, "publish", full)
        with pytest.raises(OSError, match="No space"):
            counting.publish_news()
    settle(counting)

    statistics, figures, _ = published(stores, generation)
    assert statistics.counts.likes.tolist() == [1, 0, 0]
    assert figures["totals"]["interactions"] == 1


def test_a_list_of_erasures_that_was_replaced_by_a_shorter_one_is_news_only_once(
    stores: Stores, generation: Generation, start: Callable[..., Counting]
) -> None:
    stores.erasures.add(UserId("u"), 1.0)
    settle(start())
    (stores.settings.data_dir / "erased.csv").unlink()
    counting = start()

    assert [counting.publish_news() for _ in range(3)][1:] == [False, False]

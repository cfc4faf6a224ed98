"""What a web process knows of items: from the disk alone, unless a test asks for Redis."""

from collections.abc import Callable
from time import time

import numpy as np
import pytest
from numpy.typing import NDArray

from app import item_view
from app.item_view import ItemView, known_in
from recs.interactions import Action, Interaction
from recs.ranking.reservations import Wish
from recs.ranking.slates import ENTRY, EXPLORE, pack
from recs.settings import Settings
from recs.stores import Stores, connection
from recs.stores.catalogue import Catalogue
from recs.stores.log import Kind
from recs.types import Generation, ItemId, UserId
from tests.app.conftest import NOWHERE, add
from tests.recs.stores.catalogues import add_to
from workers.counting import Counting

GENERATION = Generation(7)


@pytest.fixture
def disk(settings: Settings) -> Stores:
    """Stores whose Redis is away."""
    return Stores(settings, connection.short_timeout(NOWHERE["redis_url"], 0.1))


@pytest.fixture
def view(disk: Stores) -> ItemView:
    add(disk, GENERATION, a=["Drama"], b=["War"], c=["Drama"])
    view = ItemView(disk, GENERATION)
    view.refresh()
    return view


@pytest.fixture
def publish(disk: Stores) -> Callable[..., None]:
    """Publish statistics in which these users like these items: user=items."""

    def publish(**likes: str) -> None:
        rows = [
            Interaction(UserId(user), ItemId(item), Action.LIKE, 1.0).to_row()
            for user, items in likes.items()
            for item in items
        ]
        disk.log.append(GENERATION, Kind.INTERACTIONS, rows)
        Counting(GENERATION, disk).publish_news()

    return publish


def rows(view: ItemView, k: int = 10, **how: object) -> list[int]:
    found: list[int] = view.popular(k, **how)["row"].tolist()  # type: ignore[arg-type]
    return found


def of_genre(view: ItemView, genre: str) -> NDArray[np.bool_]:
    return np.array([genre in genres for genres in view.catalogue.genres])


def test_before_any_statistics_known_items_come_in_the_order_of_the_catalogue(
    view: ItemView,
) -> None:
    assert rows(view) == [0, 1, 2]
    assert rows(view, 2) == [0, 1]
    assert rows(view, hidden={0, 2}) == [1]
    assert rows(view, within=of_genre(view, "Drama")) == [0, 2]
    assert rows(view, within=of_genre(view, "Drama"), hidden={0}) == [2]


def test_with_statistics_the_best_come_first_and_those_just_added_last(
    view: ItemView, disk: Stores, publish: Callable[..., None]
) -> None:
    publish(u="b", v="bc")
    view.refresh()
    add(disk, GENERATION, d=[])

    assert rows(view) == [1, 2, 0, 3]
    entries = view.popular(4)
    assert entries["score"][0] > entries["score"][1] > entries["score"][2]
    assert entries["score"][3] == 0


@pytest.mark.parametrize("lacking", ["statistics", "similarity"])
def test_what_another_version_of_the_service_has_published_is_left_out(
    view: ItemView, disk: Stores, publish: Callable[..., None], lacking: str
) -> None:
    publish(u="b", v="bc")
    view.refresh()
    disk.statistics.publish(GENERATION, lacking, {"other": np.zeros(3)}, {"figures": {}})
    view.refresh()

    assert rows(view) == [1, 2, 0]


def test_each_version_of_the_statistics_counts(
    view: ItemView, publish: Callable[..., None]
) -> None:
    for n, best in enumerate([1, 2, 0, 1, 2]):
        publish(**{f"u{n}-{m}": "abc"[best] for m in range(2 * n + 2)})
        view.refresh()

        assert rows(view, 1) == [best]


def test_items_that_nobody_added_are_left_out(
    view: ItemView, disk: Stores, publish: Callable[..., None]
) -> None:
    disk.catalogues.of(GENERATION).rows_of([ItemId("unknown")])
    publish(u="b")
    view.refresh()

    assert sorted(rows(view)) == [0, 1, 2]


def test_an_item_that_nobody_added_has_nothing_counted_or_sorted_again(
    view: ItemView, disk: Stores
) -> None:
    """Each interaction with an unknown id brings one, and each list needs what is sorted here."""
    packed, mask = view.fill(), view.mask(known_in)

    disk.catalogues.of(GENERATION).rows_of([ItemId("unknown")])
    assert (view.fill() is packed, view.mask(known_in) is mask) == (True, True)

    add(disk, GENERATION, new=["War"])
    assert len(view.fill()) > len(packed)
    assert len(view.mask(known_in)) > len(mask)


def test_without_redis_others_come_each_time(view: ItemView) -> None:
    assert [view.blind(2)["row"].tolist() for _ in range(3)] == [[0, 1], [2, 0], [1, 2]]
    assert view.blind(10)["row"].tolist() == [0, 1, 2]


def test_an_empty_catalogue_has_nothing(disk: Stores) -> None:
    view = ItemView(disk, Generation(8))

    assert (len(view.blind(10)), len(view.popular(10))) == (0, 0)


def test_the_body_of_an_answer_is_json(view: ItemView) -> None:
    assert view.answer([2, 0]) == b'{"item_ids":["c","a"]}\n'
    assert view.answer([]) == b'{"item_ids":[]}\n'


def test_what_another_process_has_added_is_read_when_it_is_met(
    view: ItemView, disk: Stores
) -> None:
    other = Catalogue(disk.generations.folder(GENERATION))
    add_to(other, [(ItemId("new"), ())])
    entries = np.array([(3, 0, 0.0)], ENTRY)

    assert view.only_known(entries)["row"].tolist() == [3]
    assert view.answer([3]) == b'{"item_ids":["new"]}\n'
    assert view.ids([3, 0]) == ["new", "a"]


def test_rows_that_nobody_knows_are_left_out(view: ItemView, disk: Stores) -> None:
    disk.catalogues.of(GENERATION).rows_of([ItemId("unknown")])
    entries = np.array([(4_000_000_000, 0, 0.0), (1, 0, 0.0), (3, 0, 0.0)], ENTRY)

    assert view.only_known(entries)["row"].tolist() == [1]
    assert view.ids([4_000_000_000, 1]) == ["b"]


def slate(*explored: int) -> bytes:
    return pack(np.array([(row, EXPLORE, 0.0) for row in explored], ENTRY))


def test_slates_for_newcomers_are_taken_ahead_each_given_once(stores: Stores) -> None:
    view = ItemView(stores, GENERATION)
    stores.cold_start.put(GENERATION, [slate(n) for n in range(24)], 60)
    view.refill()
    left = stores.cold_start.length(GENERATION)

    taken = [view.take_cold_start() for _ in range(8)]

    assert left == 24 - item_view.COLD_START_SLATES
    assert taken == [slate(n) for n in range(8)]
    assert view.take_cold_start() == b""  # there are no items
    view.put_back(taken[3])
    assert view.take_cold_start() == taken[3]


def test_old_slates_let_go_of_what_they_explore_once_there_is_news(
    stores: Stores, publish: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(item_view, "COLD_START_SECONDS", -1.0)
    view = ItemView(stores, GENERATION)
    stores.reserved.claim(GENERATION, time(), [Wish((), (5, 6), 2)])
    stores.cold_start.put(GENERATION, [slate(5)], 60)
    view.refill()
    view.refill()  # nothing has happened: a service that is idle ranks for nobody
    assert stores.cold_start.length(GENERATION) == 0
    assert stores.reserved.claim(GENERATION, time(), [Wish((), (6, 5), 1)]) == [[6]]

    publish(u="b")
    view.refresh()
    view.refill()

    given = stores.reserved.claim(GENERATION, time(), [Wish((), (6, 5), 1)])
    assert view.take_cold_start() == b""
    assert given == [[5]]

"""Item statistics and similarity are two files: a process may map one and not yet the other."""

from pathlib import Path
from typing import Any

import pytest

from recs.ranking.item_statistics import ItemStatistics, similarity_to_arrays
from recs.ranking.similarity import Neighbours
from recs.stores import statistics_files
from recs.stores.arrays_file import map_arrays
from recs.stores.published import PublishedStatistics
from recs.stores.statistics_files import StatisticsFiles
from recs.types import Generation
from tests.recs.ranking.tables import item_statistics, rows

GENERATION = Generation(7)
TWO = item_statistics([0.1, 0.2], liked={0: {1: 1.0}, 1: {0: 0.5}})
THREE = item_statistics([0.1, 0.2, 0.3], liked={0: {2: 3.0, 1: 2.0}, 1: {0: 0.5}, 2: {0: 3.0}})


@pytest.fixture
def files(tmp_path: Path) -> StatisticsFiles:
    return StatisticsFiles(tmp_path)


@pytest.fixture
def published(files: StatisticsFiles) -> PublishedStatistics:
    return PublishedStatistics(files, GENERATION)


def publish_similarity(files: StatisticsFiles, of: ItemStatistics) -> None:
    files.publish(GENERATION, "similarity", similarity_to_arrays(of.similarity), {})


def publish_statistics(files: StatisticsFiles, of: ItemStatistics) -> None:
    arrays, meta = of.to_arrays()
    files.publish(GENERATION, "statistics", arrays, meta | {"figures": {}})


def liked(published: PublishedStatistics) -> Neighbours:
    assert published.statistics is not None
    return published.statistics.similarity.liked


def test_neighbours_that_the_statistics_do_not_know_yet_are_left_out(
    files: StatisticsFiles, published: PublishedStatistics
) -> None:
    publish_statistics(files, TWO)
    publish_similarity(files, THREE)  # the worker is about to publish its statistics, too
    published.refresh()

    near = liked(published)
    assert [near.lists[row].tolist() for row in range(len(near.lists))] == [[1], [0]]
    assert near.weights.tolist() == [2.0, 0.5]


def test_they_are_there_once_the_statistics_know_them(
    files: StatisticsFiles, published: PublishedStatistics
) -> None:
    publish_statistics(files, TWO)
    publish_similarity(files, THREE)
    published.refresh()
    publish_statistics(files, THREE)
    published.refresh()

    assert liked(published).near(rows(0, 2), 9).tolist() == [2, 1, 0]


def test_items_that_came_after_the_similarity_have_no_neighbours(
    files: StatisticsFiles, published: PublishedStatistics
) -> None:
    publish_similarity(files, TWO)
    publish_statistics(files, THREE)
    published.refresh()

    assert liked(published).near(rows(0, 2), 9).tolist() == [1]


@pytest.mark.parametrize("name", ["similarity", "statistics"])
def test_what_could_not_be_read_is_tried_again(
    files: StatisticsFiles,
    published: PublishedStatistics,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    def fail(path: Path) -> Any:
        if path.name.startswith(name):
            raise OSError(24, "too many open files")
        return map_arrays(path)

    publish_similarity(files, THREE)
    publish_statistics(files, THREE)
    with monkeypatch.context() as patch:
        patch.setattr(statistics_files, "map_arrays", fail)
        with pytest.raises(OSError, match="too many"):
            published.refresh()

    assert published.refresh()
    assert liked(published).near(rows(0, 2), 9).tolist() == [2, 1, 0]

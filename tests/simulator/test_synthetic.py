"""Data sets that are invented."""

from statistics import fmean, median

import pytest

from simulator.synthetic import small_catalogue, synthetic


def test_late_items_are_left_out_of_the_first_catalogue() -> None:
    dataset = synthetic(seed=1, n_users=5, n_items=100, late_share=0.1)
    first, later = dataset.arrivals(late=False), dataset.arrivals(late=True)

    assert (len(first[0]), len(later[0])) == (90, 10)
    assert set(later[0]) == dataset.late
    assert dict(zip(*first, strict=True)) | dict(zip(*later, strict=True)) == dict(
        zip(dataset.item_ids, dataset.genres, strict=True)
    )


def test_a_synthetic_dataset_is_the_same_for_a_seed() -> None:
    assert synthetic(seed=3, n_users=10) == synthetic(seed=3, n_users=10)


def test_a_synthetic_dataset_has_the_likes_asked_for() -> None:
    dataset = synthetic(seed=1, like_share=0.3)
    likes = [like for opinions in dataset.opinions.values() for like in opinions.values()]

    assert sum(likes) / len(likes) == pytest.approx(0.3, abs=0.01)


def test_a_synthetic_item_has_one_to_three_genres() -> None:
    assert {len(genres) for genres in synthetic(seed=1).genres} == {1, 2, 3}


def test_a_synthetic_dataset_has_a_few_hits_and_a_long_tail() -> None:
    dataset = synthetic(seed=1)
    known = {item: 0 for item in dataset.item_ids}
    for opinions in dataset.opinions.values():
        for item in opinions:
            known[item] += 1
    counts = sorted(known.values(), reverse=True)

    assert sum(counts[:150]) > 0.4 * sum(counts)


def test_a_tiny_synthetic_dataset_is_possible() -> None:
    assert len(synthetic(seed=1, n_users=1, n_items=1).opinions) == 1


@pytest.mark.slow
def test_the_small_catalogue_has_the_figures_of_the_recorded_run() -> None:
    dataset = small_catalogue(seed=1)
    counts = [len(opinions) for opinions in dataset.opinions.values()]
    likes = [like for opinions in dataset.opinions.values() for like in opinions.values()]

    assert (len(dataset.item_ids), len(counts), median(counts)) == (106, 12_563, 2)
    assert fmean(counts) == pytest.approx(36_196 / 12_563, rel=0.02)
    assert fmean(likes) == pytest.approx(0.83, abs=0.005)
    assert dataset != small_catalogue(seed=2)

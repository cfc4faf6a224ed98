"""`kinolenta backup`, then everything is destroyed, then `kinolenta restore`: the same lists."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from recs.ranking.settings import RankingSettings
from recs.settings import Settings
from tests.journeys.test_import import Imported, history, kinolenta
from tests.servers.service import Service
from tests.waiting import until

LONG = 120
NO_LOT = RankingSettings(exploration_slots=0, exploration_slots_for_newcomers=0)
"""Slots of exploration are drawn by lot."""


def test_what_was_destroyed_comes_back_with_the_same_lists(
    settings: Settings,
    start_service: Callable[[Settings], Service],
    tmp_path: Path,
) -> None:
    settings = replace(settings, ranking=NO_LOT, train_every_seconds=1.0)
    path = str(tmp_path / "backup.tar.gz")
    assert kinolenta(settings, "import", str(history(tmp_path))).returncode == 0
    service = start_service(settings)
    people = Imported(settings)
    try:
        assert until(lambda: people.totals()["likes"] == 600, LONG)
        assert until(lambda: _stands_still(people), LONG)
        assert kinolenta(settings, "rebuild").returncode == 0  # all lists are of the model, too
        assert until(lambda: _stands_still(people), LONG)
        assert kinolenta(settings, "backup", path).returncode == 0
        before = [people.recs(f"u{user}") for user in range(8)]
        likes = people.opinions("u3")

        service.stop()
        shutil.rmtree(settings.data_dir)
        settings = replace(settings, namespace=f"{settings.namespace}-again")  # an empty Redis
        done = kinolenta(settings, "restore", "--yes", path)
        assert done.returncode == 0, done.stderr
        start_service(settings)

        assert until(lambda: people.totals()["likes"] == 600, LONG)
        assert until(lambda: _stands_still(people), LONG)
        assert [people.recs(f"u{user}") for user in range(8)] == before
        assert people.opinions("u3") == likes
    finally:
        people.client.close()


def _stands_still(people: Imported) -> bool:
    """Say whether there is a model of everything, all is counted, and nobody waits."""
    stats = people.client.get(f"{people.settings.recommender}/stats").raise_for_status().json()
    counted = stats["statistics"]["similarity_waiting"] == 0
    learned = [model["interactions"] for model in stats["models"]]
    return bool(counted and 600 in learned and not stats["waiting"])

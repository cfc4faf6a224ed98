"""`kinolenta import`, with the service running and stopped: from a file to personal lists."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import sleep

import pytest

from recs.settings import Settings
from tests.journeys.test_loop import Visitors
from tests.servers.service import ROOT, Service, environ_of
from tests.waiting import until

LONG = 60
USERS = 40


@dataclass
class Imported(Visitors):
    """Visitors of whom each can still have their first list."""

    fresh: Iterator[int] = field(default_factory=lambda: iter(range(USERS)))


@pytest.fixture
def people(settings: Settings) -> Iterator[Imported]:
    people = Imported(settings)
    yield people
    people.client.close()


def kinolenta(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        cwd=ROOT, env=environ_of(settings), capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def history(folder: Path) -> Path:
    """Return a file of forty users: half like dramas, half wars; each has left five of these."""
    lines = ["user_id,item_id,genres,rating,timestamp"]
    for user in range(USERS):
        kind = ("drama", "war")[user % 2]
        liked = [number for number in range(20) if (number + user) % 4]
        lines += [f"u{user},{kind}-{number},{kind},5,{1e9 + number:.0f}" for number in liked]
    path = folder / "history.csv"
    path.write_text("\n".join(lines))
    return path


def test_an_import_into_a_running_service_is_counted_and_ranked(
    settings: Settings,
    start_service: Callable[[Settings], Service],
    people: Imported,
    tmp_path: Path,
) -> None:
    start_service(settings)
    people.client.get(f"http://127.0.0.1:{settings.page_port}/")  # whose first visit brings these:
    assert until(lambda: people.recs("somebody") != [], LONG)

    done = kinolenta(settings, "import", str(history(tmp_path)))

    assert done.returncode == 0, done.stderr
    assert "600 interactions" in done.stdout
    assert until(lambda: people.totals()["likes"] == 600, LONG)
    assert until(lambda: _is_personal(people), LONG)
    assert len(people.opinions("u1")[0]) == 15

    again = kinolenta(settings, "import", str(history(tmp_path)))
    assert "0 interactions" in again.stdout
    assert people.totals()["interactions"] == 600
    assert not list(settings.data_dir.glob("generations/*/dead-letters.csv"))


def test_what_was_imported_before_the_service_started_keeps_the_demonstration_out(
    settings: Settings,
    start_service: Callable[[Settings], Service],
    people: Imported,
    tmp_path: Path,
) -> None:
    assert kinolenta(settings, "import", str(history(tmp_path))).returncode == 0
    start_service(settings)

    assert until(lambda: people.totals()["likes"] == 600, LONG)
    assert until(lambda: _is_personal(people), LONG)
    known = people.client.get(f"{settings.recommender}/popular?k=100").json()["item_ids"]
    assert {item.split("-")[0] for item in known} == {"drama", "war"}


def test_first_lists_are_personal_after_an_import_while_redis_was_away(
    settings: Settings,
    start_service: Callable[[Settings], Service],
    people: Imported,
    tmp_path: Path,
) -> None:
    """As in trial mode, whose Redis comes and goes with the service: nobody waits to be ranked."""
    away = replace(settings, redis_url="redis://127.0.0.1:1/0")
    assert kinolenta(away, "import", str(history(tmp_path))).returncode == 0
    start_service(settings)
    assert until(lambda: people.totals()["likes"] == 600, LONG)

    assert all(_is_personal(people) for _ in range(3))


def _is_personal(people: Imported) -> bool:
    """Say whether some user's first list has what is left of the kind that they like.

    Each list is another user's first one, for nobody is shown an item twice.
    """
    sleep(LONG / USERS)  # so that there are users for as long as one waits
    user = next(people.fresh)
    kind = ("drama", "war")[user % 2]
    return sum(item.startswith(kind) for item in people.recs(f"u{user}")) >= 4

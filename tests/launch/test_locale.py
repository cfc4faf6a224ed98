"""A terminal with few letters, and folders with many: the start ends for neither."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from recs.settings import Settings
from tests.servers.ports import own_port
from tests.servers.service import MAKE_RUN, Service

FEW_LETTERS = {
    "PYTHONIOENCODING": "ascii",
    "LC_ALL": "POSIX",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
}
"""Those of ASCII. What ends no start here ends none where there are more letters, as in latin-1."""


@pytest.fixture
def run(
    tmp_path: Path,
    redis_url: str,
    broker_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Service]:
    for name, value in FEW_LETTERS.items():
        monkeypatch.setenv(name, value)
    settings = Settings(
        namespace=f"test-{uuid4().hex[:12]}",
        data_dir=tmp_path / "данные",
        collector_port=own_port(),
        recommender_port=own_port(),
        page_port=own_port(),
        flower_port=own_port(),
        broker_url=broker_url,
        redis_url=redis_url,
    )
    service = Service(settings, MAKE_RUN)
    service.start()
    yield service
    service.stop()


def test_a_locale_with_few_letters_ends_no_start(run: Service) -> None:
    url = run.settings.recommender
    httpx.get(f"{url}/cleanup", timeout=10).raise_for_status()
    httpx.post(f"{url}/add_items", json={"item_ids": ["фильм"]}).raise_for_status()

    assert httpx.get(f"{url}/recs/зритель").json() == {"item_ids": ["фильм"]}
    assert httpx.get(f"http://127.0.0.1:{run.settings.page_port}/").status_code == 200
    assert "Ctrl-C stops everything" in run.log.read_text()
    assert (run.settings.data_dir / "generations").is_dir()

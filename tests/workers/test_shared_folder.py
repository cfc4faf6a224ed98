"""Processes that have another DATA_DIR than those that run refuse to start."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from recs.settings import Settings
from recs.stores import connection
from recs.stores.shared_folder import SharedFolder
from tests.servers.rabbitmq import RabbitMQServer
from tests.servers.service import HONCHO, ROOT, environ_of


@pytest.mark.parametrize("name", ["ingest", "maintain", "recommender", "collector"])
def test_a_process_with_another_folder_ends_with_a_sentence(
    settings: Settings, redis_url: str, broker_server: RabbitMQServer, tmp_path: Path, name: str
) -> None:
    with connection.long_timeout(redis_url) as redis:
        SharedFolder(redis, settings.namespace, settings.data_dir).check()
    other = replace(settings, data_dir=tmp_path / "other", broker_url=broker_server.url)

    ended = subprocess.run(
        [*HONCHO, name], cwd=ROOT, env=environ_of(other), capture_output=True, text=True, timeout=60
    )

    assert ended.returncode == 78
    [said] = [line for line in ended.stdout.splitlines() if "DATA_DIR=" in line]
    assert str(tmp_path / "other") in said
    assert "Traceback" not in ended.stdout

"""`make run` itself, on a machine where no server answers, and where a setting is wrong."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from operator import itemgetter
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psutil
import pytest
import requests
from honcho.environ import parse

from recs.settings import Settings
from tests.servers.ports import own_port
from tests.servers.service import MAKE_RUN, ROOT, Service, environ_of
from tests.waiting import until


@pytest.fixture(scope="module")
def nowhere(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a service whose servers do not answer."""
    return Settings(
        namespace=f"test-{uuid4().hex[:12]}",
        data_dir=tmp_path_factory.mktemp("trial") / "data",
        collector_port=own_port(),
        recommender_port=own_port(),
        page_port=own_port(),
        flower_port=own_port(),
        broker_url=f"amqp://guest:guest@127.0.0.1:{own_port()}//",
        redis_url=f"redis://127.0.0.1:{own_port()}/0",
    )


@pytest.fixture(scope="module")
def trial(nowhere: Settings) -> Iterator[Service]:
    """A run in trial mode, which the tests below share."""
    service = Service(nowhere, MAKE_RUN)
    service.start()
    yield service
    service.stop()


def _is_honcho(process: psutil.Process, parent: int) -> bool:
    try:
        return process.ppid() == parent and "honcho" in process.cmdline()
    except psutil.Error:
        return False  # it has just ended


def make_run(settings: Settings, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run it where it should fail to start."""
    return subprocess.run(
        MAKE_RUN,
        cwd=ROOT,
        env=environ_of(settings) | environ,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_trial_mode_takes_interactions_and_goes_on_where_it_was(trial: Service) -> None:
    collector, recommender = trial.settings.collector, trial.settings.recommender
    items = [str(number) for number in range(12)]
    requests.get(f"{recommender}/cleanup", timeout=10).raise_for_status()
    catalogue = {"item_ids": items}
    requests.post(f"{recommender}/add_items", json=catalogue, timeout=10).raise_for_status()
    like = {"user_id": "anna", "item_ids": items[:2], "actions": ["like", "dislike"]}
    assert until(lambda: requests.post(f"{collector}/interact", json=like, timeout=10).ok)

    def listed() -> set[str]:
        answer = requests.get(f"{recommender}/recs/anna", timeout=10)
        answer.raise_for_status()
        return set(answer.json()["item_ids"])

    assert until(lambda: listed() == set(items[2:]), seconds=20)

    trial.stop(signal.SIGTERM)
    trial.start()

    assert until(lambda: listed() == set(items[2:]), seconds=20)
    assert trial.log.read_text().count("TRIAL MODE") == 2


def test_trial_mode_is_ready_too_once_every_worker_has_given_a_sign_of_life(
    trial: Service,
) -> None:
    def told(service: str) -> dict[str, Any]:
        answer: dict[str, Any] = requests.get(f"{service}/readyz", timeout=10).json()
        return answer

    page = f"http://127.0.0.1:{trial.settings.page_port}"

    for service in (trial.settings.collector, trial.settings.recommender, page):
        is_ready = partial(lambda each: told(each)["status"] == "ok", service)
        assert until(is_ready, seconds=40), told(service)
    assert {"ingest", "rank", "maintain"} <= set(told(trial.settings.recommender)["servers"])


def test_its_redis_comes_back_with_its_data_when_it_is_killed(trial: Service) -> None:
    def server() -> psutil.Process | None:
        """Return the oldest: a server that writes its data has a child of the same name."""
        found = []
        for each in trial.processes():
            with suppress(psutil.Error):
                if each.name() in ("valkey-server", "redis-server"):
                    found.append((each.create_time(), each))
        return min(found, key=itemgetter(0))[1] if found else None

    redis = server()
    assert redis
    redis.kill()

    assert until(lambda: server() not in (None, redis))


def test_no_command_line_of_a_run_shows_the_password_of_its_redis(trial: Service) -> None:
    told = parse((trial.settings.data_dir / "servers.env").read_text())
    password = urlsplit(told["REDIS_URL"]).password

    assert password
    assert urlsplit(told["CELERY_BROKER_URL"]).password == password
    assert not [line for line in trial.command_lines() if password in line]
    assert password not in trial.log.read_text()


def test_other_commands_find_the_servers_of_a_run(trial: Service) -> None:
    honcho = [sys.executable, "-m", "honcho", "--env", str(trial.settings.data_dir / "servers.env")]

    listed = subprocess.run(
        [*honcho, "run", "python", "-m", "cli", "models", "list"],
        cwd=ROOT,
        env=environ_of(trial.settings),
        timeout=60,
    )

    assert listed.returncode == 0


def test_a_command_without_the_variables_of_a_run_finds_its_ports(trial: Service) -> None:
    environ = environ_of(trial.settings)
    for name in ("NAMESPACE", "HOST", "COLLECTOR_PORT", "RECOMMENDER_PORT", "PAGE_PORT"):
        del environ[name]
    environ |= {"FLOWER_PORT": str(own_port())}  # of another run

    examined = subprocess.run(
        [sys.executable, "-m", "cli", "doctor"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert "the service runs" in examined.stdout


def test_two_runs_do_not_share_a_data_dir(trial: Service) -> None:
    ended = make_run(replace(trial.settings, collector_port=own_port()))

    assert ended.returncode == 78
    assert "DATA_DIR" in ended.stderr


def test_nothing_is_left_when_honcho_is_killed(trial: Service) -> None:
    [honcho] = [each for each in trial.processes() if _is_honcho(each, trial.pid)]

    honcho.kill()

    assert until(lambda: not trial.processes(), seconds=15), trial.command_lines()


def test_a_bad_setting_is_named(nowhere: Settings) -> None:
    ended = make_run(nowhere, PAGE_PORT="eighty")

    assert ended.returncode == 78
    assert "PAGE_PORT='eighty'" in ended.stderr


def test_a_port_that_is_taken_is_named(nowhere: Settings) -> None:
    with socket.create_server(("127.0.0.1", nowhere.collector_port)):
        ended = make_run(nowhere)

    assert ended.returncode == 78
    assert "COLLECTOR_PORT" in ended.stderr

"""compose.yaml and the Dockerfile, as text: no Docker engine is needed."""

import re
from dataclasses import fields
from pathlib import Path

import yaml

from launch.healthcheck import FAULTS_MOST
from recs.settings import Settings, variable_of
from tests.servers.service import ROOT
from tests.test_procfile import PROCESSES
from tests.test_requirements import pinned

COMPOSE = (ROOT / "compose.yaml").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SERVICES = yaml.safe_load(COMPOSE)["services"]
SERVERS = {"rabbitmq", "redis", "qdrant"}
OWN = {name: each for name, each in SERVICES.items() if name not in SERVERS}


def test_the_profile_runs_the_lines_of_the_procfile_one_container_each() -> None:
    commands = {name: each["command"] for name, each in SERVICES.items() if "profiles" in each}

    assert commands == {name: f"honcho start {name}" for name in PROCESSES}


def test_without_the_profile_there_are_the_servers() -> None:
    assert {name for name, each in SERVICES.items() if "profiles" not in each} == SERVERS


def test_servers_say_when_they_are_ready_and_keep_their_data() -> None:
    assert all(SERVICES[name]["healthcheck"] and SERVICES[name]["volumes"] for name in SERVERS)


def test_redis_writes_down_what_it_is_told() -> None:
    assert "--appendonly yes" in SERVICES["redis"]["command"]


def test_nothing_is_open_to_the_network_unasked() -> None:
    ports = [port for each in SERVICES.values() for port in each.get("ports", [])]

    assert ports
    assert all(port.startswith(("127.0.0.1:", "${PUBLISH_ADDRESS:-127.0.0.1}:")) for port in ports)


def test_one_variable_opens_what_graders_and_viewers_need_and_nothing_else() -> None:
    published = {
        name
        for name, each in SERVICES.items()
        if any("PUBLISH_ADDRESS" in port for port in each.get("ports", []))
    }

    assert published == {"collector", "recommender", "page"}


def test_every_setting_and_every_file_of_one_comes_through() -> None:
    for each in OWN.values():
        assert each["env_file"] == [{"path": ".env", "required": False}]


def test_nothing_that_a_user_may_want_to_set_is_overridden() -> None:
    containers_own = {"HOST", "FLOWER_HOST", "DATA_DIR", "COLLECTOR_URL", "RECOMMENDER_URL"}
    containers_own |= {f"{name}_PORT" for name in ("COLLECTOR", "RECOMMENDER", "PAGE", "FLOWER")}
    settings = {variable_of(each) for each in fields(Settings)}

    for each in OWN.values():
        assert set(each["environment"]) & settings == containers_own


def test_the_servers_of_the_file_are_found_unless_others_are_named(tmp_path: Path) -> None:
    """By `_FILE`: a variable of .env wins over it, and so does a `_FILE` of .env."""
    environment = SERVICES["rank"]["environment"]
    by_file = {name: text for name, text in environment.items() if name.endswith("_FILE")}
    defaults = {name: re.search(r":-(.*)}", text)[1] for name, text in by_file.items()}  # type: ignore[index]

    found = Settings.from_env({name: str(ROOT / path) for name, path in defaults.items()})
    named = Settings.from_env(
        {name: str(ROOT / path) for name, path in defaults.items()}
        | {"REDIS_URL": "redis://elsewhere:6379/3"}
    )

    assert (found.broker_url, found.redis_url, found.qdrant_url) == (
        *("amqp://guest:guest@rabbitmq:5672//", "redis://redis:6379/0", "http://qdrant:6333"),
    )
    assert named.redis_url == "redis://elsewhere:6379/3"
    assert all(text.startswith("${" + name) for name, text in by_file.items())
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert "launch" not in ignored  # these files are in the image


def test_secrets_can_be_mounted_and_are_in_no_image_and_no_commit() -> None:
    assert all(
        "${SECRETS_DIR:-./secrets}:/run/secrets:ro" in each["volumes"] for each in OWN.values()
    )
    assert "secrets" in (ROOT / ".dockerignore").read_text().split()
    assert "/secrets/" in (ROOT / ".gitignore").read_text().split()


def test_logs_do_not_fill_the_disk() -> None:
    for each in SERVICES.values():
        assert each["logging"]["options"] == {"max-size": "10m", "max-file": "3"}


def test_each_container_is_checked_and_healed_by_readiness() -> None:
    for name, each in OWN.items():
        assert each["healthcheck"]["test"] == f"python -m launch.healthcheck --heal {name}"
        assert each["restart"] == "unless-stopped"
        assert each["healthcheck"]["retries"] <= FAULTS_MOST


def test_lightfm_is_not_built_for_the_processor_of_one_machine() -> None:
    flags, install = DOCKERFILE.index("LIGHTFM_NO_CFLAGS=1"), DOCKERFILE.index("pip install")

    assert flags < install


def test_qdrant_is_within_one_minor_version_of_its_client() -> None:
    image = re.fullmatch(r"qdrant/qdrant:v(\d+)\.(\d+)\.\d+", SERVICES["qdrant"]["image"])
    [client] = pinned("requirements.txt")["qdrant-client"]
    major, minor, *_ = map(int, client.split("."))

    assert image is not None
    assert int(image[1]) == major
    assert abs(int(image[2]) - minor) <= 1

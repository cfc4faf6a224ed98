import yaml

from tests.servers.service import ROOT
from tests.test_procfile import PROCESSES

SERVICES = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
SERVERS = {"rabbitmq", "redis", "qdrant"}


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
    assert all(port.startswith("127.0.0.1:") for port in ports)

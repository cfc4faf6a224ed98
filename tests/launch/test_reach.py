import socket
from ipaddress import ip_address

import pytest

from launch import messages, reach
from launch.endpoints import endpoints
from launch.reach import address_of_machine, for_people, who_reaches
from recs.settings import Settings


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(reach, "address_of_machine", lambda: "192.168.7.7")
    return "192.168.7.7"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.1.2.3"])
def test_a_service_for_this_machine_says_so_and_how_to_let_others_in(host: str) -> None:
    (sentence,) = who_reaches(Settings(host=host))

    assert "this machine only" in sentence
    assert "HOST=0.0.0.0" in sentence


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.7.7"])
def test_a_service_for_others_says_so_and_that_they_may_write(host: str) -> None:
    reachable, may_write = who_reaches(Settings(host=host))

    assert "everybody" in reachable
    assert "API_TOKEN" in may_write
    assert len(who_reaches(Settings(host=host, api_token="hush"))) == 1


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_the_banner_has_the_address_of_the_machine_once_others_are_let_in(
    machine: str, host: str
) -> None:
    settings = Settings(host=host)
    shown = for_people(endpoints(settings), settings)

    assert shown["collector"] == f"http://{machine}:5000"
    assert shown["recommender"] == f"http://{machine}:5001"
    assert shown["Flower"] == "http://127.0.0.1:5555"


@pytest.mark.parametrize("host", ["127.0.0.1", "192.168.7.8"])
def test_an_address_of_ones_own_is_shown_as_it_is(machine: str, host: str) -> None:
    settings = Settings(host=host)

    assert for_people(endpoints(settings), settings) == endpoints(settings)


def test_the_address_of_this_machine_is_one_that_others_can_use() -> None:
    found = address_of_machine()

    try:
        assert not ip_address(found.strip("[]")).is_unspecified
    except ValueError:
        assert found == socket.gethostname()


def test_without_a_network_the_name_of_the_machine_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_network(*_: object) -> None:
        raise OSError("Network is unreachable")

    monkeypatch.setattr(reach.socket, "socket", no_network)

    assert address_of_machine() == socket.gethostname()


def test_the_banner_needs_no_letters_that_a_terminal_may_lack(machine: str) -> None:
    settings = Settings(host="0.0.0.0")
    urls = endpoints(settings)
    banner = messages.running(for_people(urls, settings), urls, who_reaches(settings))

    assert banner.isascii()
    assert f"http://{machine}:8000" in banner

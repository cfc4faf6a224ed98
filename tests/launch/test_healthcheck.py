"""What compose learns of a container, and which are started again."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from launch import healthcheck
from launch.healthcheck import FAULTS_MOST, complaint, count_faults, fetch, main
from recs.settings import Settings

SETTINGS = Settings(recommender_url="http://recommender:5001")
FINE = {
    **{"redis": "ok", "broker": "ok", "disk": "ok", "lists": "ok"},
    **{"ingest": "ok", "rank": "ok", "statistics": "ok", "train": "ok", "maintain": "ok"},
}


def says(answer: Mapping[str, Any] | None) -> Callable[[str], Mapping[str, Any] | None]:
    return lambda url: answer


def servers(**states: str) -> dict[str, Any]:
    return {"status": "degraded", "servers": FINE | states}


@pytest.mark.parametrize("name", ["collector", "recommender", "page"])
def test_a_web_process_is_healthy_while_it_can_serve(name: str) -> None:
    degraded = {"status": "degraded", "advice": {"rank": "start it"}}

    assert complaint(name, SETTINGS, says({"status": "ok"})) == ("", False)
    assert complaint(name, SETTINGS, says(degraded)) == ("", False)


@pytest.mark.parametrize("name", ["collector", "recommender", "page"])
def test_one_that_does_not_answer_is_started_again(name: str) -> None:
    assert complaint(name, SETTINGS, says(None)) == (f"{name} does not answer", True)


def test_one_whose_server_is_down_is_unhealthy_and_not_started_again() -> None:
    down = {"status": "down", "advice": {"broker": "start it"}}

    assert complaint("collector", SETTINGS, says(down)) == ("broker: start it", False)


@pytest.mark.parametrize(
    "state", ["silent: no sign of life for 40 s", "idle: no rank was done for 70 s", "down: nobody"]
)
def test_a_worker_that_hangs_or_does_nothing_is_started_again(state: str) -> None:
    assert complaint("rank", SETTINGS, says(servers(rank=state))) == (f"rank is {state}", True)
    assert complaint("ingest", SETTINGS, says(servers(rank=state))) == ("", False)


@pytest.mark.parametrize(
    "answer",
    [
        servers(rank="silent", redis="down: ConnectionError"),
        servers(rank="down: nobody", broker="down: ConnectionRefusedError"),
        {"status": "degraded", "servers": {"redis": "ok", "rank": "silent"}},
        None,
    ],
    ids=["no redis", "no broker", "nothing known of the broker", "no recommender"],
)
def test_a_worker_is_not_started_again_for_what_others_lack(
    answer: Mapping[str, Any] | None,
) -> None:
    assert complaint("rank", SETTINGS, says(answer)) == ("", False)


def test_beat_is_started_again_when_nobody_gets_tasks() -> None:
    idle = "idle: nothing was done for 70 s"
    some = servers(rank=idle, statistics=idle)
    all_of_them = servers(rank=idle, statistics=idle, maintain=idle)

    assert complaint("beat", SETTINGS, says(some)) == ("", False)
    assert complaint("beat", SETTINGS, says(all_of_them))[1]


def test_flower_is_asked_by_itself() -> None:
    assert complaint("flower", SETTINGS, says({})) == ("", False)
    assert complaint("flower", SETTINGS, says(None))[1]


def test_faults_are_counted_one_after_the_other(tmp_path: Path) -> None:
    counts = [count_faults("rank", fault, tmp_path) for fault in (True, True, False, True)]

    assert counts == [1, 2, 0, 1]
    assert count_faults("train", True, tmp_path) == 1


@pytest.fixture
def killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    pids: list[int] = []
    monkeypatch.setattr(healthcheck.os, "kill", lambda pid, _: pids.append(pid))
    monkeypatch.setattr(healthcheck.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(healthcheck, "complaint", lambda *_: ("it hangs", True))
    return pids


def test_a_container_ends_after_a_minute_of_its_own_faults(killed: list[int]) -> None:
    codes = [main(["--heal", "rank"]) for _ in range(FAULTS_MOST - 1)]
    before = list(killed)
    codes.append(main(["--heal", "rank"]))

    assert (before, killed) == ([], [1])
    assert codes == [1] * FAULTS_MOST


def test_unless_that_was_not_asked_for(killed: list[int]) -> None:
    for _ in range(2 * FAULTS_MOST):
        main(["rank"])

    assert killed == []


def test_what_others_lack_never_ends_it(killed: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(healthcheck, "complaint", lambda *_: ("no broker", False))

    assert [main(["--heal", "collector"]) for _ in range(20)] == [1] * 20
    assert killed == []


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status = 503 if "down" in self.path else 200
        body = b"nonsense" if "nonsense" in self.path else json.dumps({"status": "x"}).encode()
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.slow
def test_an_answer_is_read_whatever_its_status(url: str) -> None:
    assert fetch(f"{url}/readyz") == fetch(f"{url}/down") == {"status": "x"}
    assert fetch(f"{url}/nonsense") == {}
    assert fetch("http://127.0.0.1:1/readyz") is None

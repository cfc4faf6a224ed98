"""The command `grade`: exit code, table, files."""

import json
from pathlib import Path

import pytest

from simulator import freshness
from simulator.__main__ import main
from simulator.synthetic import synthetic
from tests.simulator.fake import Fake

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def no_chart(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Save the second that a chart takes, except in the tests named after it."""
    if "chart" not in request.node.name:
        monkeypatch.setattr("simulator.grade.draw", lambda report, path: None)


def grade(address: str, folder: Path, *options: str) -> int:
    """Play a small synthetic data set at full speed."""
    where = ["--collector", address, "--recommender", address, "--out", str(folder)]
    return main(["grade", *where, "--pace", "0", "--users", "12", *options])


def test_a_good_service_passes_and_leaves_a_table_a_json_and_a_chart(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert grade(address, tmp_path) == 0

    output = capsys.readouterr().out
    report = json.loads(next(tmp_path.glob("*.json")).read_text())

    assert "72 visits" in output
    assert f"{report['scores']['all']['precision']:.4f}" in output
    assert report["latency_ms"]["recs"]["all"]["requests"] == 72
    assert report["series"][-1]["visits"] == 72
    assert next(tmp_path.glob("*.png")).read_bytes().startswith(b"\x89PNG")


def test_a_breach_of_the_contract_fails(fake: Fake, address: str, tmp_path: Path) -> None:
    fake.length = 9

    assert grade(address, tmp_path) == 1


def test_an_error_fails(
    fake: Fake, address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fake.break_every = 20

    assert grade(address, tmp_path) == 1
    assert "of 503 from /interact" in capsys.readouterr().out


def test_lenient_exits_with_zero(fake: Fake, address: str, tmp_path: Path) -> None:
    fake.length = 9

    assert grade(address, tmp_path, "--lenient") == 0


def test_several_seeds_are_summed_up(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grade(address, tmp_path, "--seed", "1", "2")

    assert "2 games" in capsys.readouterr().out
    assert len(list(tmp_path.glob("*.json"))) == 2


def test_a_log_without_the_interactions_fails(
    address: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("simulator.grade.LOG_PATIENCE_SECONDS", 0.0)

    assert grade(address, tmp_path, "--verify-log", str(tmp_path)) == 1
    assert "NOT EQUAL" in capsys.readouterr().out


def test_the_token_is_sent_and_not_written(fake: Fake, address: str, tmp_path: Path) -> None:
    grade(address, tmp_path, "--token", "secret-token")

    assert fake.authorization == {"Bearer secret-token"}
    assert "secret-token" not in next(tmp_path.glob("*.json")).read_text()


def test_no_service_is_reported_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert grade("http://127.0.0.1:1", tmp_path) == 2
    assert "make run" in capsys.readouterr().err


def bench(address: str) -> int:
    return main(["bench", "--collector", address, "--recommender", address, "--seconds", "1"])


def test_bench_says_how_fast_each_endpoint_is(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = bench(address)
    rows = [line.rsplit(maxsplit=7) for line in capsys.readouterr().out.splitlines()]

    assert code == 0
    assert [row[0] for row in rows[1:]] == ["like to list", "/recs", "/interact"]
    assert all(int(row[1].replace(",", "")) > 10 for row in rows[1:])


def test_bench_reports_likes_that_change_no_list(
    fake: Fake, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.ignores_likes = True
    monkeypatch.setattr(freshness, "PATIENCE_SECONDS", 0.05)

    assert bench(address) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        ("--collector", "localhost:5000"),
        ("--late", "2"),
        ("--visits", "0"),
        ("--pace", "-1"),
    ],
)
def test_a_wrong_option_is_refused(
    wrong: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["grade", *wrong])

    assert wrong[0] in capsys.readouterr().err


def test_a_shuffled_game_with_a_history_says_so(
    fake: Fake, address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert grade(address, tmp_path, "--shuffled", "--history", "0.5", "--learning", "0") == 0

    output = capsys.readouterr().out
    report = json.loads(next(tmp_path.glob("*.json")).read_text())
    assert "synthetic data set, shuffled, with 50% as history" in output
    assert f"first lists: precision {report['first_lists']['precision']:.4f}" in output
    assert report["dataset"]["history"] == len(fake.imported) > 0
    in_order = synthetic(1, 12).item_ids
    assert fake.bodies[0]["item_ids"] != in_order
    assert sorted(fake.bodies[0]["item_ids"]) == sorted(in_order)

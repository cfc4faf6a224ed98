import pytest

pytestmark = pytest.mark.slow

SKIPPED = """
import pytest

def test_without_a_server():
    pytest.skip("no server here")
"""
SKIPPED_MODULE = "import pytest; pytest.importorskip('no_such_module_anywhere')"


@pytest.mark.parametrize("source", [SKIPPED, SKIPPED_MODULE])
@pytest.mark.parametrize(("ci", "failed"), [("true", 1), ("", 0)])
def test_a_skip_is_a_failure_in_ci_and_only_there(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, source: str, ci: str, failed: int
) -> None:
    monkeypatch.setenv("CI", ci)
    pytester.makepyfile(source)

    outcomes = pytester.runpytest("-p", "tests.strict").parseoutcomes()

    assert (
        outcomes.get("failed", 0) + outcomes.get("error", 0) + outcomes.get("errors", 0) == failed
    )
    assert outcomes.get("skipped", 0) == 1 - failed

"""The page's scripts that need no browser, by node's own test runner."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.servers.service import ROOT

TESTS = Path(__file__).parent / "javascript"
STATIC = ROOT / "app" / "page" / "static"
NODE = shutil.which("node")


@pytest.mark.slow
@pytest.mark.parametrize("test", sorted(TESTS.glob("*.test.mjs")), ids=lambda path: path.name)
def test_scripts_do_what_they_promise(test: Path, tmp_path: Path) -> None:
    if NODE is None:
        pytest.skip("node is not installed; `make test` installs it, as root")
    for script in STATIC.glob("*.js"):
        shutil.copy(script, tmp_path)
    (tmp_path / "package.json").write_text('{"type": "module"}')  # or node takes them for CommonJS

    ended = subprocess.run(
        [NODE, "--test", "--test-reporter=tap", str(test)],
        env={**os.environ, "PAGE_MODULES": str(tmp_path), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert re.search(r"^# pass [1-9]", ended.stdout, re.M), "no test ran"

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from operator import floordiv
from pathlib import Path

import pytest

from simulator.processes import play_all

pytestmark = pytest.mark.slow

ENDLESS = """
import time
from functools import partial
from simulator.processes import play_all

def play(name):
    print(name, end="", flush=True)
    time.sleep(600)

if __name__ == "__main__":
    list(play_all({name: partial(play, name) for name in "ab"}, 2))
"""


def test_each_game_is_told_with_what_came_of_it() -> None:
    games = {n: partial(floordiv, 12, n) for n in (1, 2, 3)}

    assert dict(play_all(games, 2)) == {1: 12, 2: 6, 3: 4}


def test_what_a_game_raises_is_raised() -> None:
    games: dict[str, Callable[[], int]] = {"a": partial(floordiv, 1, 0)}

    with pytest.raises(ZeroDivisionError):
        list(play_all(games, 1))


def test_processes_end_with_the_one_that_started_them(tmp_path: Path) -> None:
    program = tmp_path / "endless.py"
    program.write_text(ENDLESS)
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        [sys.executable, program], env=environment, stdout=subprocess.PIPE, stderr=quiet, text=True
    ) as parent:
        assert parent.stdout
        playing = parent.stdout.read(2)
        parent.kill()

        assert {*playing} == {"a", "b"}
        assert parent.stdout.read() == "", "the output ends with the last process that has it"

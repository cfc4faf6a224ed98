"""The list of files in docs/architecture.md, from POST /interact to the list, against the code."""

import ast
import inspect
import re
from pathlib import Path
from typing import cast

import pytest

from recs.stores import keys
from recs.types import Generation, UserId

ROOT = Path(__file__).parents[1]
ROW = re.compile(r"^\| (\d+) \| `([^`]+)` \| ([a-z]+)(?: `([a-z_]+)`)? \| .+ \|$", re.MULTILINE)
STEPS = ROW.findall((ROOT / "docs" / "architecture.md").read_text())
"""Number, file, how it is reached, and of a message or a key its name."""
FILES = [file for _, file, _, _ in STEPS]


def text(file: str) -> str:
    return (ROOT / file).read_text()


def imported_by(file: str) -> set[str]:
    """Return the files of this project that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(text(file))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{each.name}" for each in node.names)}
        elif isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
    paths = {name.replace(".", "/") for name in found}
    return {f"{path}.py" for path in paths} | {f"{path}/__init__.py" for path in paths}


def test_about_twenty_files_stand_in_the_list_each_once() -> None:
    assert [number for number, *_ in STEPS] == [str(n + 1) for n in range(len(STEPS))]
    assert 18 <= len(set(FILES)) == len(FILES) <= 24


@pytest.mark.parametrize(("place", "step"), list(enumerate(STEPS)), ids=FILES)
def test_a_file_is_reached_as_the_list_says(place: int, step: tuple[str, ...]) -> None:
    _, file, reached_by, name = step
    python = [each for each in FILES[:place] if each.endswith(".py")]

    assert (ROOT / file).is_file()
    match reached_by:
        case "start":
            assert place == 0
        case "import":
            assert any(file in imported_by(each) for each in python)
        case "message":
            assert re.search(rf'send_task\(\s*"{name}"', "".join(map(text, python)))
            assert re.search(rf'name="{name}"', text(file))
        case "key":
            key, reader = "recs/stores/keys.py", "recs/stores/users.py"
            assert f"def {name}(" in text(key)
            assert f"write_{name}s" in "".join(map(text, python))  # a file above writes it
            assert reader in FILES[:place]
            assert "users.serve(" in text(file)  # and this one reads it
        case "script":
            assert any(f'Script(redis, "{Path(file).stem}")' in text(each) for each in python)
        case _:
            pytest.fail(f"{reached_by} is no way to reach a file")


def test_every_queue_of_the_procfile_is_described() -> None:
    queues = re.findall(r'-Q "\$\{NAMESPACE:-\w+\}\.(\w+)"', text("Procfile"))

    described = text("docs/architecture.md").split("## Queues and processes")[1]
    assert queues
    assert all(f"| `{queue}` |" in described for queue in queues)


def test_every_redis_key_is_described() -> None:
    described = text("docs/architecture.md").split("## Redis")[1].split("\n## ")[0]
    names = re.findall(r'self\._shared \+ "(\w+)"', text("recs/stores/keys.py"))

    assert len(names) >= 9
    assert [name for name in names if f":{name}`" not in described] == []
    of_all = [each for _, each in inspect.getmembers(keys, inspect.isfunction)]
    whole = [each(*("ns", "<name>")[: len(inspect.signature(each).parameters)]) for each in of_all]
    of_user = keys.Keys("ns", cast(Generation, "<g>"))
    whole += [*of_user.of_user(UserId("<user>")), of_user.recorded(UserId("<user>"))]
    whole += [of_user.lock("<activity>")]
    assert len(whole) >= 12
    assert [name for name in whole if f"`{name}`" not in described] == []


def test_every_room_is_named() -> None:
    rooms = {each.parent.name for each in ROOT.glob("*/*.py")} - {"tests", "docs"}

    described = text("docs/architecture.md").split("## The paths")[0]
    assert [room for room in rooms if f"| `{room}/` |" not in described] == []

"""Our worker stands on names of gunicorn that no release promises to keep."""

import ast
import inspect
import re
from collections.abc import Iterator

import pytest
from gunicorn import glogging
from gunicorn.http import body, message, wsgi
from gunicorn.workers import base, gthread

from app import gunicorn_logger, gunicorn_response, gunicorn_worker
from tests.servers.service import ROOT
from tests.test_requirements import pinned

VANISHED = "is not in gunicorn any more: read its gthread.py again before app/gunicorn_worker.py"
OURS = (gunicorn_worker, gunicorn_response, gunicorn_logger)
THEIRS = "\n".join(
    inspect.getsource(each) for each in (gthread, base, wsgi, body, message, glogging)
)
HANDED_OVER = {"self", "conn", "connection", "parser", "req", "request", "resp", "response"}
"""Names under which our modules hold objects of gunicorn."""


def classes() -> Iterator[tuple[type, type]]:
    """Yield each class of ours that extends one of gunicorn, with that one."""
    for module in OURS:
        for each in vars(module).values():
            if inspect.isclass(each) and each.__module__ == module.__name__:
                parent = each.__mro__[1]
                if parent.__module__.startswith("gunicorn."):
                    yield each, parent


def borrowed() -> Iterator[str]:
    """Yield the attributes of gunicorn's objects that our modules read and do not define."""
    for module in OURS:
        tree = ast.parse(inspect.getsource(module))
        own = {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}
        attributes = [each for each in ast.walk(tree) if isinstance(each, ast.Attribute)]
        own |= {each.attr for each in attributes if isinstance(each.ctx, ast.Store)}
        for each in attributes:
            holder = each.value.id if isinstance(each.value, ast.Name) else ""
            if holder in HANDED_OVER and each.attr not in own:
                yield each.attr


def test_there_is_something_to_look_at() -> None:
    assert len(list(classes())) >= 2
    assert len(set(borrowed())) >= 5


@pytest.mark.parametrize(("our", "parent"), list(classes()))
def test_what_takes_the_place_of_a_method_takes_its_place(our: type, parent: type) -> None:
    """What is our own begins with an underscore."""
    methods = [name for name, each in vars(our).items() if inspect.isfunction(each)]
    replaced = [name for name in methods if not name.startswith("_")]

    assert replaced
    for name in replaced:
        assert hasattr(parent, name), f"{parent.__name__}.{name} {VANISHED}"


@pytest.mark.parametrize("name", sorted(set(borrowed())))
def test_what_is_read_of_its_objects_is_there(name: str) -> None:
    assert re.search(rf"\b{name}\b", THEIRS), f"{name} {VANISHED}"


def test_the_next_minor_version_is_not_taken_unasked() -> None:
    [asked] = re.findall(r"^gunicorn>=(\S+),<(\S+)", (ROOT / "requirements.in").read_text(), re.M)
    [version] = pinned("requirements.txt")["gunicorn"]
    major, minor, *_ = version.split(".")

    assert asked == (version, f"{major}.{int(minor) + 1}")

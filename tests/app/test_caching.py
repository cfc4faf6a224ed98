from collections.abc import Callable

import pytest
from flask import Response
from flask.testing import FlaskClient

from tests.app.conftest import NOWHERE


@pytest.mark.parametrize(
    ("role", "method", "path"),
    [
        ("recommender", "GET", "/recs/u"),
        ("recommender", "HEAD", "/recs/u"),
        ("recommender", "GET", "/recs/u?k=x"),
        ("recommender", "GET", "/popular?user_id=u"),
        ("recommender", "GET", "/users/u/interactions"),
        ("recommender", "GET", "/cleanup"),
        ("collector", "POST", "/interact"),
        ("collector", "GET", "/nothing"),
    ],
)
def test_no_cache_keeps_an_answer(
    start: Callable[..., FlaskClient], role: str, method: str, path: str
) -> None:
    answer = start(role, **NOWHERE).open(path, method=method)

    assert answer.headers.getlist("Cache-Control") == ["no-store"]


def test_a_view_that_says_otherwise_is_heard(start: Callable[..., FlaskClient]) -> None:
    client = start("collector", **NOWHERE)
    kept = Response('{"status": "ok"}', mimetype="application/json")
    kept.headers["Cache-Control"] = "max-age=60"
    client.application.view_functions["health.alive_at_livez"] = lambda: kept

    assert client.get("/livez").headers.getlist("Cache-Control") == ["max-age=60"]

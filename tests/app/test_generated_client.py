"""A client that a program made out of our description: it speaks with the services."""

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.serving import BaseWSGIServer, make_server

from app.openapi import document
from recs.stores import Stores

GENERATOR = Path(sys.executable).with_name("openapi-python-client")
Find = Callable[[str], ModuleType]


@pytest.fixture
def client(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[FlaskClient], tuple[Any, Find]]]:
    """Make a client for a service. Returns it, and what finds a module of its package."""
    made: list[str] = []
    servers: list[BaseWSGIServer] = []
    monkeypatch.syspath_prepend(tmp_path)

    def make(service: FlaskClient) -> tuple[Any, Find]:
        app, name = service.application, f"client_{len(made)}"
        (tmp_path / "openapi.json").write_text(json.dumps(document(app)))
        generate = ["generate", "--path", "openapi.json", "--meta", "none", "--output-path", name]
        # It calls ruff by its name.
        path = f"{GENERATOR.parent}{os.pathsep}{os.environ['PATH']}"
        made_by = subprocess.run(
            [GENERATOR, *generate],
            cwd=tmp_path,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
        )
        assert made_by.returncode == 0, made_by.stdout
        assert "WARNING" not in made_by.stdout.replace("WARNING parsing POST /interactions", "")
        made.append(name)
        servers.append(make_server("127.0.0.1", 0, app, threaded=True))
        Thread(target=servers[-1].serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{servers[-1].port}"
        return importlib.import_module(name).Client(
            base_url=address
        ), lambda module: importlib.import_module(f"{name}.{module}")

    yield make
    for server in servers:
        server.shutdown()
        server.server_close()
    for name in [each for each in sys.modules if each.partition(".")[0] in made]:
        del sys.modules[name]


def test_a_generated_client_asks_for_lists_and_tells_of_items(
    client: Callable[[FlaskClient], tuple[Any, Find]], recommender: FlaskClient, stores: Stores
) -> None:
    stores.generations.begin()
    ours, find = client(recommender)
    models = find("models")

    put = find("api.items.put_item").sync(
        "tt/1", client=ours, body=models.ItemAttributes(title="Alien", genres=["Horror"])
    )
    assert (put.item_id, put.title, put.genres) == ("tt/1", "Alien", ["Horror"])
    found = find("api.lists.recommend").sync("u", client=ours, genre=["horror"], k=3)
    assert found.item_ids == ["tt/1"]
    guest = find("api.lists.recommend_to_guest").sync(client=ours, body=models.Guest(likes=["x"]))
    assert guest.item_ids == ["tt/1"]
    page = find("api.items.list_items").sync(client=ours, limit=1)
    assert [item.title for item in page.items] == ["Alien"]
    gone = find("api.items.delete_item").sync("tt/1", client=ours)
    assert gone.status == "deleted"
    problem = find("api.items.get_item").sync("tt/1", client=ours)
    assert (problem.status, type(problem).__name__) == (404, "Problem")


def test_a_generated_client_sends_interactions(
    client: Callable[[FlaskClient], tuple[Any, Find]],
    collector: FlaskClient,
    queued: Callable[[], list[list[Any]]],
) -> None:
    ours, find = client(collector)
    models = find("models")
    interaction = models.Interaction(
        user_id="u", item_ids=["a"], actions=[models.InteractionActionsItem.LIKE], timestamp=1.5
    )

    answer = find("api.interactions.interact").sync(client=ours, body=interaction)

    assert (answer.status, answer.interactions) == ("queued", 1)
    assert [rows for _, rows in queued()] == [[["u", "a", "like", "1.500000"]]]

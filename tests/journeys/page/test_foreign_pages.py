"""What a real browser lets a page of a foreign origin do to the two services."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from app import create_app
from recs.settings import Settings
from recs.stores import Stores
from recs.stores.log import Kind
from recs.types import ItemId
from tests.recs.stores.catalogues import add_to
from tests.servers.ports import own_port

LIKE = '{"user_id": "u", "item_ids": ["a"], "actions": ["like"]}'

# jQuery's $.ajax({url, type, data, contentType: "application/json"}) comes down to this.
AJAX = """([method, url, body]) => new Promise(resolve => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    if (body) request.setRequestHeader("Content-Type", "application/json");
    request.onload = () => resolve([request.status, request.responseText]);
    request.onerror = () => resolve([0, ""]);
    request.send(body);
})"""
PICTURE = """url => new Promise(resolve => {
    const picture = new Image();
    picture.onload = picture.onerror = () => resolve();
    picture.src = url;
})"""
FRAME = """url => new Promise(resolve => {
    const frame = document.createElement("iframe");
    frame.onload = () => resolve();
    frame.src = url;
    document.body.append(frame);
})"""
BLIND = """([method, url, body]) => fetch(url, {
    method, body, mode: "no-cors", referrerPolicy: "no-referrer",
    headers: body ? {"Content-Type": "text/plain"} : {},
}).then(() => null)"""
FORM = """url => {
    const form = document.createElement("form");
    form.method = "post"; form.enctype = "text/plain"; form.action = url;
    document.body.append(form);
    form.submit();
}"""


@contextmanager
def served(app: Flask, port: int) -> Iterator[None]:
    """Answer at a port of this machine, under all its names."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def foreign_port() -> int:
    return own_port()


@pytest.fixture
def run(
    settings: Settings, broker_url: str, stores: Stores
) -> Iterator[Callable[..., dict[str, str]]]:
    """Serve the two services, with settings that differ. Returns role -> address."""
    with ExitStack() as until_done:

        def run(**more: Any) -> dict[str, str]:
            ports = {"collector": settings.collector_port, "recommender": settings.recommender_port}
            for role, port in ports.items():
                app = create_app(role, replace(settings, **more))
                for call in app.extensions["before_exit"]:
                    until_done.callback(call)
                until_done.enter_context(served(app, port))
            return {role: f"http://127.0.0.1:{port}" for role, port in ports.items()}

        yield run


@pytest.fixture
def page(chromium: Browser, foreign_port: int) -> Iterator[Page]:
    """An empty page of http://localhost:…, which is another site than http://127.0.0.1:…"""
    foreign = Flask(__name__)
    foreign.get("/")(lambda: "<!doctype html><title>Foreign</title>")
    with served(foreign, foreign_port):
        context = chromium.new_context()
        page = context.new_page()
        page.goto(f"http://localhost:{foreign_port}/")
        yield page
        context.close()


def test_a_page_that_is_not_listed_changes_nothing(
    run: Callable[..., dict[str, str]], page: Page, stores: Stores, tmp_path: Path
) -> None:
    generation = stores.generations.begin()
    add_to(stores.catalogues.of(generation), ((ItemId(f"i{n}"), ()) for n in range(20)))
    at = run()
    recommender, collector = at["recommender"], at["collector"]

    for path in ("/cleanup", "/recs/u?k=10"):
        page.evaluate(PICTURE, recommender + path)
        page.evaluate(FRAME, recommender + path)
        page.evaluate(BLIND, ["GET", recommender + path, None])
        page.evaluate(BLIND, ["HEAD", recommender + path, None])
        assert page.evaluate(AJAX, ["GET", recommender + path, None]) == [0, ""]
    page.evaluate(BLIND, ["POST", f"{recommender}/cleanup", "{}"])
    page.evaluate(BLIND, ["POST", f"{recommender}/add_items", '{"item_ids": ["evil"]}'])
    page.evaluate(BLIND, ["POST", f"{collector}/interact", LIKE])
    assert page.evaluate(AJAX, ["POST", f"{collector}/interact", LIKE]) == [0, ""]
    with page.expect_navigation() as led:
        page.evaluate(FORM, f"{recommender}/cleanup")
    assert led.value.status == 403

    assert stores.generations.current() == generation
    catalogue = stores.catalogues.of(generation)
    catalogue.refresh()
    assert len(catalogue) == 20
    assert list(stores.log.tail(generation, Kind.IMPRESSIONS, {})) == []


@pytest.mark.parametrize("listed", ["http://localhost:{}", "http://LOCALHOST:{}/", "*"])
def test_a_page_that_is_listed_sends_json_and_reads(
    run: Callable[..., dict[str, str]], page: Page, stores: Stores, foreign_port: int, listed: str
) -> None:
    generation = stores.generations.begin()
    add_to(stores.catalogues.of(generation), [(ItemId("a"), ()), (ItemId("b"), ())])
    at = run(cors_origins=listed.format(foreign_port))

    liked = page.evaluate(AJAX, ["POST", f"{at['collector']}/interact", LIKE])
    undone = page.evaluate(AJAX, ["DELETE", f"{at['collector']}/interact/u/a", None])
    shown = page.evaluate(AJAX, ["GET", f"{at['recommender']}/recs/v", None])
    wiped = page.evaluate(AJAX, ["POST", f"{at['recommender']}/cleanup", "{}"])

    assert [each[0] for each in (liked, undone, shown, wiped)] == [200] * 4
    assert '"item_ids"' in shown[1]


def test_whoever_types_the_address_is_no_foreign_page(
    run: Callable[..., dict[str, str]], chromium: Browser, stores: Stores
) -> None:
    add_to(stores.catalogues.of(stores.generations.begin()), [(ItemId("a"), ())])
    at = run()
    page = chromium.new_page()

    answer = page.goto(f"{at['recommender']}/recs/u")

    assert answer is not None
    assert answer.json() == {"item_ids": ["a"]}
    page.close()

"""/docs in a real browser, under its own strict policy."""

from threading import Thread

import pytest
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from app import create_app
from recs.settings import Settings

TIMEOUT_MS = 30_000


@pytest.mark.parametrize("role", ["collector", "recommender"])
def test_every_call_is_shown_and_can_be_tried_and_nothing_else_is_asked(
    chromium: Browser, settings: Settings, role: str
) -> None:
    app = create_app(role, settings)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    complaints: list[str] = []
    asked: set[str] = set()
    page = chromium.new_page()
    page.set_default_timeout(TIMEOUT_MS)
    page.on("console", lambda message: complaints.append(message.text))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    page.on("request", lambda request: asked.add(request.url.split("/")[2]))
    try:
        page.goto(f"http://127.0.0.1:{server.port}/docs")
        page.wait_for_selector("#operations-health-alive")
        shown = page.locator(".opblock").count()
        page.click("#operations-health-alive")
        page.click("text=Try it out")
        page.click("text=Execute")
        page.wait_for_selector(".live-responses-table >> text=ok")
    finally:
        page.close()
        server.shutdown()
        server.server_close()

    described = app.test_client().get("/openapi.json").get_json()["paths"].values()
    assert shown == sum(len(operations.keys() - {"parameters"}) for operations in described)
    assert complaints == []
    assert asked == {f"127.0.0.1:{server.port}"}

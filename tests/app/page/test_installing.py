import gzip
import re

import pytest
from flask.testing import FlaskClient

from app.page.assets import asset

GZIP = {"Accept-Encoding": "gzip"}
COLD_BYTES, RELOAD_BYTES = 100_000, 60_000


def assets(page: str) -> list[str]:
    return sorted(set(re.findall(r'(?:href|src)="(/assets/[^"]+)"', page)))


@pytest.mark.parametrize(("language", "name"), [("ru", "Кинолента"), ("en", "Kinolenta")])
def test_the_manifest_has_what_an_app_needs(visitor: FlaskClient, language: str, name: str) -> None:
    manifest = visitor.get(f"/manifest.webmanifest?language={language}").get_json()

    assert manifest["name"] == name
    assert {icon["sizes"] for icon in manifest["icons"]} == {"192x192", "512x512"}
    assert any(icon["purpose"] == "maskable" for icon in manifest["icons"])
    for icon in manifest["icons"]:
        assert visitor.get(icon["src"]).mimetype == "image/png"


def test_the_service_worker_comes_from_the_root(visitor: FlaskClient) -> None:
    worker = visitor.get("/service-worker.js")

    assert worker.mimetype == "text/javascript"
    assert worker.headers["Cache-Control"] == "no-cache"


def test_the_offline_page_needs_only_what_is_kept(visitor: FlaskClient) -> None:
    page = visitor.get("/offline").text

    assert "You are offline" in page
    assert all(visitor.get(each).status_code == 200 for each in assets(page))


def test_assets_are_kept_for_good_and_change_their_address(visitor: FlaskClient) -> None:
    for each in assets(visitor.get("/").text):
        assert "immutable" in visitor.get(each).headers["Cache-Control"]
    assert visitor.get("/assets/0000000000/main.js").headers["Cache-Control"] == "no-cache"
    assert visitor.get("/assets/0000000000/nothing.js").status_code == 404


def test_every_script_that_is_imported_exists(visitor: FlaskClient) -> None:
    page = visitor.get("/").text
    (main,) = re.findall(r'src="(/assets/\w+/)main\.js"', page)
    seen, left = set(), ["main.js", "everywhere.js"]
    while left:
        name = left.pop()
        text = visitor.get(main + name).text
        assert text
        seen.add(name)
        left += [each for each in re.findall(r'from "\./([\w-]+\.js)"', text) if each not in seen]
    assert {"tab.js", "suggestions.js"} <= seen


@pytest.mark.parametrize("path", ["/", "/status", asset("main.js"), "/api/suggestions?q=star"])
def test_answers_travel_compressed(visitor: FlaskClient, path: str) -> None:
    plain, packed = visitor.get(path), visitor.get(path, headers=GZIP)

    if "Content-Encoding" in packed.headers:
        assert len(gzip.decompress(packed.data)) > len(packed.data)
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Content-Encoding" not in plain.headers


def test_the_page_stays_within_its_budget(visitor: FlaskClient) -> None:
    page = visitor.get("/", headers=GZIP)
    html = gzip.decompress(page.data).decode()
    parts = [*assets(html), *(each.replace("&amp;", "&") for each in posters(html))]
    cold = sum(len(visitor.get(each, headers=GZIP).data) for each in parts)

    assert len(page.data) < RELOAD_BYTES
    assert len(page.data) + cold < COLD_BYTES


def posters(html: str) -> list[str]:
    return sorted(set(re.findall(r'src="(/poster\?[^"]+)"', html)))

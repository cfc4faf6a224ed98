"""Who changes something: no page of a foreign origin, and no answer to HEAD or OPTIONS."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from app import create_app, foreign
from recs.settings import Settings
from recs.stores import Stores
from recs.stores.log import Kind
from tests.app.conftest import NOWHERE, add, end, is_problem, refresh

Start = Callable[..., FlaskClient]
Headers = dict[str, str]

EVIL = "https://evil.example"
LISTED = "https://kino.example"
LIKE = '{"user_id": "u", "item_ids": ["a"], "actions": ["like"]}'

BY_A_FOREIGN_PAGE = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
    {"Sec-Fetch-Site": "something new"},
    {"Sec-Fetch-Site": "same-origin, cross-site"},
    {"Origin": EVIL},
    {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"},
    {"Origin": EVIL, "Sec-Fetch-Site": "none"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-site"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": f"{LISTED}.evil.example"},
    {"Origin": f"{LISTED}, {EVIL}"},
    {"Origin": LISTED.upper()},
    {"Referer": f"{EVIL}/page"},
    {"Referer": f"{EVIL}/http://localhost"},
]
BY_OURSELVES_OR_A_PROGRAM = [
    {},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Accept-Language": "en"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
    {"Origin": "http://localhost"},
    {"Origin": LISTED},
    {"Origin": LISTED, "Sec-Fetch-Site": "cross-site"},
    {"Referer": "http://localhost/docs"},
    {"User-Agent": "python-requests/2.32", "Accept": "*/*", "Accept-Encoding": "gzip"},
]
CHANGES = [
    ("collector", "POST", "/interact"),
    ("collector", "DELETE", "/interact/u/a"),
    ("collector", "POST", "/interactions"),
    ("recommender", "POST", "/add_items"),
    ("recommender", "POST", "/cleanup"),
    ("recommender", "GET", "/cleanup"),
    ("recommender", "GET", "/recs/u"),
    ("recommender", "GET", "/recs?users=u,v"),
    ("recommender", "PUT", "/items/a"),
    ("recommender", "PATCH", "/items/a"),
    ("recommender", "DELETE", "/items/a"),
    ("recommender", "DELETE", "/users/u"),
]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Give apps whose servers are away: who may call is decided before they are asked.

    The same app to all who ask for the same one: it keeps nothing of what it is asked.
    """
    apps: dict[Any, Flask] = {}
    folder = tmp_path_factory.mktemp("foreign")

    def start(role: str, **more: Any) -> FlaskClient:
        wanted = NOWHERE | {"cors_origins": LISTED} | more
        key = (role, *sorted(wanted.items()))
        if key not in apps:
            apps[key] = create_app(role, Settings(data_dir=folder, **wanted))
        return apps[key].test_client()

    yield start
    for app in apps.values():
        end(app)


@pytest.mark.parametrize(("role", "method", "path"), CHANGES)
@pytest.mark.parametrize("headers", BY_A_FOREIGN_PAGE, ids=repr)
def test_a_foreign_page_changes_nothing(
    client: Start, role: str, method: str, path: str, headers: Headers
) -> None:
    answer = client(role).open(path, method=method, headers=headers)

    assert is_problem(answer, 403)
    assert "CORS_ORIGINS" in answer.get_json()["detail"]


@pytest.mark.parametrize(("role", "method", "path"), CHANGES)
@pytest.mark.parametrize("headers", BY_OURSELVES_OR_A_PROGRAM, ids=repr)
def test_programs_listed_pages_and_whoever_types_the_address_may(
    client: Start, role: str, method: str, path: str, headers: Headers
) -> None:
    assert client(role).open(path, method=method, headers=headers).status_code != 403


@pytest.mark.parametrize(("role", "method", "path"), CHANGES)
@pytest.mark.parametrize("headers", BY_A_FOREIGN_PAGE[::6], ids=repr)
def test_with_a_star_every_page_may(
    client: Start, role: str, method: str, path: str, headers: Headers
) -> None:
    answer = client(role, cors_origins="*").open(path, method=method, headers=headers)

    assert answer.status_code != 403


@pytest.mark.parametrize("headers", BY_A_FOREIGN_PAGE, ids=repr)
@pytest.mark.parametrize("path", ["/popular", "/items", "/openapi.json", "/healthcheck"])
def test_reading_is_left_to_cors(client: Start, path: str, headers: Headers) -> None:
    answer = client("recommender").get(path, headers=headers)

    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_picture_on_a_foreign_page_does_not_wipe(
    recommender: FlaskClient, stores: Stores
) -> None:
    generation = stores.generations.begin()
    add(stores, generation, a=[])
    picture = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}

    assert recommender.get("/cleanup", headers=picture).status_code == 403

    assert stores.generations.current() == generation
    assert recommender.get("/catalogue").get_json()["items"] == 1


def test_a_picture_on_a_foreign_page_uses_up_no_list(
    recommender: FlaskClient, stores: Stores
) -> None:
    add(stores, stores.generations.begin(), **{f"i{n}": [] for n in range(20)})
    picture = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "image"}

    assert recommender.get("/recs/u?k=10", headers=picture).status_code == 403

    assert impressions(stores) == []


@pytest.mark.parametrize("content_type", ["text/plain", "text/plain;charset=UTF-8", None])
def test_a_form_of_a_foreign_page_with_json_in_it_is_refused(
    collector: FlaskClient,
    queued: Callable[[], list[list[Any]]],
    content_type: str | None,
) -> None:
    headers = {"Origin": EVIL, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}

    answer = collector.post("/interact", data=LIKE, content_type=content_type, headers=headers)

    assert is_problem(answer, 403)
    assert queued() == []


def test_a_program_may_send_json_as_it_likes(
    collector: FlaskClient, queued: Callable[[], list[list[Any]]]
) -> None:
    assert collector.post("/interact", data=LIKE, content_type="text/plain").status_code == 200
    assert len(queued()) == 1


@pytest.mark.usefixtures("once_a_minute")
def test_whoever_runs_the_service_is_told_once_a_minute(
    client: Start, caplog: pytest.LogCaptureFixture
) -> None:
    recommender = client("recommender")

    for _ in range(3):
        recommender.get("/cleanup", headers={"Origin": EVIL})

    assert caplog.text.count("CORS_ORIGINS") == 1


# --- HEAD and OPTIONS


def impressions(stores: Stores) -> list[object]:
    generation = stores.generations.current()
    assert generation is not None
    return [row for _, rows in stores.log.tail(generation, Kind.IMPRESSIONS, {}) for row in rows]


def keys(redis: Any, namespace: str) -> dict[bytes, bytes]:
    """Return all that Redis holds of this test, but for what checks of readiness write."""
    assert isinstance(redis, Redis)
    found = sorted(redis.scan_iter(f"*{namespace}*"))
    return {key: redis.dump(key) or b"" for key in found if not key.endswith(b":readiness")}


def test_head_of_a_list_uses_up_nothing(recommender: FlaskClient, stores: Stores) -> None:
    add(stores, stores.generations.begin(), **{f"i{n}": [] for n in range(200)})
    refresh(recommender)

    for _ in range(3):
        answer = recommender.head("/recs/u?k=100")

    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.mimetype == "application/json"
    assert "Content-Length" not in answer.headers
    assert impressions(stores) == []
    assert len(recommender.get("/recs/u?k=100").get_json()["item_ids"]) == 100


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_asking_about_cleanup_does_not_wipe(
    recommender: FlaskClient, stores: Stores, method: str
) -> None:
    generation = stores.generations.begin()

    answer = recommender.open("/cleanup", method=method)

    assert answer.status_code == (405 if method == "HEAD" else 200)
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "POST", "OPTIONS"} or (
        method == "OPTIONS"
    )
    assert stores.generations.current() == generation


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_head_and_options_change_nothing_on_any_route(
    recommender: FlaskClient, stores: Stores, settings: Settings, namespace: str, method: str
) -> None:
    """Not even the first generation begins."""
    for path in paths(recommender.application):
        answer = recommender.open(path, method=method)
        assert (path, answer.status_code < 500) == (path, True)

    assert stores.generations.look() == 0
    assert keys(stores.redis, namespace) == {}
    assert not (settings.data_dir / "generations").exists()


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_head_and_options_publish_nothing(
    collector: FlaskClient, queued: Callable[[], list[list[Any]]], method: str
) -> None:
    for path in [*paths(collector.application), "/interact/u/a"]:
        collector.open(path, method=method, data=LIKE)

    assert queued() == []


def paths(app: Flask) -> list[str]:
    """Return an address of each route."""
    rules = [rule.rule for rule in app.url_map.iter_rules()]
    examples = {"ids": "u/a", "user_id": "u", "item_id": "a", "name": "start.js"}
    return [
        re.sub(r"<(?:\w+:)?(ids|user_id|item_id|name)>", lambda part: examples[part[1]], rule)
        for rule in rules
    ]


@pytest.mark.parametrize("role", ["collector", "recommender", "page"])
def test_head_runs_only_what_is_listed(role: str, settings: Settings) -> None:
    app = create_app(role, settings)
    ran: list[str] = []
    for endpoint in app.view_functions:
        app.view_functions[endpoint] = lambda _name=endpoint, **_: ran.append(_name) or "ran"

    for path in paths(app):
        app.test_client().head(path.replace("<path:filename>", "main.js"))

    assert set(ran) == foreign.RUN_BY_HEAD & app.view_functions.keys()


@pytest.mark.parametrize(("needed", "status"), [("collector", 503)])
def test_head_of_a_check_tells_what_get_tells(client: Start, needed: str, status: int) -> None:
    collector = client(needed)

    assert collector.head("/readyz").status_code == collector.get("/readyz").status_code == status
    assert collector.head("/healthcheck").status_code == 200


def test_head_of_nothing_is_a_404(client: Start) -> None:
    assert client("recommender").head("/nothing").status_code == 404
    assert client("recommender").head("/add_items").status_code == 405


# --- Names that a page gives to this machine (DNS rebinding)

REBOUND = "evil.example:5001"
BROWSER = {"Accept-Language": "en", "Referer": f"http://{REBOUND}/"}


@pytest.mark.parametrize(("role", "method", "path"), [*CHANGES, ("page", "GET", "/")])
@pytest.mark.parametrize(
    "headers",
    [BROWSER, {"Accept-Language": "en"}, {"Origin": f"http://{REBOUND}"}],
    ids=repr,
)
def test_a_page_that_gives_its_own_name_to_this_machine_is_refused(
    client: Start, role: str, method: str, path: str, headers: Headers
) -> None:
    answer = client(role).open(path, method=method, headers=headers | {"Host": REBOUND})

    assert answer.status_code == 403


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:5001",
        "localhost",
        "LOCALHOST:5001",
        "kinolenta.localhost:5001",
        "[::1]:5001",
        "192.168.1.7:5001",
        "kino.example",
    ],
)
def test_browsers_may_use_addresses_and_names_of_our_own(client: Start, host: str) -> None:
    answer = client("recommender").get("/recs/u", headers={"Accept-Language": "en", "Host": host})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "host", ["localhost.evil.example", "evillocalhost", "127.0.0.1.evil.example", "", "[::1"]
)
def test_names_that_only_look_like_ours_are_refused(client: Start, host: str) -> None:
    answer = client("recommender").get("/recs/u", headers={"Accept-Language": "en", "Host": host})

    assert answer.status_code in (400, 403)


def test_programs_may_use_any_name(client: Start) -> None:
    answer = client("recommender").get("/recs/u", headers={"Host": "host.docker.internal:5001"})

    assert answer.status_code == 200


@pytest.mark.parametrize("more", [{"host": "0.0.0.0"}, {"host": "::"}, {"proxies": 1}])
def test_a_service_that_others_reach_may_have_any_name(client: Start, more: dict[str, Any]) -> None:
    answer = client("recommender", **more).get("/recs/u", headers=BROWSER | {"Host": REBOUND})

    assert answer.status_code == 200

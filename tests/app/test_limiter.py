"""The limit of requests a client."""

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from ipaddress import ip_network
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from app import limiter
from app.page.assets import version
from recs.errors import SettingError
from recs.settings import Settings
from tests.app.conftest import NOWHERE, is_problem
from tests.servers.redis_servers import RedisServer
from tests.servers.service import ROOT

Start = Callable[..., FlaskClient]


def ask(client: FlaskClient, address: str = "10.0.0.1", path: str = "/popular", **more: Any) -> int:
    return client.get(path, environ_base={"REMOTE_ADDR": address}, **more).status_code


@pytest.fixture(params=["redis_url", "redis_cluster_url"])
def limited(request: pytest.FixtureRequest, start: Start) -> Callable[[], FlaskClient]:
    """Make recommenders that allow three requests a minute, on one Redis or on a cluster."""
    url = request.getfixturevalue(request.param)
    return partial(start, "recommender", redis_url=url, requests_per_minute=3)


def test_more_requests_of_a_client_are_refused_by_all_processes(
    limited: Callable[[], FlaskClient],
) -> None:
    one, other = limited(), limited()

    assert [ask(one), ask(other), ask(one)] == [200] * 3
    refused = other.get("/popular", environ_base={"REMOTE_ADDR": "10.0.0.1"})
    assert is_problem(refused, 429)
    assert refused.headers["Retry-After"] == "60"
    assert ask(other, "10.0.0.2") == 200


def test_only_refusals_say_when_to_come_again_and_a_503_in_its_own_time(
    start: Start, redis_url: str
) -> None:
    client = start("collector", requests_per_minute=3, broker_url=NOWHERE["broker_url"])
    sent = {"user_id": "u", "item_ids": ["a"], "actions": ["like"]}

    down = client.post("/interact", json=sent)

    assert is_problem(down, 503)
    assert down.headers["Retry-After"] == "1"
    assert "Retry-After" not in client.get("/openapi.json").headers


def test_requests_to_all_addresses_count_together(start: Start, redis_url: str) -> None:
    client = start("recommender", requests_per_minute=3)
    paths = ["/recs/u", "/popular", "/items", "/recs/v", "/openapi.json"]

    assert [ask(client, path=path) for path in paths] == [200, 200, 200, 429, 429]


def test_monitors_are_not_counted(limited: Callable[[], FlaskClient]) -> None:
    client = limited()

    assert {ask(client, path="/healthcheck") for _ in range(5)} == {200}
    assert 429 not in {ask(client, path="/readyz") for _ in range(5)}
    assert ask(client) == 200


def test_files_of_the_page_are_not_counted(start: Start, redis_url: str) -> None:
    client = start("page", requests_per_minute=3)

    assert {ask(client, path=f"/assets/{version()}/main.js") for _ in range(5)} == {200}


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_no_method_gets_around_it(start: Start, redis_url: str, method: str) -> None:
    client = start("recommender", requests_per_minute=3)

    answers = [client.open("/popular", method=method).status_code for _ in range(5)]

    assert answers == [200, 200, 200, 429, 429]
    assert ask(client, "127.0.0.1") == 429


def test_whoever_brings_the_token_is_not_counted(start: Start, redis_url: str) -> None:
    client = start("recommender", requests_per_minute=3, api_token="open-sesame")
    known = {"Authorization": "Bearer open-sesame"}

    assert {ask(client, headers=known) for _ in range(5)} == {200}
    wrong = [ask(client, headers={"Authorization": "Bearer wrong"}) for _ in range(4)]
    assert wrong == [200, 200, 200, 429]


def test_services_and_roles_count_apart(start: Start, redis_url: str, namespace: str) -> None:
    def make(name: str) -> FlaskClient:
        return start("recommender", requests_per_minute=1, namespace=name)

    one, other = make(namespace), make(f"{namespace}-2")

    assert [ask(one), ask(other), ask(one)] == [200, 200, 429]


def test_while_redis_is_away_each_process_counts_alone(
    start: Start, own_redis: RedisServer
) -> None:
    one, other = (
        start("recommender", redis_url=own_redis.url, requests_per_minute=3) for _ in range(2)
    )
    own_redis.kill()

    assert [ask(one) for _ in range(4)] == [200, 200, 200, 429]
    assert [ask(other) for _ in range(4)] == [200, 200, 200, 429]


def test_keys_expire_and_are_of_the_namespace(start: Start, redis_url: str, namespace: str) -> None:
    ask(start("recommender", requests_per_minute=3))

    with Redis.from_url(redis_url) as redis:
        found = list(redis.scan_iter(f"*{namespace}:recommender*"))
        assert found
        assert all(0 < redis.ttl(key) <= 120 for key in found)


@pytest.mark.parametrize("role", ["collector", "recommender", "page"])
def test_without_a_limit_there_is_nothing(role: str) -> None:
    program = (
        f"import sys; from app import create_app; from recs.settings import Settings;"
        f"app = create_app({role!r}, Settings());"
        f"print([name for name in sys.modules if name.startswith(('flask_limiter', 'limits'))],"
        f"[f for f in app.before_request_funcs[None] if 'limit' in f.__module__])"
    )

    told = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert told.stdout.strip() == "[] []"


@pytest.mark.parametrize(
    ("role", "path"),
    [("collector", "/openapi.json"), ("recommender", "/recs/u"), ("page", "/api/catalogue")],
)
def test_every_role_can_be_limited(start: Start, role: str, path: str) -> None:
    # With a token, no visit starts the loading of the page's items.
    client = start(role, **NOWHERE, requests_per_minute=2, api_token="open-sesame")

    assert [ask(client, path=path) for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("10.0.0.1:50123", "10.0.0.1"),  # as Azure's proxies write it
        ("[2001:db8:1:2::1]:50123", "2001:db8:1:2::/64"),
        ("", ""),
        ("a socket", "a socket"),
    ],
)
def test_a_client_is_an_address_or_an_ipv6_network(address: str, client: str) -> None:
    with Flask("any").test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert limiter.client() == client
    if "/" in client:
        assert ip_network(client)


@pytest.mark.parametrize("variable", ["REQUESTS_PER_MINUTE", "PROXIES"])
@pytest.mark.parametrize("wrong", ["-1", "many", "1.5"])
def test_what_is_no_number_stops_the_start(variable: str, wrong: str) -> None:
    with pytest.raises(SettingError, match=variable):
        Settings.from_env({variable: wrong})

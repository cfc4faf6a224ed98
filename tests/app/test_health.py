from collections.abc import Callable
from time import monotonic

import pytest
from flask.testing import FlaskClient

from app import create_app
from recs.settings import Settings
from tests.app.conftest import NOWHERE, is_problem

Start = Callable[..., FlaskClient]


@pytest.fixture(params=["collector", "recommender"])
def role(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def lonely(role: str, start: Start) -> FlaskClient:
    """A service whose servers are all gone."""
    return start(role, **NOWHERE)


@pytest.mark.parametrize("path", ["/healthcheck", "/livez"])
def test_a_process_that_answers_is_healthy_whatever_is_down(lonely: FlaskClient, path: str) -> None:
    assert lonely.get(path).status_code == 200


@pytest.mark.parametrize(
    ("role", "answered"), [("collector", (503, "down")), ("recommender", (200, "degraded"))]
)
def test_readiness_names_what_is_down_and_what_to_do_within_a_second(
    lonely: FlaskClient, answered: tuple[int, str]
) -> None:
    begun = monotonic()

    answer = lonely.get("/readyz")

    assert monotonic() - begun < 3
    told = answer.get_json()
    assert (answer.status_code, told["status"]) == answered
    assert {"broker", "redis"} <= set(told["degraded"])
    assert all(told["servers"][name].startswith("down") for name in ("broker", "redis"))
    assert "CELERY_BROKER_URL" in told["advice"]["broker"]
    assert "REDIS_URL" in told["advice"]["redis"]


@pytest.mark.usefixtures("redis_url", "broker_url")
def test_servers_that_answer_are_not_enough_while_nobody_takes_from_the_queues(
    start: Start, role: str
) -> None:
    told = start(role).get("/readyz").get_json()

    assert (told["servers"]["broker"], told["servers"]["redis"]) == ("ok", "ok")
    assert told["status"] == "degraded"
    assert {"ingest", "rank", "statistics", "train", "maintain"} <= set(told["degraded"])
    assert "nobody takes from" in told["servers"]["rank"]
    assert "start the rank process" in told["advice"]["rank"]


def test_a_broker_on_redis_is_checked_like_redis(start: Start, redis_url: str) -> None:
    trial = start("collector", broker_url=redis_url)
    gone = start("collector", broker_url=NOWHERE["redis_url"])

    assert trial.get("/readyz").get_json()["servers"]["broker"] == "ok"
    assert gone.get("/readyz").get_json()["servers"]["broker"] == "down: ConnectionError"


def test_passwords_of_servers_are_not_told(start: Start, role: str) -> None:
    secret = start(
        role, redis_url="redis://:hush@127.0.0.1:1/0", broker_url="amqp://kino:hush@127.0.0.1:1//"
    )

    assert b"hush" not in secret.get("/readyz").data


@pytest.mark.parametrize("path", ["/nowhere", "/healthcheck/", "//healthcheck"])
def test_an_unknown_path_is_a_404(lonely: FlaskClient, path: str) -> None:
    assert is_problem(lonely.get(path), 404)


def test_another_method_is_a_405(lonely: FlaskClient) -> None:
    assert is_problem(lonely.post("/healthcheck"), 405)


def test_a_role_that_is_none_does_not_start(settings: Settings) -> None:
    with pytest.raises(ValueError, match="collector, recommender, page"):
        create_app("waiter", settings)


def test_an_error_that_nobody_foresaw_is_a_500_that_tells_nothing(lonely: FlaskClient) -> None:
    @lonely.application.get("/broken")
    def broken() -> str:
        raise ZeroDivisionError("secret")

    answer = lonely.get("/broken")

    assert is_problem(answer, 500)
    assert b"secret" not in answer.data

import re

from flask.testing import FlaskClient

from tests.app.page.fake_services import FakeServices

MODEL = {
    "version": 7,
    "created": 40.0,
    "auc": 0.91,
    "precision_at_10": 0.17,
    "interactions": 12345,
    "duration_seconds": 2.5,
    "current": True,
}


def texts(page: str, selector: str) -> list[str]:
    """Return the texts of elements of one kind, in order."""
    return [
        " ".join(re.sub("<[^>]+>", " ", found).split())
        for found in re.findall(rf"<{selector}\b[^>]*>(.*?)</{selector}>", page, re.DOTALL)
    ]


def test_every_server_has_its_state(visitor: FlaskClient, services: FakeServices) -> None:
    services.stats["servers"] = {"redis": "ok", "broker": "refuses connections"}

    page = visitor.get("/status").text

    assert texts(page, "li")[:4] == [
        "Recommender works",
        "Collector works",
        "Broker refuses connections",
        "Redis works",
    ]


def test_the_totals_are_those_of_the_stats(visitor: FlaskClient, services: FakeServices) -> None:
    services.stats["totals"] = {"interactions": 31, "undone": 2, "dead_letters": 5}

    page = visitor.get("/status/charts").text

    assert texts(page.partition('class="totals"')[2], "dd") == [
        "31",
        "–",
        "–",
        "–",
        "2",
        "–",
        "–",
        "5",
    ]


def test_a_model_is_shown_with_its_age_and_quality(
    visitor: FlaskClient, services: FakeServices
) -> None:
    services.stats |= {"now": 160.0, "models": [MODEL]}

    page = visitor.get("/status/charts").text

    assert texts(page.partition("models-heading")[2], "td") == [
        "7",
        "2 min",
        "0.91",
        "0.17",
        "12 345",
        "2.5",
        "in use",
    ]


def test_the_most_liked_items_have_their_names(
    visitor: FlaskClient, services: FakeServices
) -> None:
    services.stats["top_liked"] = [
        {"item_id": "jaws-1975", "count": 3},
        {"item_id": "0123456789abcdef", "count": 2},
    ]

    page = visitor.get("/status/charts").text

    assert texts(page.partition("Most liked")[2], "li")[:2] == ["Jaws 3", "0123456789ab… 2"]


def test_a_chart_is_drawn_with_a_table_of_its_values(
    visitor: FlaskClient, services: FakeServices
) -> None:
    services.stats |= {
        "now": 20.0,
        "samples": [{"time": 20.0, "coverage": 0.5}, {"time": 10.0, "coverage": 0.25}],
    }

    chart = visitor.get("/status/charts").text.partition('id="chart-coverage"')[2]

    assert 'class="line line-0" d="M' in chart.partition("</svg>")[0]
    assert texts(chart.partition("</table>")[0], "td") == ["10", "0.25", "0", "0.50"]


def test_with_the_recommender_down_the_dashboard_says_so(
    visitor: FlaskClient, services: FakeServices
) -> None:
    services.down.add("recommender")

    page = visitor.get("/status")

    assert page.status_code == 200
    assert "Recommender does not answer" in texts(page.text, "li")
    assert "The recommender does not answer" in page.text


def test_the_ten_newest_models_are_shown(visitor: FlaskClient, services: FakeServices) -> None:
    services.stats["models"] = [MODEL | {"version": version} for version in range(30, 10, -1)]

    page = visitor.get("/status/charts").text

    versions = texts(page.partition("models-heading")[2], "td")[::7]
    assert versions == [str(version) for version in range(30, 20, -1)]

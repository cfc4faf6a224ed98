"""Requests that the OpenAPI descriptions allow, and some that they do not: schemathesis.

For a longer run against a running service: docs/security.md.
"""

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import (
    negative_data_rejection,
    positive_data_acceptance,
    unsupported_method,
)

from app import create_app
from recs.settings import Settings

CASES = 25
"""Of each operation and role."""
LOOSER = [
    # A pattern cannot say how many bytes a text takes, nor a schema that two lists are equally long.
    positive_data_acceptance,
    # Addresses are lenient: an unknown parameter is not looked at.
    negative_data_rejection,
    # TRACE and friends are answered with 405, but /recs/<anything> is a route too.
    unsupported_method,
]


@pytest.fixture
def collector(settings: Settings) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_wsgi("/openapi.json", create_app("collector", settings))


@pytest.fixture
def recommender(settings: Settings) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_wsgi("/openapi.json", create_app("recommender", settings))


patiently = settings(
    max_examples=CASES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@schemathesis.pytest.from_fixture("collector").parametrize()
@patiently
def test_the_collector_answers_as_described(case: schemathesis.Case) -> None:
    case.call_and_validate(excluded_checks=LOOSER)


@schemathesis.pytest.from_fixture("recommender").parametrize()
@patiently
def test_the_recommender_answers_as_described(case: schemathesis.Case) -> None:
    case.call_and_validate(excluded_checks=LOOSER)

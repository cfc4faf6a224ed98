"""Requests that the OpenAPI descriptions allow, and some that they forbid: schemathesis.

For a longer run against a running service: docs/security.md.
"""

import pytest
import schemathesis
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from schemathesis.specs.openapi.checks import (
    negative_data_rejection,
    positive_data_acceptance,
    unsupported_method,
)

from app import create_app
from app.describing import document
from recs.settings import Settings
from tests.app.conftest import end

CASES = 20
"""Of each operation."""
LOOSER = [
    # A pattern cannot say how many bytes a text takes, nor that two lists are equally long.
    positive_data_acceptance,
    # Unknown parameters of an address are ignored.
    negative_data_rejection,
    unsupported_method,
]
OPERATIONS = [
    (role, path, method)
    for role in ("collector", "recommender")
    for path, operations in document(create_app(role, Settings()))["paths"].items()
    for method in operations
    if method != "parameters"
]


@pytest.mark.usefixtures("redis_url", "broker_url")
@pytest.mark.parametrize(("role", "path", "method"), OPERATIONS)
def test_a_service_answers_as_described(
    settings: Settings, role: str, path: str, method: str
) -> None:
    app = create_app(role, settings)
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)

    @given(case=schema[path][method].as_strategy())
    @hypothesis_settings(max_examples=CASES, deadline=None)
    def answer_as_described(case: schemathesis.Case) -> None:
        case.call_and_validate(excluded_checks=LOOSER)

    try:
        answer_as_described()
    finally:
        end(app)

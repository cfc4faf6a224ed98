"""Requests that the OpenAPI descriptions allow, and some that they forbid: schemathesis.

For a longer run against a running service: docs/security.md.
"""

import pytest
import schemathesis
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from app import create_app
from app.openapi import document
from recs.settings import Settings
from recs.stores import erasing
from tests.app.conftest import end

CASES = 30
"""Of each operation: about half of them forbidden, where it takes anything at all."""
# A pattern cannot say how many bytes a text takes, nor that two lists are equally long.
LOOSER = [positive_data_acceptance]
ROW_BY_ROW = {"/interactions"}
"""Refuses rows, and not the body that they are in."""
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
    settings: Settings, role: str, path: str, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "SETTLING_SECONDS", 0.0)  # there is no ranker
    app = create_app(role, settings)
    operation = schemathesis.openapi.from_wsgi("/openapi.json", app)[path][method]
    excluded = [*LOOSER, *([negative_data_rejection] if path in ROW_BY_ROW else [])]
    allowed, forbidden = map(operation.as_strategy, GenerationMode)

    @given(case=allowed | forbidden)
    @hypothesis_settings(max_examples=CASES, deadline=None)
    def answer_as_described(case: schemathesis.Case) -> None:
        case.call_and_validate(excluded_checks=excluded)

    try:
        answer_as_described()
    finally:
        end(app)

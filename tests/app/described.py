"""Answers against the description of the service: each that a test gets is checked."""

import re
from typing import Any

from flask import Flask, Request, Response, request
from jsonschema import Draft202012Validator

from app.openapi import document

JSON = "application/json"
PROBLEM = "application/problem+json"
UNDESCRIBED = re.compile(r"/(openapi\.json|docs|metrics)(/|$)")


def resolved(description: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema with what it refers to, so that a validator can read it alone."""
    name = schema.get("$ref", "").rpartition("/")[2]
    own = description["components"]["schemas"][name] if name else schema
    return {**own, "components": description["components"]}


def check_answers(app: Flask) -> None:
    """Hold every answer of an app against its description. A difference fails the test."""

    @app.after_request
    def check(answer: Response) -> Response:
        if request.method not in ("HEAD", "OPTIONS"):
            complain(app, request, answer)
        return answer


def complain(app: Flask, asked: Request, answer: Response) -> None:
    """Raise AssertionError if an answer is not what the description says."""
    rule = asked.url_rule
    if rule is None or UNDESCRIBED.match(rule.rule):
        return
    path = re.sub(
        r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule.replace("<id:ids>", "{user_id}/{item_id}")
    )
    told = _described(app)["paths"][path].get(asked.method.lower())
    if told is None or (answer.status_code >= 500 and answer.status_code != 503):
        return
    found = told["responses"].get(str(answer.status_code))
    assert found is not None, f"{asked.method} {path}: {answer.status_code} is not described"
    if "$ref" in found:
        found = _described(app)["components"]["responses"][found["$ref"].rpartition("/")[2]]
    assert answer.mimetype in found["content"], f"{path}: {answer.mimetype} is not described"
    schema = found["content"][answer.mimetype]["schema"]
    validator = Draft202012Validator(resolved(_described(app), schema))
    wrong = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(answer.json)]
    assert not wrong, f"{asked.method} {path} answers {wrong}"


_MADE: dict[tuple[str, ...], dict[str, Any]] = {}


def _described(app: Flask) -> dict[str, Any]:
    """Return the description of an app: one for all apps with the same addresses."""
    rules = (app.config["API_TITLE"], *(rule.rule for rule in app.url_map.iter_rules()))
    if rules not in _MADE:
        _MADE[rules] = document(app)
    return _MADE[rules]

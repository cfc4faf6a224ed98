"""Errors as a person should meet them: a page with a way on; for scripts, problem+json."""

from flask import Flask, jsonify, render_template, request
from werkzeug.exceptions import BadRequest, HTTPException, InternalServerError
from werkzeug.wrappers import Response

from app.page.client import Refused


def install(app: Flask) -> None:
    """Answer every error of an app in its own look."""
    app.register_error_handler(HTTPException, explain)
    app.register_error_handler(Refused, lambda refused: explain(BadRequest(refused.detail)))


def explain(error: HTTPException) -> Response | tuple[str, int]:
    """Return the error, in the form that its reader understands."""
    status = error.code or InternalServerError.code
    if request.path.startswith("/api/"):
        response = jsonify(title=error.name, status=status, detail=error.description)
        response.status_code = status
        response.mimetype = "application/problem+json"
        return response
    known = status if status in (400, 403, 404, 405, 413) else 500
    return render_template("error.html", status=status, known=known), status

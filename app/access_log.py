"""Logs a line for each request if ACCESS_LOG is set: its route, never its address."""

import logging

from flask import Flask, Response, request

from app.metrics import method_and_route, seconds_since_begun

log = logging.getLogger("kinolenta.access")


def register(app: Flask) -> None:
    """Log every request. A line costs a tenth of a call of /recs, so it is off by default."""
    log.setLevel(logging.INFO)

    @app.after_request
    def tell(answer: Response) -> Response:
        method, route = method_and_route(request)
        seconds = round(seconds_since_begun(request), 6)
        log.info("%s %s %d", method, route, answer.status_code, extra={"seconds": seconds})
        return answer

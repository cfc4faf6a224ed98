"""Floors: the least that a Flask service of this kind must do. Ratios are relative to them."""

import os
from threading import local
from typing import Any

from celery import Celery
from flask import Flask, Response, jsonify, request
from kombu import Connection, Queue
from redis import Redis

QUEUE = Queue("floor", durable=True)
LIST = [f"item-{number}" for number in range(10)]


def nothing() -> Flask:
    """Answer a list that is always the same."""
    app = Flask(__name__)

    @app.get("/recs/<user>")
    def answer(user: str) -> Response:
        return jsonify(item_ids=LIST)

    return app


def get() -> Flask:
    """Ask Redis for one key, and answer."""
    app, redis = Flask(__name__), Redis.from_url(os.environ["REDIS_URL"])

    @app.get("/recs/<user>")
    def answer(user: str) -> Response:
        redis.get("floor")
        return jsonify(item_ids=LIST)

    return app


def publish() -> Flask:
    """Publish each request by kombu, persistent, and wait for its confirmation."""
    app, of_thread = Flask(__name__), local()

    @app.post("/interact")
    def take() -> Response:
        if not hasattr(of_thread, "producer"):
            of_thread.connection = Connection(
                os.environ["CELERY_BROKER_URL"], transport_options={"confirm_publish": True}
            )
            QUEUE(of_thread.connection).declare()
            of_thread.producer = of_thread.connection.Producer()
        of_thread.producer.publish(
            request.get_json(), routing_key=QUEUE.name, delivery_mode=2, confirm_timeout=5
        )
        return jsonify(status="queued")

    return app


def apply_async() -> Flask:
    """Send each request as a Celery task, persistent, and wait for its confirmation."""
    app = Flask(__name__)
    celery = Celery(broker=os.environ["CELERY_BROKER_URL"])
    celery.conf.broker_transport_options = {"confirm_publish": True}
    celery.conf.broker_pool_limit = 32
    celery.conf.task_default_queue = QUEUE.name

    @celery.task(name="floor", ignore_result=True)
    def task(body: Any) -> None:
        """Never run."""

    @app.post("/interact")
    def take() -> Response:
        task.apply_async((request.get_json(),))
        return jsonify(status="queued")

    return app

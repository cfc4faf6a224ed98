"""Rivals: the work of the floors in FastAPI, for uvicorn. Needs requirements-bench.txt."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aio_pika
from fastapi import FastAPI, Request
from redis.asyncio import Redis

LIST = [f"item-{number}" for number in range(10)]


def get() -> FastAPI:
    """Ask Redis for one key, and answer."""
    app, redis = FastAPI(), Redis.from_url(os.environ["REDIS_URL"])

    @app.get("/recs/{user}")
    async def answer(user: str) -> dict[str, Any]:
        await redis.get("floor")
        return {"item_ids": LIST}

    return app


def publish() -> FastAPI:
    """Publish each request by aio-pika, persistent, and wait for its confirmation."""

    @asynccontextmanager
    async def connected(app: FastAPI) -> AsyncIterator[None]:
        connection = await aio_pika.connect_robust(os.environ["CELERY_BROKER_URL"])
        channel = await connection.channel(publisher_confirms=True)
        await channel.declare_queue("floor", durable=True)
        app.state.exchange = channel.default_exchange
        yield
        await connection.close()

    app = FastAPI(lifespan=connected)

    @app.post("/interact")
    async def take(request: Request) -> dict[str, Any]:
        await request.json()
        body = await request.body()
        message = aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await app.state.exchange.publish(message, routing_key="floor")
        return {"status": "queued"}

    return app

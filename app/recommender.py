"""Port 5001: gives lists, takes items, begins generations."""

from flask import Flask

from app import health, items, lists, metrics, probes, ranked, service, users
from app.background import Background
from app.context import Context, Rankers
from app.marks import Marks
from app.readiness import Readiness, RecentErrors
from app.shared_view import REFRESH_SECONDS, SharedView
from recs.settings import Settings
from recs.stores import Stores, connection
from recs.stores.breaker import CircuitBreaker
from workers import celery


def register(app: Flask, settings: Settings) -> None:
    """Make this app a recommender. Nothing is connected or started yet."""
    redis = connection.short_timeout(settings.redis_url, settings.redis_timeout_seconds)
    stores = Stores(settings, redis)
    view, marks = SharedView(stores), Marks(stores.waiting)
    background = Background([view.refresh, marks.flush], REFRESH_SECONDS, view.is_idle)
    errors = RecentErrors()
    here = Context(
        settings, stores, view, marks, CircuitBreaker(), background, errors,
        Rankers(settings.ranking),
    )  # fmt: skip
    app.extensions["recommender"] = here
    app.config["LIST_SIZE_MOST"] = settings.list_size_most
    metrics.of(app).follow_dropped(lambda: stores.impressions.lost)
    app.extensions["after_fork"] = [background.start]
    app.extensions["before_exit"] = [background.stop, stores.impressions.close, redis.close]
    app.extensions["readiness"] = Readiness([*probes.of_all(stores, celery), errors.probe])
    for views in (lists, items, users, service, health):
        app.register_blueprint(views.blueprint)
    if "short_way" in app.extensions:
        app.extensions["short_way"].kind = lists.short(settings.list_size)
    ranked.LongPolling(app, here)

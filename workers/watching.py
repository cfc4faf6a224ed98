"""Flower's Celery app: `celery -A workers.watching flower`. Its /metrics has all workers' sums.

Flower answers /metrics from the default registry of prometheus_client, so what is registered there
is exported beside Flower's own metrics. Why here: docs/decisions/0018-metrics.md.
"""

from prometheus_client import REGISTRY

from recs.stores import Stores, connection
from workers import celery, logs, settings
from workers.exporter import Exporter
from workers.service_state import ServiceState

__all__ = ["celery"]

TIMEOUT_SECONDS = 1.0
"""Flower answers no other request while it waits for Redis."""

logs.set_up(settings())  # Flower sets up none itself
_stores = Stores(settings(), connection.short_timeout(settings().redis_url, TIMEOUT_SECONDS))
REGISTRY.register(Exporter(_stores.tallies, ServiceState(_stores, celery)))

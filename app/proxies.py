"""X-Forwarded-*: address, scheme and host of the client behind proxies, if PROXIES is set."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from recs.settings import Settings


def register(app: Flask, settings: Settings) -> None:
    """Trust what the last `settings.proxies` proxies have added, and nothing else."""
    if count := settings.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=count, x_proto=count, x_host=count
        )

"""Who asks, and how, where proxies stand before a service: X-Forwarded-*, if PROXIES says so."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from recs.settings import Settings


def register(app: Flask, settings: Settings) -> None:
    """Believe what the last `settings.proxies` proxies have added, and nothing before them."""
    if count := settings.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=count, x_proto=count, x_host=count
        )

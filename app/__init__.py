"""HTTP in, HTTP out. `create_app` joins an app for one role: collector, recommender or page."""

from importlib import import_module

from flask import Flask, Response
from werkzeug.middleware.proxy_fix import ProxyFix

from app import addresses, auth, cors, docs, foreign, parsing, problems, request_ids
from app.short_way import ShortWay
from recs.origins import read_origins
from recs.settings import Settings

BODY_BYTES_MOST = 32 * 2**20
ROLES = ("collector", "recommender", "page")


def create_app(role: str, settings: Settings | None = None) -> Flask:
    """Build the app of a role. Connects to nothing yet. Raises SettingError, ValueError."""
    if role not in ROLES:
        raise ValueError(f"{role!r} is not one of the roles {', '.join(ROLES)}")
    settings = settings or Settings.from_env()
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES_MOST
    if not settings.access_log and not settings.requests_per_minute:  # these look at each request
        ShortWay(app)
    app.url_map.merge_slashes = False  # an id may contain them
    app.url_map.converters["id"] = parsing.IdConverter
    origins = read_origins("" if role == "page" else settings.cors_origins)
    if count := settings.proxies:  # what the last of them have added is trusted, and nothing else
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=count, x_proto=count, x_host=count
        )
    metrics = import_module("app.metrics")  # only after the fork: see there
    metrics.register(app, role)
    request_ids.register(app)
    if settings.access_log:
        import_module("app.access_log").register(app)
    if settings.requests_per_minute:
        import_module("app.limiter").register(app, role, settings)
    if role != "page":
        problems.register(app)
        addresses.register(app)
        auth.register(app, settings)
        app.after_request(_forbid_caching)
        cors.register(app, origins)
        app.config.update(API_TITLE=f"Kinolenta: {role}", API_ADDRESS=getattr(settings, role))
        app.register_blueprint(docs.blueprint)
    foreign.register(app, settings, origins)
    import_module(f"app.{role}").register(app, settings)  # a role does not load the others
    metrics.start_with(app)
    return app


def _forbid_caching(answer: Response) -> Response:
    """Let no cache keep an answer: it soon changes, and may be of one user."""
    if "Cache-Control" not in answer.headers:
        answer.headers.add("Cache-Control", "no-store")
    return answer

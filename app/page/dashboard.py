"""The dashboard: charts and tables of what the service does, refreshed by a script."""

from collections.abc import Mapping
from typing import Any

from flask import render_template, request
from markupsafe import Markup

from app.page.cards import name_of
from app.page.charts import number, svg
from app.page.client import ServiceDown
from app.page.context import blueprint, page_context
from app.page.messages import messages, translate
from app.page.time_series import Chart, charts, newest_values

TABLE_ROWS = 12
MODELS_AT_MOST = 10
RANGES = {"minute": 60.0, "minutes": 300.0, "all": float("inf")}
"""Seconds that the charts show."""


@blueprint.get("/status")
def status() -> str:
    """Show the dashboard."""
    return render_template("status.html", **_charts())


@blueprint.get("/status/charts")
def status_charts() -> str:
    """Return the part of the dashboard that changes."""
    return render_template("charts.html", **_charts())


def _charts() -> dict[str, Any]:
    context = page_context()
    try:
        stats: Mapping[str, Any] = context.services.stats()
        down = False
    except ServiceDown:
        stats, down = {}, True
    chosen = request.args.get("range", "")
    chosen = chosen if chosen in RANGES else "all"
    drawn = charts(_within(stats, RANGES[chosen]))
    return {
        "range": chosen,
        "ranges": RANGES,
        "places": context.places,
        "requires_token": context.requires_token,
        "down": down,
        "stats": stats,
        "charts": drawn,
        "tiles": newest_values(stats, drawn),
        "servers": _servers(stats, down),
        "models": (stats.get("models") or [])[:MODELS_AT_MOST],
        "item_count": len(context.items),
        "svg": draw,
        "table_rows": table_rows,
        "number": number,
        "age": age,
        "name_of": name_of,
        "server_name": server_name,
    }


def _within(stats: Mapping[str, Any], seconds: float) -> Mapping[str, Any]:
    """Leave out samples older than `seconds` before the newest one."""
    samples = stats.get("samples") or []
    newest = samples[0]["time"] if samples else 0.0
    recent = [each for each in samples if newest - each["time"] <= seconds]
    return {**stats, "samples": recent} if samples else stats


def _servers(stats: Mapping[str, Any], down: bool) -> dict[str, str]:
    """Return each server's state: "ok", or what is wrong."""
    collector = "ok" if page_context().services.collector_is_up() else "down"
    return {
        "recommender": "down" if down else "ok",
        "collector": collector,
        **(stats.get("servers") or {}),
    }


def draw(chart: Chart) -> Markup:
    """Return a chart as SVG, with texts in the language of this request."""
    if chart.axis != "status.time":
        return svg(chart, newest="", oldest="")
    oldest = translate("status.ago", n=age(chart.at[0]))
    return svg(chart, newest="0", oldest=oldest)


def table_rows(chart: Chart) -> list[tuple[float, list[float | None]]]:
    """Return some evenly spread rows of a chart, the newest last."""
    values = zip(*(series.values for series in chart.series), strict=True)
    rows = list(zip(chart.at, values, strict=True))
    every = max(1, len(rows) // TABLE_ROWS)
    return [(at, list(row)) for at, row in rows[::-1][::every][::-1]]


def age(seconds: float | None) -> str:
    """Format a time span in its largest unit."""
    if seconds is None:
        return "–"
    for unit, size in (("hours", 3600), ("minutes", 60)):
        if seconds >= size:
            return translate(f"status.age.{unit}", n=int(seconds // size))
    return translate("status.age.seconds", n=int(seconds))


def server_name(name: str) -> str:
    """Return the name of a server; one without a translation keeps its own."""
    return messages().get(f"status.server.{name}", name)

"""The engine room: what happens behind the posters, drawn as it happens."""

from collections.abc import Mapping
from typing import Any

from flask import g, render_template

from app.page.blueprint import page
from app.page.cards import short
from app.page.client import ServiceDown
from app.page.figures import Plot, plots, tiles
from app.page.language import say
from app.page.plots import figure, svg
from app.page.room import room

TABLE_ROWS = 12
MODELS_AT_MOST = 10


@page.get("/status")
def status() -> str:
    """Show the engine room."""
    return render_template("status.html", **_figures())


@page.get("/status/figures")
def status_figures() -> str:
    """Return the part of the engine room that changes."""
    return render_template("figures.html", **_figures())


def _figures() -> dict[str, Any]:
    here = room()
    try:
        stats: Mapping[str, Any] = here.services.stats()
        down = False
    except ServiceDown:
        stats, down = {}, True
    drawn = plots(stats)
    return {
        "down": down,
        "stats": stats,
        "plots": drawn,
        "tiles": tiles(stats, drawn),
        "servers": _servers(stats, down),
        "models": (stats.get("models") or [])[:MODELS_AT_MOST],
        "progress": here.loader.progress(),
        "title_count": len(here.titles),
        "svg": _draw,
        "table": table,
        "figure": figure,
        "age": age,
        "name_of": name_of,
        "server_name": server_name,
    }


def _servers(stats: Mapping[str, Any], down: bool) -> dict[str, str]:
    """Return each server's state: "ok", or what is wrong."""
    collector = "ok" if room().services.collector_is_up() else "down"
    return {
        "recommender": "down" if down else "ok",
        "collector": collector,
        **(stats.get("servers") or {}),
    }


def _draw(plot: Plot) -> str:
    words = room().words
    if plot.axis != "status.time":
        return svg(plot, newest="", oldest="")
    return svg(plot, newest="0", oldest=say(words, "status.ago", n=age(plot.at[0])))


def table(plot: Plot) -> list[tuple[float, list[float | None]]]:
    """Return some evenly spread rows of a plot, the newest last."""
    rows = list(zip(plot.at, zip(*(line.values for line in plot.lines), strict=True), strict=True))
    every = max(1, len(rows) // TABLE_ROWS)
    return [(at, list(values)) for at, values in rows[::-1][::every][::-1]]


def age(seconds: float | None) -> str:
    """Write a time span in its largest unit."""
    if seconds is None:
        return "–"
    for unit, size in (("hours", 3600), ("minutes", 60)):
        if seconds >= size:
            return say(room().words, f"status.age.{unit}", n=int(seconds // size))
    return say(room().words, "status.age.seconds", n=int(seconds))


def name_of(item_id: str) -> str:
    """Return a title's name, or its id where it is not known."""
    titles = room().titles
    return titles[item_id].named(g.language) if item_id in titles else short(item_id)


def server_name(name: str) -> str:
    """Return a server's name in words; one that nobody translated keeps its own."""
    return room().words.get(f"status.server.{name}", name)

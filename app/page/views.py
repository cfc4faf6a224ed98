"""The tabs, each a whole page."""

from flask import request

from app.page.blueprint import page
from app.page.grid import Rendered, show
from app.page.shelves import FOR_YOU, GENRE, LIKED, POPULAR, SEARCH, Shelf


@page.get("/")
def for_you() -> Rendered:
    """Show what the recommender has for this viewer."""
    return show(Shelf(FOR_YOU))


@page.get("/popular")
def popular() -> Rendered:
    """Show what most people like."""
    return show(Shelf(POPULAR))


@page.get("/genre")
def genre() -> Rendered:
    """Show what most people like in one genre."""
    return show(Shelf(GENRE, request.args.get("name", "")))


@page.get("/liked")
def liked() -> Rendered:
    """Show what this viewer liked so far, newest first."""
    return show(Shelf(LIKED))


@page.get("/search")
def search() -> Rendered:
    """Show titles by name."""
    return show(Shelf(SEARCH, request.args.get("q", "").strip()))

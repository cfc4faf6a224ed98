"""What is drawn on a poster, one sketch per genre, on a field of 400 by 400.

A sketch takes chance and colours, and returns pieces of SVG from back to front.
"""

from collections.abc import Callable
from random import Random

from app.page.posters.days import (
    action,
    adventure,
    animation,
    children,
    comedy,
    documentary,
    fantasy,
    musical,
    western,
)
from app.page.posters.hearts import (
    drama,
    romance,
)
from app.page.posters.nights import (
    crime,
    film_noir,
    horror,
    imax,
    mystery,
    sci_fi,
    thriller,
    war,
)
from app.page.posters.palettes import Palette

Sketch = Callable[[Random, Palette], list[str]]

MOTIFS: dict[str, Sketch] = {
    "Horror": horror,
    "Film-Noir": film_noir,
    "Western": western,
    "War": war,
    "Sci-Fi": sci_fi,
    "Musical": musical,
    "Animation": animation,
    "Documentary": documentary,
    "Fantasy": fantasy,
    "Mystery": mystery,
    "Crime": crime,
    "Romance": romance,
    "Thriller": thriller,
    "Children": children,
    "Adventure": adventure,
    "Action": action,
    "Comedy": comedy,
    "Drama": drama,
    "IMAX": imax,
}

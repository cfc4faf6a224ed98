"""Colours of the drawn posters: for each genre a few families that belong together."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """ground: behind everything. main, second, accent: cut paper. ink: letters on the ground."""

    ground: str
    main: str
    second: str
    accent: str
    ink: str


# Most telling first: a horror comedy looks like horror, and nearly everything is a drama.
PALETTES: dict[str, tuple[Palette, ...]] = {
    "Horror": (
        Palette("#150d10", "#b5172d", "#431220", "#efe0cb", "#efe0cb"),
        Palette("#0e1613", "#8fb03e", "#21382a", "#e9e4c9", "#e9e4c9"),
    ),
    "Film-Noir": (
        Palette("#15171b", "#d8d2c2", "#3b4048", "#c7a253", "#efe9da"),
        Palette("#1b1a17", "#b9b09a", "#45413a", "#a83a2e", "#efe9da"),
    ),
    "Western": (
        Palette("#e7b35c", "#a5411f", "#7a2a18", "#fbe6b5", "#34120a"),
        Palette("#d96f32", "#6b2417", "#401510", "#f8cf7a", "#2a0d08"),
    ),
    "War": (
        Palette("#4a4f3c", "#22251d", "#6d7157", "#d65a31", "#f1ead2"),
        Palette("#c9bd9b", "#3a3d33", "#7b7758", "#b33a22", "#22221b"),
    ),
    "Sci-Fi": (
        Palette("#0e1b3d", "#f0604d", "#28407f", "#8fe0e6", "#eaf3f7"),
        Palette("#11202b", "#e9b44c", "#2c4f5f", "#d6f0ea", "#eef4ee"),
        Palette("#1d1438", "#7be0c3", "#493a80", "#f5d76e", "#f2eefc"),
    ),
    "Musical": (
        Palette("#f2c230", "#d0342c", "#23406e", "#fbf1d5", "#2a1a10"),
        Palette("#5b1f52", "#f08a4b", "#92356e", "#fbd9a0", "#fdeedd"),
    ),
    "Animation": (
        Palette("#2f9fa8", "#f7d358", "#176a7d", "#f2703f", "#08262c"),
        Palette("#f08a5d", "#fbe8a6", "#b83b5e", "#6a2c70", "#2b0f26"),
        Palette("#6c5ab5", "#f5b8c8", "#453794", "#ffe08a", "#fdf6ec"),
    ),
    "Documentary": (
        Palette("#e9e3d3", "#26302f", "#b8b09a", "#c3432b", "#1d2423"),
        Palette("#23383b", "#dcd5bf", "#47686a", "#e2a43b", "#f1ecdc"),
    ),
    "Fantasy": (
        Palette("#24315e", "#d9b75b", "#455a9a", "#f3e8cf", "#f6efdd"),
        Palette("#1f4037", "#c8d96f", "#3d6f58", "#f6e7b4", "#f4f3dc"),
        Palette("#4d2a54", "#e2a75e", "#7d4c86", "#f7e6c9", "#f9eddc"),
    ),
    "Mystery": (
        Palette("#1c3036", "#cf9f45", "#33545c", "#efe7d2", "#f1ead7"),
        Palette("#2f2440", "#a9b8d8", "#54446e", "#e3b04b", "#efeaf5"),
    ),
    "Crime": (
        Palette("#e2543b", "#17120f", "#8f1f18", "#f4e3c3", "#160d0a"),
        Palette("#1d1f23", "#e0a526", "#4a4b4d", "#efe7d6", "#f3ecd9"),
    ),
    "Romance": (
        Palette("#f3cfc2", "#c6304a", "#e68a84", "#fbf0e4", "#4a1020"),
        Palette("#7c1f3c", "#ef8f8a", "#a83b57", "#fbdcc2", "#fdeadd"),
        Palette("#e9d8c4", "#3d6b7d", "#d9766a", "#fbf4e6", "#203a45"),
    ),
    "Thriller": (
        Palette("#e2572b", "#1a1513", "#b23418", "#f7e4bf", "#1a0d08"),
        Palette("#12262e", "#e3d9bf", "#275262", "#e0492f", "#efe8d4"),
        Palette("#e8c33c", "#1b1a16", "#b8901f", "#f8f0d2", "#1a1710"),
    ),
    "Children": (
        Palette("#8fd0d8", "#f2b632", "#3d93a6", "#ef5b45", "#0f3239"),
        Palette("#fbd46a", "#e8574c", "#f19a3e", "#3f88a5", "#3b1d10"),
    ),
    "Adventure": (
        Palette("#f2d49a", "#2f6d62", "#79a27a", "#d9542f", "#1b3530"),
        Palette("#1d4f63", "#f2a541", "#39788a", "#f6e2b3", "#f7efd9"),
    ),
    "Action": (
        Palette("#f0a11f", "#b3231b", "#d9611d", "#fff0c9", "#2b0c06"),
        Palette("#1a2030", "#e8452f", "#37415c", "#f7c948", "#f4efe4"),
    ),
    "Comedy": (
        Palette("#f7d046", "#e4572e", "#f19c2b", "#2e86ab", "#2d1a0a"),
        Palette("#7cc5b4", "#f25f5c", "#3f9a8a", "#fff1d0", "#0e302b"),
        Palette("#f4a9a0", "#355c7d", "#e56b6f", "#fdf1dc", "#1c2e42"),
    ),
    "Drama": (
        Palette("#d9cfbd", "#33475b", "#8b9aa3", "#c8553d", "#1c2833"),
        Palette("#2b3a4a", "#d9a566", "#4b6176", "#efe2cc", "#f2eadb"),
        Palette("#6f4a3d", "#e8c39e", "#8f6a58", "#f6e7d3", "#faf0e2"),
        Palette("#c9d2c4", "#4f5d4a", "#94a38c", "#a4452c", "#242d22"),
    ),
    "IMAX": (Palette("#10243f", "#3fa7d6", "#1f4a77", "#f6d55c", "#eef5fb"),),
}
UNKNOWN = (
    Palette("#3a3f47", "#a9a294", "#565c66", "#d9b25f", "#f0ebe0"),
    Palette("#ccc4b4", "#4a4d52", "#a39b8b", "#b5533c", "#26282b"),
)

import hashlib
import xml.etree.ElementTree as ET
from pathlib import Path
from random import Random

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.page.drawing import Palette, draw_motif
from app.page.items import Item, read_items
from app.page.posters import (
    LOOKS,
    NAME_HEIGHT,
    NAME_WIDTH,
    SMALLEST,
    UNKNOWN,
    Look,
    draw,
    fit,
    telling_genres,
)
from recs.settings import Settings

OWN = list(read_items("").values())
SVG = "{http://www.w3.org/2000/svg}"


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_same_item_always_gets_the_same_poster() -> None:
    assert draw(OWN[0], "Name") == draw(OWN[0], "Name")


def test_posters_are_those_of_earlier_versions() -> None:
    """Whoever changes the look on purpose writes the new digest here."""
    genres = list(LOOKS)
    groups = [
        *((genre,) for genre in genres),
        *zip(genres, genres[3:], genres[7:], strict=False),
        (),
    ]
    drawn = "".join(
        draw(Item(f"{n}", f"Name {n}", group, year=1990 + n, kind="series"), f"Name {n}")
        for group in groups
        for n in range(10)
    )

    assert (
        hashlib.sha256(drawn.encode()).hexdigest()
        == "c2d97b92d316d0be9e993c77d2b8d4f56748630bcb1b87052e5519a875562c38"
    )


@pytest.mark.parametrize("genre", LOOKS)
def test_twelve_items_of_one_genre_get_different_posters(genre: str) -> None:
    drawn = {draw(Item(f"title-{n}", "Name", (genre,)), "Name") for n in range(12)}

    assert len(drawn) == 12


@pytest.mark.parametrize("look", [*LOOKS.values(), UNKNOWN])
def test_every_genre_has_four_motifs_and_more_than_one_palette(look: Look) -> None:
    assert len(set(look.motifs)) >= 4
    assert len(set(look.palettes)) >= 3


@pytest.mark.parametrize("motif", sorted({each for look in LOOKS.values() for each in look.motifs}))
def test_every_motif_can_be_drawn_whatever_chance_says(motif: str) -> None:
    for seed in range(20):
        ET.fromstring(f"<svg>{draw_motif(motif, Random(seed), UNKNOWN.palettes[0])}</svg>")


@pytest.mark.parametrize("genre", [*LOOKS, "Zeppelins"])
def test_every_genre_has_a_poster_that_is_xml(genre: str) -> None:
    ET.fromstring(draw(Item("x", "Name", (genre,), year=1999), "Name"))


@pytest.mark.parametrize(
    "palette", [colours for look in [*LOOKS.values(), UNKNOWN] for colours in look.palettes]
)
def test_letters_can_be_read_on_their_ground(palette: Palette) -> None:
    dark, light = sorted([luminance(palette.ground), luminance(palette.ink)])

    assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_name_of_our_items_fits_under_its_picture(language: str) -> None:
    for item in OWN:
        lettering = fit(item.named(language))

        assert lettering.size >= SMALLEST
        assert lettering.height <= NAME_HEIGHT + 1
        assert max(width for _, width in lettering.lines) <= NAME_WIDTH + 1


@pytest.mark.parametrize("name", ["", " ", "W" * 600, "a b " * 300, "3f2a9c1e-77b0-4d1b-9c55-0f"])
def test_a_name_of_any_length_fits(name: str) -> None:
    lettering = fit(name)

    assert lettering.height <= NAME_HEIGHT + 1
    assert max(width for _, width in lettering.lines) <= NAME_WIDTH + 1


def test_a_name_keeps_its_words() -> None:
    words = "One Flew Over the Cuckoo's Nest"

    assert " ".join(line for line, _ in fit(words).lines) == words.upper()


def test_horror_tells_more_than_drama() -> None:
    assert telling_genres(("Drama", "Horror", "Zeppelins")) == ["Horror", "Drama"]


def test_the_year_stands_on_the_poster() -> None:
    texts = ET.fromstring(draw(Item("x", "Name", year=1977), "Name")).iter(f"{SVG}text")

    assert "1977" in [text.text for text in texts]


def test_a_hostile_name_is_only_letters() -> None:
    drawing = ET.fromstring(draw(Item("x", "x"), '"><script>alert(1)</script>&'))

    assert drawing.find(f".//{SVG}script") is None


def test_a_poster_is_served_with_its_own_strict_policy(visitor: FlaskClient) -> None:
    poster = visitor.get("/poster?id=jaws-1975")

    assert poster.mimetype == "image/svg+xml"
    assert poster.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src")


def test_a_poster_is_in_the_language_of_the_page(visitor: FlaskClient) -> None:
    assert "ЧЕЛЮСТИ" in visitor.get("/poster?id=jaws-1975&language=ru").text


def test_an_unknown_item_gets_a_poster_from_its_id_and_genres(visitor: FlaskClient) -> None:
    assert "3F2A-UNKNOWN" in visitor.get("/poster?id=3f2a-unknown&genres=Western|").text


def test_no_more_than_eighty_letters_of_a_name_of_an_address_are_read(
    visitor: FlaskClient,
) -> None:
    """Of eight thousand, a poster took nine seconds."""
    of_eighty = visitor.get("/poster", query_string={"id": "x", "name": "A " * 40})

    assert (
        visitor.get("/poster", query_string={"id": "x", "name": "A " * 400}).data == of_eighty.data
    )


def test_no_more_than_eight_genres_of_an_address_are_read(visitor: FlaskClient) -> None:
    many = "|".join(["Zeppelins"] * 8)

    few, more = (
        visitor.get(f"/poster?id=x&genres={genres}").text for genres in (many, f"{many}|Horror")
    )

    assert few == more


@pytest.fixture
def with_files(tmp_path: Path) -> Flask:
    """A page of a folder with a poster, and a secret beside it."""
    folder = tmp_path / "movies"
    (folder / "posters").mkdir(parents=True)
    (folder / "movies.csv").write_text("movieId,title,genres\n1,Up (2009),Drama\n")
    (folder / "posters" / "1.jpg").write_bytes(b"\xff\xd8 a picture")
    (folder / "secret.jpg").write_bytes(b"a secret")
    return create_app("page", Settings(data_dir=tmp_path, catalogue_dir=str(folder)))


def test_a_poster_file_is_served(with_files: Flask) -> None:
    poster = with_files.test_client().get("/poster?id=1")

    assert poster.data == b"\xff\xd8 a picture"
    assert poster.mimetype == "image/jpeg"
    poster.close()


@pytest.mark.parametrize("item_id", ["../secret", "..%2Fsecret", "/etc/passwd", "1/../../secret"])
def test_no_id_leads_out_of_the_folder(with_files: Flask, item_id: str) -> None:
    assert with_files.test_client().get(f"/poster?id={item_id}").mimetype == "image/svg+xml"

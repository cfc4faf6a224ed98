from random import Random

import pytest
from jinja2 import DictLoader, UndefinedError

from app.page import drawing
from app.page.drawing import Palette, draw_motif
from app.page.posters import LOOKS, UNKNOWN

PALETTE = Palette(ground="#000", main="#111", second="#222", accent="#333", ink="#444")


def drawn(monkeypatch: pytest.MonkeyPatch, motif: str, seed: int = 1) -> str:
    monkeypatch.setattr(
        drawing, "MOTIFS", drawing.MOTIFS.overlay(loader=DictLoader({"any.jinja": motif}))
    )
    return draw_motif("any", Random(seed), PALETTE)


def test_every_motif_of_the_folder_belongs_to_a_genre() -> None:
    files = {path.stem for path in drawing.FOLDER.glob("*.jinja")}

    assert files == {motif for look in [*LOOKS.values(), UNKNOWN] for motif in look.motifs}


def test_a_shape_has_its_numbers_and_a_colour_of_the_palette(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    motif = "{{ circle(10, 5 * 4, 7 // 2, fill=accent, opacity=0.5) }}"

    assert drawn(monkeypatch, motif) == '<circle cx="10" cy="20" r="3" fill="#333" opacity="0.50"/>'


def test_a_shape_may_be_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    motif = "{{ polygon([(1, 2), (3, 4)], stroke=ink, width=3) }}"

    line = '<polygon points="1,2 3,4" fill="none" stroke="#444" stroke-width="3"/>'
    assert drawn(monkeypatch, motif) == line


def test_random_numbers_stay_within_their_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {drawn(monkeypatch, "{{ between(-2, 2) }}", seed) for seed in range(100)}

    assert values == {"-2", "-1", "0", "1", "2"}


def test_an_unknown_name_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UndefinedError):
        drawn(monkeypatch, "{{ nothing }}")

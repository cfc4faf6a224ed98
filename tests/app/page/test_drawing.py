from random import Random
from typing import Any

import pytest

from app.page import drawing
from app.page.drawing import Palette, draw_motif
from app.page.posters import LOOKS, UNKNOWN

PALETTE = Palette(ground="#000", main="#111", second="#222", accent="#333", ink="#444")


def drawn(monkeypatch: pytest.MonkeyPatch, *steps: dict[str, Any], seed: int = 1) -> str:
    monkeypatch.setattr(drawing, "_steps_of", lambda _name: list(steps))
    return draw_motif("any", Random(seed), PALETTE)


def test_every_motif_of_the_folder_belongs_to_a_genre() -> None:
    files = {path.stem for path in drawing.FOLDER.glob("*.json")} - {"genres"}

    assert files == {motif for look in [*LOOKS.values(), UNKNOWN] for motif in look.motifs}


def test_a_shape_has_its_numbers_and_a_colour_of_the_palette(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    step = {"circle": [10, "5 * 4", "7 // 2"], "fill": "accent", "opacity": 0.5}

    assert drawn(monkeypatch, step) == '<circle cx="10" cy="20" r="3" fill="#333" opacity="0.50"/>'


def test_names_are_known_to_the_steps_after_them(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = {"let": {"x": 3, "y": "x + 1"}}, {"path": "M{x} {y * 2}Z", "fill": "#abc"}

    assert drawn(monkeypatch, *steps) == '<path d="M3 8Z" fill="#abc"/>'


def test_the_higher_layer_is_drawn_later(monkeypatch: pytest.MonkeyPatch) -> None:
    near = {"path": "near", "fill": "#fff", "layer": 1}
    far = {"path": "far", "fill": "#fff"}

    assert drawn(monkeypatch, near, far).index("far") < drawn(monkeypatch, near, far).index("near")


def test_colours_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = {"path": "{n}", "fill": {"nth": ["main", "second"]}}
    step = {"repeat": 3, "steps": [turns]}

    assert drawn(monkeypatch, step) == (
        '<path d="0" fill="#111"/><path d="1" fill="#222"/><path d="2" fill="#111"/>'
    )


def test_a_condition_leaves_a_step_out(monkeypatch: pytest.MonkeyPatch) -> None:
    some = {"when": "n != 1", "path": "{n}", "fill": "#fff"}

    assert drawn(monkeypatch, {"repeat": 3, "steps": [some]}).count("<path") == 2


def test_random_numbers_stay_within_their_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    step = {"path": "{-2..2}", "fill": "#fff"}

    paths = {drawn(monkeypatch, step, seed=seed) for seed in range(100)}

    assert paths == {f'<path d="{n}" fill="#fff"/>' for n in (-2, -1, 0, 1, 2)}


def test_of_a_list_a_random_value_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    step = {"path": "M0", "fill": ["main", "second", "#abc"]}

    paths = {drawn(monkeypatch, step, seed=seed) for seed in range(100)}

    assert paths == {f'<path d="M0" fill="{colour}"/>' for colour in ("#111", "#222", "#abc")}


@pytest.mark.parametrize("code", ["open('/etc/passwd')", "x.__class__", "[].append"])
def test_a_motif_cannot_run_code(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    with pytest.raises(ValueError, match="motifs cannot use"):
        drawn(monkeypatch, {"path": f"{{{code}}}", "fill": "#fff"})

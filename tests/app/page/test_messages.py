import re
from pathlib import Path

import pytest
from flask import Flask, g

import app.page
from app.page.messages import FOR_SCRIPTS, join_names, translations
from app.page.posters import LOOKS

MESSAGES = translations()
FOLDER = Path(app.page.__file__).parent
VALUES = re.compile(r"\{\w+\}")


def sources(*patterns: str) -> str:
    return "\n".join(path.read_text() for each in patterns for path in FOLDER.rglob(each))


def test_both_languages_have_the_same_texts() -> None:
    assert MESSAGES["ru"].keys() == MESSAGES["en"].keys()


@pytest.mark.parametrize("key", MESSAGES["en"])
def test_both_languages_use_the_same_values(key: str) -> None:
    assert set(VALUES.findall(MESSAGES["ru"][key])) == set(VALUES.findall(MESSAGES["en"][key]))


def test_russian_is_russian() -> None:
    same = {"status.model.auc", "status.series.auc", "genre.IMAX", "elsewhere.imdb", "quote"}
    latin = {key for key, text in MESSAGES["ru"].items() if not re.search("[а-яё]", text, re.I)}

    assert {key for key in latin if not key.startswith(("status.server", "keys."))} <= same


def test_every_genre_with_a_look_has_a_name() -> None:
    assert {f"genre.{genre}" for genre in LOOKS} <= MESSAGES["en"].keys()


def test_every_text_of_the_templates_exists() -> None:
    used = set(re.findall(r"""\bt\(["']([\w.]+)["'][,)]""", sources("*.html")))

    assert used
    assert used <= MESSAGES["en"].keys()


def test_every_text_of_the_scripts_exists_and_is_used() -> None:
    used = set(re.findall(r'\btranslate\("(\w+)"', sources("*.js"))) | {
        *("like", "dislike", "watched", "want", "unwant", "not_now"),
        *("nothing", "search_down", "added"),  # of two texts, one or the other
        "welcome_more",
    }
    given = {key.removeprefix(FOR_SCRIPTS) for key in MESSAGES["en"] if key.startswith(FOR_SCRIPTS)}

    assert used == given


@pytest.mark.parametrize(
    ("names", "text"),
    [([], ""), (["A"], "A"), (["A", "B"], "A and B"), (["A", "B", "C"], "A, B and C")],
)
def test_names_are_joined_as_in_a_sentence(names: list[str], text: str) -> None:
    with Flask(__name__).app_context():
        g.language = "en"

        assert join_names(names) == text

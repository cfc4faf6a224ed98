import re
from pathlib import Path

import pytest

import app.page
from app.page.language import FOR_SCRIPTS, listed, read_words
from app.page.posters.palettes import PALETTES

WORDS = read_words()
ROOM = Path(app.page.__file__).parent
FACTS = re.compile(r"\{\w+\}")


def sources(*patterns: str) -> str:
    return "\n".join(path.read_text() for each in patterns for path in ROOM.rglob(each))


def test_both_languages_say_the_same_things() -> None:
    assert WORDS["ru"].keys() == WORDS["en"].keys()


@pytest.mark.parametrize("key", WORDS["en"])
def test_both_languages_tell_the_same_facts(key: str) -> None:
    assert set(FACTS.findall(WORDS["ru"][key])) == set(FACTS.findall(WORDS["en"][key]))


def test_russian_is_russian() -> None:
    names_of_things = {"status.model.auc", "status.line.auc", "genre.IMAX"}
    latin = {key for key, text in WORDS["ru"].items() if not re.search("[а-яё]", text, re.I)}

    assert {key for key in latin if not key.startswith("status.server")} <= names_of_things | {
        "quote"
    }


def test_every_genre_with_a_look_has_a_name() -> None:
    assert {f"genre.{genre}" for genre in PALETTES} <= WORDS["en"].keys()


def test_every_text_of_the_templates_exists() -> None:
    used = set(re.findall(r"""\bt\(["']([\w.]+)["'][,)]""", sources("*.html")))

    assert used
    assert used <= WORDS["en"].keys()


def test_every_text_of_the_scripts_exists_and_is_used() -> None:
    used = set(re.findall(r'\bsay\("(\w+)"', sources("*.js"))) | {"like", "dislike", "undone"}
    given = {key.removeprefix(FOR_SCRIPTS) for key in WORDS["en"] if key.startswith(FOR_SCRIPTS)}

    assert used == given


@pytest.mark.parametrize(
    ("names", "text"),
    [([], ""), (["A"], "A"), (["A", "B"], "A and B"), (["A", "B", "C"], "A, B and C")],
)
def test_names_are_listed_as_in_a_sentence(names: list[str], text: str) -> None:
    assert listed(WORDS["en"], names) == text

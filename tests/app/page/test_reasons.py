"""Each reason with the least evidence that allows it."""

from collections.abc import Collection

import pytest
from flask import Flask, g

from app.page.client import Entry
from app.page.reasons import MANY, why


def reason(
    language: str = "en",
    liked: Collection[str] = "abcd",
    is_new: bool = False,
    **fields: object,
) -> str:
    entry = Entry.read({"item_id": "x", **fields})
    with Flask(__name__).app_context():
        g.language = language
        return why(entry, str.upper, liked, is_new)


def test_one_liked_title_is_a_reason() -> None:
    assert reason(because=["a"], liked={"a"}) == "Because you liked “A”."


def test_a_like_that_was_taken_back_is_none() -> None:
    assert reason(because=["a"], liked={"b"}) == ""


def test_no_more_than_three_titles_are_named() -> None:
    assert "D" not in reason(because=["a", "b", "c", "d"])


def test_in_russian_too() -> None:
    assert "понравилось: «A» и «B»." in reason("ru", because=["a", "b"])


def test_a_liked_genre_is_a_reason_for_whoever_liked_something() -> None:
    assert reason("ru", genres=["Sci-Fi"], liked={"a"}) == "Ваши жанры: Фантастика."
    assert reason(genres=["Sci-Fi"], liked=set()) == ""


@pytest.mark.parametrize(("likes", "told"), [(MANY - 1, ""), (MANY, "3 viewers like it.")])
def test_many_are_three_at_least(likes: int, told: str) -> None:
    assert reason(source="popular", likes=likes) == told


def test_new_is_what_came_after_the_last_visit() -> None:
    assert reason(is_new=True) == "New since your last visit."
    assert reason(source="fresh") == "Let us find out: hardly anyone has rated it yet."


def test_without_evidence_an_explored_title_says_so() -> None:
    assert "Let us find out" in reason(source="explore")
    assert "Let us find out" not in reason(source="explore", because=["a"])


@pytest.mark.parametrize("source", ["popular", "personal", "similar", "genre", "tarot", ""])
def test_without_evidence_nothing_is_said(source: str) -> None:
    assert reason(source=source, liked=set()) == ""


def test_two_sentences_are_enough() -> None:
    told = reason(because=["a"], genres=["War"], likes=9, is_new=True)

    assert told == "Because you liked “A”. You like War."

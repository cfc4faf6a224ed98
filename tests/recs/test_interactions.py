from typing import Any

import pytest

from recs.errors import BadInteraction
from recs.interactions import Action, Interaction, complaint_about_id
from recs.types import ItemId, UserId


def test_a_interaction_survives_the_way_through_a_row() -> None:
    interaction = Interaction(UserId('a "b", c|d'), ItemId("é/%20*"), Action.DISLIKE, 1726148676.25)

    assert Interaction.from_row(interaction.to_row()) == interaction


def test_a_row_may_carry_its_timestamp_as_text_or_number() -> None:
    assert Interaction.from_row(["u", "i", "like", "12.5"]) == Interaction.from_row(
        ["u", "i", "like", 12.5]
    )


@pytest.mark.parametrize(
    "row",
    [
        None,
        "user,item,like,1",
        {},
        [],
        ["u", "i", "like"],
        ["u", "i", "like", 1, 2],
        ["", "i", "like", 1],
        ["u", "", "like", 1],
        [1, "i", "like", 1],
        ["u", None, "like", 1],
        ["u", "i\n", "like", 1],
        ["u", "i", "love", 1],
        ["u", "i", None, 1],
        ["u", "i", [], 1],
        ["u", "i", "like", None],
        ["u", "i", "like", "soon"],
        ["u", "i", "like", -1],
        ["u", "i", "like", "nan"],
        ["u", "i", "like", "inf"],
        ["u", "i", "like", 10**400],
    ],
    ids=repr,
)
def test_what_is_no_interaction_is_refused_with_a_reason(row: Any) -> None:
    with pytest.raises(BadInteraction) as refused:
        Interaction.from_row(row)

    assert refused.value.reason


@pytest.mark.parametrize(
    "value",
    ["a", "1", "a/b", "50%", "a b", "a:b", "*", "фильм", "🎬", '"', "a,b", "0" * 512, "é" * 256],
)
def test_an_id_may_be_any_text(value: str) -> None:
    assert complaint_about_id(value) is None


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("", "must not be empty"),
        (1, "must be a string"),
        (None, "must be a string"),
        (["a"], "must be a string"),
        ("a\nb", "control characters"),
        ("a\x00", "control characters"),
        ("\x1e", "control characters"),
        ("\x7f", "control characters"),
        ("\x85", "control characters"),
        ("\ud800", "lone surrogates"),
        ("0" * 513, "longer than 512 bytes"),
        ("é" * 257, "longer than 512 bytes"),
    ],
)
def test_a_complaint_says_what_is_wrong_with_an_id(value: Any, complaint: str) -> None:
    assert complaint in (complaint_about_id(value) or "")


@pytest.mark.parametrize(
    ("action", "sign"), [("like", 1), ("dislike", -1), ("undo", 0), ("watched", 2)]
)
def test_an_interaction_is_a_signed_rating(action: str, sign: int) -> None:
    assert Interaction.from_row(["u", "i", action, 1]).sign == sign

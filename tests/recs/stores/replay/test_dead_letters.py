"""Lines and segments that cannot be replayed are set aside, and hold up nothing."""

import pytest

from recs.stores import Stores
from recs.stores.log import Kind
from recs.types import Generation
from tests.recs.stores.replay.doing import DISLIKE, log_only, opinions, reconcile, said, show


def dead_letters(stores: Stores, generation: Generation) -> int:
    return stores.log.count_dead_letters(generation)


def test_lines_that_are_no_interactions_are_set_aside(
    stores: Stores, generation: Generation
) -> None:
    span = log_only(stores, generation, said("u", "i"))
    with (stores.generations.folder(generation) / span.segment).open("ab") as file:
        file.write(b"\xff\xfe\n\nu,i,love,1\nu,i,like\n")
        file.write(",".join(said("u", "j", DISLIKE).to_row()).encode() + b"\n")

    reconcile(stores, generation)
    reconcile(stores, generation)

    assert opinions(stores, generation, "u") == {"i": 1, "j": -1}
    assert dead_letters(stores, generation) == 4


@pytest.mark.parametrize(
    "line", [b"u\xff,0,1\n", b",0,1\n", b"u,,1\n", b"u,a,1\n", b"u,0,soon\n", b"u,0\n"]
)
def test_a_damaged_impression_is_set_aside_and_holds_up_nothing(
    stores: Stores, generation: Generation, line: bytes
) -> None:
    show(stores, generation, "u", "i")
    (segment,) = stores.log.sizes(generation)
    with (stores.generations.folder(generation) / segment).open("ab") as file:
        file.write(line)
    log_only(stores, generation, said("u", "i"))

    reconcile(stores, generation)

    assert opinions(stores, generation, "u") == {"i": 1}
    assert dead_letters(stores, generation) == 1


def test_a_torn_last_line_of_a_dead_writer_is_set_aside_once(
    stores: Stores, generation: Generation
) -> None:
    span = log_only(stores, generation, said("u", "i"))
    stores.log.close(Kind.INTERACTIONS)
    with (stores.generations.folder(generation) / span.segment).open("ab") as file:
        file.write(b"u,j,li")

    reconcile(stores, generation)
    reconcile(stores, generation)

    assert opinions(stores, generation, "u") == {"i": 1}
    assert dead_letters(stores, generation) == 1
    assert stores.log.sizes(generation) == {span.segment: span.after}


def test_a_segment_that_cannot_be_read_does_not_hold_up_the_others(
    stores: Stores, generation: Generation
) -> None:
    log_only(stores, generation, said("u", "i"))
    (stores.generations.folder(generation) / "interactions-0-0.csv").mkdir()

    reconcile(stores, generation)
    reconcile(stores, generation)

    assert opinions(stores, generation, "u") == {"i": 1}
    assert dead_letters(stores, generation) == 1

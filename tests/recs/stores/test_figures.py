from recs.interactions import Action, Interaction
from recs.stores import Stores
from recs.stores.figures import DELAYS_KEPT, SAMPLES_KEPT
from recs.stores.log import Kind
from recs.types import Generation, ItemId, UserId


def like(stores: Stores, generation: Generation, *pairs: tuple[str, str]) -> None:
    rows = [Interaction(UserId(u), ItemId(i), Action.LIKE, 1).to_row() for u, i in pairs]
    span = stores.log.append(generation, Kind.INTERACTIONS, rows)
    stores.state.apply(generation, Kind.INTERACTIONS, span, rows)


def test_a_new_generation_has_no_figures(stores: Stores, generation: Generation) -> None:
    figures = stores.figures

    assert (figures.totals(generation), figures.top(generation), figures.samples(generation, 5)) == ({}, [], [])
    assert (figures.coverage(generation), figures.delays(generation)) == (0.0, [])


def test_coverage_is_the_share_of_titles_that_were_listed(stores: Stores, generation: Generation) -> None:
    stores.catalogue.add(generation, [(ItemId(f"i{n}"), ()) for n in range(40)])
    stores.lists.serve(UserId("u"), 10, newest=generation)

    assert stores.figures.coverage(generation) == 0.25


def test_the_top_list_stays_as_it_was_last_kept(stores: Stores, generation: Generation) -> None:
    like(stores, generation, ("u", "a"), ("u", "b"), ("v", "b"))
    stores.figures.write_top(generation)
    like(stores, generation, ("u", "c"))

    assert stores.figures.top(generation) == [
        {"item_id": "b", "count": 2},
        {"item_id": "a", "count": 1},
    ]


def test_delays_are_kept_ordered_and_not_for_ever(stores: Stores, generation: Generation) -> None:
    stores.figures.note_delays(generation, [])
    stores.figures.note_delays(generation, [float(n) for n in range(DELAYS_KEPT, 0, -1)])
    stores.figures.note_delays(generation, [0.5])

    assert stores.figures.delays(generation) == [0.5, *map(float, range(1, DELAYS_KEPT))]


def test_samples_come_newest_first_and_are_not_kept_for_ever(stores: Stores, generation: Generation) -> None:
    for n in range(SAMPLES_KEPT + 5):
        stores.figures.keep_sample(generation, {"n": n})

    assert stores.figures.samples(generation, 2) == [{"n": SAMPLES_KEPT + 4}, {"n": SAMPLES_KEPT + 3}]
    assert len(stores.figures.samples(generation, 10**6)) == SAMPLES_KEPT

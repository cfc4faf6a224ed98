from recs.reactions import Action, Reaction
from recs.stores import Stores
from recs.stores.figures import DELAYS_KEPT, SAMPLES_KEPT
from recs.stores.log import Kind
from recs.types import Epoch, ItemId, UserId


def like(stores: Stores, epoch: Epoch, *pairs: tuple[str, str]) -> None:
    rows = [Reaction(UserId(u), ItemId(i), Action.LIKE, 1).to_row() for u, i in pairs]
    span = stores.log.append(epoch, Kind.REACTIONS, rows)
    stores.state.apply(epoch, Kind.REACTIONS, span, rows)


def test_a_new_epoch_has_no_figures(stores: Stores, epoch: Epoch) -> None:
    figures = stores.figures

    assert (figures.totals(epoch), figures.top(epoch), figures.samples(epoch, 5)) == ({}, [], [])
    assert (figures.coverage(epoch), figures.delays(epoch)) == (0.0, [])


def test_coverage_is_the_share_of_titles_that_were_listed(stores: Stores, epoch: Epoch) -> None:
    stores.catalogue.add(epoch, [(ItemId(f"i{n}"), ()) for n in range(40)])
    stores.lists.serve(UserId("u"), 10, newest=epoch)

    assert stores.figures.coverage(epoch) == 0.25


def test_the_top_list_stays_as_it_was_last_kept(stores: Stores, epoch: Epoch) -> None:
    like(stores, epoch, ("u", "a"), ("u", "b"), ("v", "b"))
    stores.figures.write_top(epoch)
    like(stores, epoch, ("u", "c"))

    assert stores.figures.top(epoch) == [
        {"item_id": "b", "count": 2},
        {"item_id": "a", "count": 1},
    ]


def test_delays_are_kept_ordered_and_not_for_ever(stores: Stores, epoch: Epoch) -> None:
    stores.figures.note_delays(epoch, [])
    stores.figures.note_delays(epoch, [float(n) for n in range(DELAYS_KEPT, 0, -1)])
    stores.figures.note_delays(epoch, [0.5])

    assert stores.figures.delays(epoch) == [0.5, *map(float, range(1, DELAYS_KEPT))]


def test_samples_come_newest_first_and_are_not_kept_for_ever(stores: Stores, epoch: Epoch) -> None:
    for n in range(SAMPLES_KEPT + 5):
        stores.figures.keep_sample(epoch, {"n": n})

    assert stores.figures.samples(epoch, 2) == [{"n": SAMPLES_KEPT + 4}, {"n": SAMPLES_KEPT + 3}]
    assert len(stores.figures.samples(epoch, 10**6)) == SAMPLES_KEPT

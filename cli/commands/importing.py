"""`kinolenta import`."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from fcntl import LOCK_EX, LOCK_NB, flock
from math import isfinite
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

import click
from tqdm import tqdm

from cli.formats.columns import Columns
from cli.formats.records import Record, Refused, Source, Unreadable
from cli.paths import Typed
from recs.types import Json

if TYPE_CHECKING:
    from cli.preparing import Prepared
    from recs.stores import Stores

REFUSED_SHOWN = 20

Command = Callable[..., None]

COLUMNS = {
    "user": "who said it",
    "item": "the id of the title",
    "rating": "the rating",
    "action": "like, dislike or watched",
    "time": "when it was said: seconds since 1970, or a date",
    "title": "the name of the title",
    "genres": "its genres, with | , or ; between",
    "year": "its year",
    "kind": "its kind: film, series",
    "countries": "the countries where it was made, with | , or ; between",
    "people": "who made it, with | , or ; between",
    "description": "what it is about",
    "link": "an address where more is told of it",
}


class Finite(click.FloatRange):
    """A number that is neither nan nor inf."""

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """Read the number, or fail."""
        number = float(super().convert(value, param, ctx))
        if not isfinite(number):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


def naming_columns(command: Command) -> Command:
    """Give a command an option for each column."""
    for name, what in reversed(COLUMNS.items()):
        option = click.option(f"--{name}", default="", metavar="COLUMN", help=f"Column of {what}.")
        command = option(command)
    return command


@click.command("import")
@click.argument("path", type=Typed(exists=True))
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option(
    "--as",
    "user_id",
    default="",
    metavar="USER",
    help="Whose opinions these are, if the file does not say.",
)
@naming_columns
@click.option(
    "--scale",
    type=Finite(min=0, min_open=True),
    help="The best rating; else that of the format, or 1, 5, 10 or 100 by the highest.",
)
@click.option(
    "--like-from",
    type=Finite(min=0),
    help="The lowest rating that is a like; else 0.8 of the scale: 4 of 5.",
)
@click.option(
    "--dislike-below",
    type=Finite(min=0),
    help="A rating below is a dislike; else 0.6 of the scale: 3 of 5.",
)
@click.option("--strict", is_flag=True, help="Import nothing if a line is refused.")
@click.option("--keep-demo", is_flag=True, help="Leave the demonstration titles in.")
def import_(
    path: Path,
    dry_run: bool,
    user_id: str,
    scale: float | None,
    like_from: float | None,
    dislike_below: float | None,
    strict: bool,
    keep_demo: bool,
    **named: str,
) -> None:
    """Import titles, ratings and what was watched from PATH: a file, a folder or a .zip.

    Formats are recognized: MovieLens (ml-latest, 10M, 1M, 100k), IMDb (title.basics.tsv, your
    exported ratings), TMDB (movies_metadata.csv, daily exports), Letterboxd and Trakt exports, what
    `kinolenta export` wrote, and any CSV or JSON lines with named columns. Columns are guessed, or
    named by --user, --item and so on.

    Ratings from --like-from on are likes, ratings below --dislike-below are dislikes. Others, and
    titles without a rating, count as watched, a weak like. Times are kept. A second import of the
    same file adds nothing; without times in it, as long as the file's own date stays the same. The
    service may run or not.

    Exit codes: 0 imported, perhaps without some lines, which are named; 1 failed, or nothing to
    import; 2 wrong use; 78 wrong settings.
    """
    from cli.preparing import Wishes, prepare
    from workers import stores as opened

    with tempfile.TemporaryDirectory(prefix="kinolenta-import-") as unpacked:
        try:
            from cli.formats.find import find

            source = find(path, Columns(**named), user_id, Path(unpacked))
            stores = opened()
            id_of = _matching(stores, source)
            wishes = Wishes(scale, like_from, dislike_below)
            undated_at = path.stat().st_mtime
            prepared = prepare(_counted(source), wishes, undated_at, time(), id_of)
        except Unreadable as error:
            raise click.ClickException(str(error)) from error
    for read_as in source.columns:
        click.echo(f"Columns of {read_as}.")
    _tell_refused(prepared.refused)
    if not prepared.titles:
        raise click.ClickException(f"{path} holds neither titles nor opinions that can be read")
    if strict and prepared.refused:
        raise click.ClickException(f"{len(prepared.refused):,} lines are refused: nothing is done")
    _tell_prepared(prepared)
    if dry_run:
        click.echo("Nothing was imported: this was a dry run.")
        return
    stores.shared_folder.check()  # not sooner: it makes the folder, a dry run must not
    with _alone(stores.settings.data_dir):
        _bring_in(prepared, stores, keep_demo)


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """Lock a folder against other imports: two of one file would write it twice."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "import.lock").open("w") as file:
        try:
            flock(file, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            raise click.ClickException(
                f"another import into {data_dir} is under way: try again when it has ended"
            ) from None
        yield


def _matching(stores: "Stores", source: Source) -> Callable[[str, Json], str]:
    """Return a function that finds an item of the source in the catalogue."""
    from cli.matching import Matching

    generation = stores.generations.on_disk()
    if not (source.by_name and generation):
        return lambda item, told: item
    return Matching(stores.catalogues.of(generation)).id_of


def _counted(source: Source) -> Source:
    """Show how much of a source has been read."""

    def read() -> Iterator[Record]:
        yield from tqdm(
            source.read(), f"reading {source.name}", unit="line", unit_scale=True, disable=None
        )

    return replace(source, read=read)


def _tell_refused(refused: Sequence[Refused]) -> None:
    for each in refused[:REFUSED_SHOWN]:
        click.echo(f"refused: {each}", err=True)
    if len(refused) > REFUSED_SHOWN:
        click.echo(f"refused: {len(refused) - REFUSED_SHOWN:,} lines more", err=True)


def _tell_prepared(prepared: "Prepared") -> None:
    from recs.interactions import Action

    click.echo(
        f"{prepared.name}: {len(prepared.titles):,} titles, {len(prepared.users):,} users, "
        f"{len(prepared.interactions):,} interactions ("
        f"{prepared.count(Action.LIKE):,} likes, {prepared.count(Action.DISLIKE):,} dislikes, "
        f"{prepared.count(Action.WATCHED):,} watched), {len(prepared.refused):,} lines refused."
    )
    if prepared.merged:
        click.echo(f"Said more than once, of which one counts: {prepared.merged:,}.")
    if prepared.undated:
        click.echo(f"Without a time, so that of the file counts: {prepared.undated:,}.")


def _bring_in(prepared: "Prepared", stores: "Stores", keep_demo: bool) -> None:
    from cli.importer import bring_in, generation_for_import

    generation = generation_for_import(stores)
    total = 2 * len(prepared.interactions) + len(prepared.titles)
    with tqdm(desc="writing", total=total, unit="row", unit_scale=True, disable=None) as bar:
        imported = bring_in(prepared, stores, generation, keep_demo, bar.update)
    click.echo(
        f"Imported into generation {generation}: {imported.interactions:,} interactions, "
        f"{imported.told:,} new titles."
    )
    if imported.known_before:
        click.echo(f"In the log already, and not written again: {imported.known_before:,}.")
    if imported.erased:
        click.echo(f"Of users who were erased later, and left out: {imported.erased:,}.")
    if imported.demo:
        click.echo(f"Demonstration titles that have made room: {imported.demo:,}.")
    if imported.in_redis:
        click.echo("First lists come within seconds, those of models within a minute or two.")
    else:
        click.echo(
            "Redis does not answer. It is all on disk: the service takes it in when it starts."
        )

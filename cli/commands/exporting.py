"""`kinolenta export`."""

from pathlib import Path

import click
from tqdm import tqdm

from cli.paths import Typed


@click.command()
@click.argument("folder", type=Typed(file_okay=False))
@click.option(
    "--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True
)
@click.option("--force", is_flag=True, help="Write over files of an earlier export.")
def export(folder: Path, form: str, force: bool) -> None:
    """Write all titles and interactions into FOLDER: items.csv and interactions.csv.

    `kinolenta import FOLDER` reads them again. No server is needed: everything is on disk. Only the
    interaction that counts of each user and title is written, and none that was undone.
    """
    from cli.exporter import export as write
    from workers import stores

    generation = stores().generations.on_disk()
    if generation is None:
        raise click.ClickException("there is nothing yet: no generation has begun")
    names = [folder / f"{name}.{form}" for name in ("items", "interactions")]
    if not force and (there := [path.name for path in names if path.exists()]):
        raise click.ClickException(f"{folder} has {' and '.join(there)} already: --force replaces")
    with tqdm(desc="writing", unit="row", unit_scale=True, disable=None) as bar:
        items, interactions = write(stores(), generation, folder, form, bar.update)
    click.echo(f"{folder}: {items:,} titles, {interactions:,} interactions of {generation}.")

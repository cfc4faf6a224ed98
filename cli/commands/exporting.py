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

    `kinolenta import FOLDER` reads them again. It needs no server: what was said is on disk. What
    was undone is left out, and of each user and title the one interaction that counts.
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
        items, interactions = write(
            stores(), generation, folder, form, lambda _, count: bar.update(count)
        )
    click.echo(f"{folder}: {items:,} titles, {interactions:,} interactions of {generation}.")

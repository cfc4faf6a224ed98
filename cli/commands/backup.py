"""`kinolenta backup` and `kinolenta restore`."""

from pathlib import Path
from time import localtime, sleep, strftime

import click
from redis.exceptions import RedisError
from tqdm import tqdm

from cli.paths import Typed
from recs.types import Generation


@click.command()
@click.argument("path", type=Typed(dir_okay=False))
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def backup(path: Path, force: bool) -> None:
    """Save everything that the current generation knows into the file PATH (.tar.gz).

    The service may run meanwhile. Redis is not saved: it is made again from what is on disk.
    """
    from cli.archive import back_up
    from workers import settings, stores

    if not path.parent.is_dir():
        raise click.ClickException(f"there is no folder {path.parent}")
    if path.exists() and not force:
        raise click.ClickException(f"{path} is there already: --force replaces it")
    generation = stores().generations.on_disk()
    if generation is None:
        raise click.ClickException("there is nothing yet: no generation has begun")
    with tqdm(desc="saving", unit="B", unit_scale=True, disable=None) as bar:
        count = back_up(settings().data_dir, generation, path, bar.update)
    size = path.stat().st_size
    click.echo(f"{path}: generation {generation}, {count} files, {size:,} bytes.")


@click.command()
@click.argument("path", type=Typed(exists=True, dir_okay=False))
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore(path: Path, yes: bool) -> None:
    """Replace all data of the service with the backup PATH, as a new generation.

    The service may run; it turns to the new generation at once. What it had before is gone, as
    after /cleanup. Lists are ranked again from the same data.
    """
    from cli.archive import NoBackup, read_manifest
    from cli.archive import restore as unpack
    from workers import settings, stores

    try:
        manifest = read_manifest(path)
        when = strftime("%Y-%m-%d %H:%M:%S", localtime(manifest.created))
        if not yes:
            click.confirm(
                f"Replace everything with the backup of {when} (generation {manifest.generation})?",
                abort=True,
            )
        opened = stores()
        opened.shared_folder.check()
        generation = opened.generations.next()
        with tqdm(desc="restoring", unit="B", unit_scale=True, disable=None) as bar:
            data_dir, erased_at = settings().data_dir, opened.erasures.erased_at
            count = unpack(path, data_dir, generation, bar.update, erased_at)
    except NoBackup as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Generation {generation} has the {count} files of the backup of {when}.")
    _tell_redis(generation)


def _tell_redis(generation: Generation) -> None:
    """Make the generation current in Redis, and load it there."""
    from cli.ranking import rank_everybody
    from recs.stores.replay import RESTED_SECONDS
    from workers import stores

    try:
        stores().generations.restore()
        sleep(RESTED_SECONDS)
        rows = stores().replay.reconcile(generation)
        users = rank_everybody(stores(), generation)
    except RedisError:
        click.echo("Redis does not answer. The service takes it in when it starts.")
        return
    click.echo(f"Redis has {rows:,} rows of it; {users:,} users wait to be ranked.")

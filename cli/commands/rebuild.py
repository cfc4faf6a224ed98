"""`kinolenta rebuild`."""

import click


@click.command()
def rebuild() -> None:
    """Fill Redis again from what is on disk: the log and the catalogue.

    The service may run meanwhile. A Redis that has lost data catches up by itself; this is for a
    Redis that has wrong data. Lists are ranked again.
    """
    from cli.ranking import rank_everybody
    from workers import stores
    from workers.rebuild import rebuild as anew

    opened = stores()
    opened.redis.ping()  # before anything is changed
    if opened.generations.on_disk() is None:
        raise click.ClickException("there is nothing on disk: no generation has begun")
    opened.shared_folder.check()
    for kind, count in anew(opened).items():
        click.echo(f"{kind}: {count:,} rows")
    users = rank_everybody(opened, opened.generations.current())
    click.echo(f"{users:,} users wait to be ranked")

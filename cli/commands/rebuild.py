"""`kinolenta rebuild`."""

import click


@click.command()
def rebuild() -> None:
    """Make Redis anew from what is on disk: from the log and the catalogue.

    The service may run meanwhile. Redis catches up by itself when it has lost something; this is
    for one that has something wrong. Lists are ranked anew.
    """
    from cli.ranking import rank_everybody
    from workers import stores
    from workers.rebuild import rebuild as anew

    opened = stores()
    opened.redis.ping()  # without it nothing is done, and nothing left
    if opened.generations.on_disk() is None:
        raise click.ClickException("there is nothing on disk: no generation has begun")
    opened.shared_folder.check()
    for kind, count in anew(opened).items():
        click.echo(f"{kind}: {count:,} rows")
    users = rank_everybody(opened, opened.generations.current())
    click.echo(f"{users:,} users wait to be ranked")

"""`kinolenta models`."""

import click


@click.group()
def models() -> None:
    """Look at the versions of the model, and go back to an earlier one."""


@models.command("list")
def list_() -> None:
    """List the versions that are kept, newest first."""
    from cli.versions import list_versions
    from workers import stores

    click.echo(list_versions(stores()))


@models.command()
@click.argument("version", type=int, required=False)
def show(version: int | None) -> None:
    """Show all that is known of VERSION, or of the current version."""
    from cli.versions import show as told
    from workers import stores

    click.echo(told(stores(), version))


@models.command()
@click.argument("version", type=int, required=False)
def rollback(version: int | None) -> None:
    """Rank with VERSION or the previous version again, until a training does better."""
    from cli.versions import roll_back
    from workers import stores, vectors

    click.echo(roll_back(stores(), vectors(), version))

"""`kinolenta models`."""

from collections.abc import Callable

import click


@click.group()
def models() -> None:
    """Look at the versions of the model, and go back to an earlier one."""


@models.command("list")
def list_() -> None:
    """List the versions that are kept, newest first."""
    from workers import stores
    from workers.models import list_versions

    click.echo(list_versions(stores()))


@models.command()
@click.argument("version", type=int, required=False)
def show(version: int | None) -> None:
    """Show all that is known of VERSION, or of the current version."""
    from workers import stores
    from workers.models import show as told

    _echo(lambda: told(stores(), version))


@models.command()
@click.argument("version", type=int, required=False)
def rollback(version: int | None) -> None:
    """Rank with VERSION or the previous version again, until a training does better."""
    from workers import stores, vectors
    from workers.models import roll_back

    _echo(lambda: roll_back(stores(), vectors(), version))


def _echo(do: Callable[[], str]) -> None:
    from workers.models import Refused

    try:
        click.echo(do())
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal

"""`kinolenta models`: what workers/models.py does by hand."""

import click


@click.group()
def models() -> None:
    """Look at the versions of the model, and go back to an earlier one."""


@models.command("list")
def list_() -> None:
    """List the versions that are kept, the newest first."""
    _do("list")


@models.command()
@click.argument("version", type=int, required=False)
def show(version: int | None) -> None:
    """Tell all that is known of VERSION, or of the current one."""
    _do("show", version)


@models.command()
@click.argument("version", type=int, required=False)
def rollback(version: int | None) -> None:
    """Rank with VERSION again, or with the one before, until a training does better."""
    _do("rollback", version)


def _do(command: str, version: int | None = None) -> None:
    from workers import settings, stores, vectors
    from workers.models import Refused, main

    arguments = [command] if version is None else [command, str(version)]
    try:
        click.echo(main(arguments, stores(), vectors(), settings()))
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal

"""`kinolenta doctor`."""

import os
from contextlib import suppress

import click

from cli.paths import ROOT

MARKS = {"ok": ("ok   ", "green"), "note": ("note ", "yellow"), "wrong": ("WRONG", "red")}


@click.command()
@click.option("--quiet", is_flag=True, help="Print only what is not as it should be.")
def doctor(quiet: bool) -> None:
    """Check settings, servers, ports, disk and clock, and say how to mend what is wrong.

    It checks the servers of the settings, or those of `make run` while that runs. It changes
    nothing. Exit codes: 0 nothing is wrong, 1 something is.
    """
    from cli.doctor.examination import examine
    from cli.doctor.findings import Level
    from launch.within import environment, servers_of_run
    from recs.errors import SettingError
    from recs.settings import Settings

    try:
        environ, warnings = environment()
    except SettingError as error:
        said = f"{error}\n      cure: mend that line of {ROOT / '.env'}"
        raise click.ClickException(said) from error
    with suppress(SettingError):  # the examination reports it
        environ |= servers_of_run(Settings.from_env(environ).data_dir)
    os.environ.update(environ)
    count = 0
    for each in examine(environ, warnings, ROOT):
        count += each.level == Level.WRONG
        if not quiet or each.level != Level.FINE:
            text, colour = MARKS[each.level]
            click.echo(f"{click.style(text, fg=colour)} {each.subject}: {each.said}")
            if each.cure:
                click.echo(f"      cure: {each.cure}")
    if count:
        raise click.exceptions.Exit(1)

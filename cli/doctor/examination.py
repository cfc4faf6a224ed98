"""All checks of the doctor, one after the other. None of them stops the others."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from cli.doctor.findings import Finding, Level, fine, note, wrong
from recs.errors import SettingError
from recs.settings import Settings


def examine(environ: Mapping[str, str], warnings: list[str], folder: Path) -> Iterator[Finding]:
    """Check everything that these variables name, and change nothing.

    warnings: of .env, which is in `folder`.
    """
    for each in warnings:
        yield note(".env", each, f"mend this line of {folder / '.env'}")
    try:
        settings = Settings.from_env(environ)
    except SettingError as error:
        yield wrong(error.variable, str(error))
        return
    yield fine("settings", "all can be read")
    from cli.doctor import machine, servers  # they import Celery's settings, which must be right

    yield from machine.look_at_folder(settings)
    yield from machine.look_at_ports(settings)
    yield from machine.look_at_access(settings)
    yield from machine.look_at_limits()
    yield from servers.look_at_broker(settings)
    of_redis = list(servers.look_at_redis(settings))
    yield from of_redis
    if not any(each.level == Level.WRONG for each in of_redis):
        yield from machine.look_at_clock(settings)
    yield from servers.look_at_qdrant(settings)

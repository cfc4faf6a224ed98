"""Checks of this machine: folder, disk, ports, clock, limits."""

import os
import resource
from collections.abc import Iterator
from contextlib import suppress
from time import time
from typing import cast

import psutil
from redis.exceptions import RedisError

from app.probes import of_disk
from app.readiness import OK
from cli.doctor.findings import Finding, fine, note, wrong
from launch.endpoints import answers, check_ports, endpoints
from recs.errors import SettingError
from recs.settings import Settings, is_this_machine
from recs.stores import connection, keys
from recs.stores.generations import Generations

CLOCKS_APART_SECONDS = 5.0
FILES_LEAST = 1_024


def look_at_folder(settings: Settings) -> Iterator[Finding]:
    """Check that DATA_DIR, or the folder where it will be made, can be written to and has room."""
    data_dir = settings.data_dir.resolve()
    folder = next(each for each in (data_dir, *data_dir.parents) if each.exists())
    try:
        probe = folder / f".doctor-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        yield wrong("DATA_DIR", f"{data_dir} cannot be written to: {error.strerror}")
        return
    yield fine("DATA_DIR", str(data_dir))
    for state in of_disk(folder, settings.disk_spare_bytes)().values():
        if state == OK:
            yield fine("disk", "there is room")
        else:
            cure = "make room there, or move DATA_DIR to another disk"
            yield wrong("disk", state.text, cure)


def look_at_ports(settings: Settings) -> Iterator[Finding]:
    """Check that the ports are free, or used by our own processes."""
    urls, owners = endpoints(settings), _owners()
    ports = {name: int(url.rpartition(":")[2]) for name, url in urls.items()}
    for name, port in ports.items():
        if owners.get(port, settings.namespace) != settings.namespace:
            said = f"the service with NAMESPACE={owners[port]} has port {port} of the {name}"
            yield wrong("NAMESPACE", said, "give this one other ports, or stop that one")
            return
    silent = [name for name, url in urls.items() if not answers(url)]
    slow = [name for name in silent if ports[name] in owners]
    taken = [port for name, port in ports.items() if name not in silent or name in slow]
    try:
        check_ports(settings, besides=taken)
    except SettingError as error:
        yield wrong(error.variable, str(error))
        return
    if not taken:
        yield fine("ports", "they are free: the service does not run")
    elif not silent:
        yield fine("ports", "the service runs")
    else:
        said = f"no answer within a second from: {', '.join(silent)}"
        yield note("ports", said, "they start or are busy: wait, and look again; then see the log")


def _owners() -> dict[int, str]:
    """Return port -> NAMESPACE of the service that has it, where this user may know."""
    found = {}
    with suppress(psutil.Error):
        for each in psutil.net_connections("tcp"):
            if each.status == psutil.CONN_LISTEN and each.laddr and each.pid:
                with suppress(psutil.Error):
                    environ = psutil.Process(each.pid).environ()
                    if "HONCHO_PROCESS_NAME" in environ:
                        found[each.laddr.port] = environ.get("NAMESPACE") or Settings.namespace
    return found


def look_at_access(settings: Settings) -> Iterator[Finding]:
    """Check whether anybody may write."""
    if not is_this_machine(settings.host) and not settings.api_token:
        said = f"HOST={settings.host}: everybody who reaches it may write"
        yield note("API_TOKEN", said, "set API_TOKEN, unless everybody may write")


def look_at_clock(settings: Settings) -> Iterator[Finding]:
    """Compare this machine's clock with that of Redis, and with what is on disk."""
    try:
        with connection.short_timeout(settings.redis_url, 2.0) as client:
            seconds, microseconds = cast(tuple[int, int], client.time())
            apart = time() - (seconds + microseconds / 1e6)
            newest = Generations(client, settings.namespace, settings.data_dir).on_disk() or 0
            stamps = keys.latest_stamp(settings.namespace)
            stamp = float(cast(bytes | None, client.get(stamps)) or 0) / 1e6
    except (RedisError, OSError, ValueError):
        return  # another check reports it
    cure = "set both clocks by NTP: timedatectl set-ntp true"
    if abs(apart) > CLOCKS_APART_SECONDS:
        yield wrong("clock", f"this machine is {apart:+.0f} s off the Redis server", cure)
    elif newest / 1_000 > time() + CLOCKS_APART_SECONDS:
        said = "the newest generation began in the future: a clock was ahead"
        yield note("clock", said, f"{cure}; then /cleanup, or wait for that time")
    elif stamp > time() + CLOCKS_APART_SECONDS:
        said = "interactions without a date get a time in the future: the clock of Redis was ahead"
        yield note("clock", said, f"{cure}; redis-cli DEL {stamps}; then /cleanup")
    else:
        yield fine("clock", f"as that of Redis ({apart:+.1f} s)")


def look_at_limits() -> Iterator[Finding]:
    """Check how many files a process may have open."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files < FILES_LEAST:
        cure = f"ulimit -n {FILES_LEAST}, or LimitNOFILE in launch/kinolenta.service"
        yield wrong("files", f"a process may have only {files} files and connections open", cure)
    else:
        yield fine("files", f"a process may have {files:,} open")

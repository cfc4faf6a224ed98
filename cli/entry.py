"""`kinolenta`: its commands, and one sentence for each error."""

import os
import sys

import click
from redis.exceptions import RedisError

from cli.commands.backup import backup, restore
from cli.commands.doctor import doctor
from cli.commands.evaluate import evaluate
from cli.commands.exporting import export
from cli.commands.importing import import_
from cli.commands.models import models
from cli.commands.rebuild import rebuild
from cli.paths import ROOT
from launch.within import service_environment
from recs.errors import KinolentaError, SettingError
from recs.stores.trouble import advice_on
from recs.version import VERSION

COMMANDS = (import_, export, backup, restore, rebuild, models, doctor, evaluate)


class Entry(click.Group):
    """A group whose commands end errors with a sentence and an exit code, without a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command. Exit codes: 0 done, 1 failed, 2 wrong use, 78 wrong settings."""
        try:
            return super().invoke(ctx)
        except SettingError as error:
            raise _WrongSettings(f"This cannot run: {error}") from error
        except RedisError as error:
            raise click.ClickException(
                f"Redis cannot be used: {advice_on(error)} ({type(error).__name__}). In trial mode "
                "it is there only while `make run` runs; else: make services. Its address is "
                "REDIS_URL. `kinolenta doctor` looks at everything."
            ) from error
        except BrokenPipeError:  # of `kinolenta doctor | head`: Click ends it quietly
            raise
        except OSError as error:
            raise click.ClickException(_sentence_of(error)) from error
        except KinolentaError as error:
            raise click.ClickException(f"{type(error).__name__}: {error}") from error


def _sentence_of(error: OSError) -> str:
    """Return the system's message and the file, without the error number."""
    if not error.strerror:
        return f"{type(error).__name__}: {error}"
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror


class _WrongSettings(click.ClickException):
    exit_code = os.EX_CONFIG


@click.group(cls=Entry, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION)
@click.pass_context
def kinolenta(context: click.Context) -> None:
    """Bring data into Kinolenta and take it out again, and look after it.

    Settings come from `.env` and the environment. While `make run` runs, its servers are used.
    """
    os.chdir(ROOT)
    if context.invoked_subcommand != "doctor":  # it looks at wrong settings, too
        os.environ.update(service_environment())


for each in COMMANDS:
    kinolenta.add_command(each)


def main() -> None:
    """Run `kinolenta` from a shell."""
    try:
        kinolenta(prog_name="kinolenta")
    except BrokenPipeError:  # of `kinolenta export | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

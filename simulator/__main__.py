"""`python -m simulator`: `grade` and `bench` use HTTP, `lab` and `what-if` run in process."""

import argparse
import sys

from recs.settings import Settings

try:
    from simulator import bench, grade
    from simulator.datasets import DatasetUnusable
except ModuleNotFoundError as missing:
    sys.exit(
        f"The simulator needs {missing.name}, which the service does not need. `make grade` "
        "installs it; so does `.venv/bin/python -m pip install -r requirements-simulator.txt`."
    )


def main(argv: list[str]) -> int:
    """Run a subcommand. Returns the exit code."""
    try:
        return _run(argv)
    except DatasetUnusable as error:
        print(error, file=sys.stderr)
        return grade.NOT_READY


def _run(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    settings = Settings.from_env()
    for name, command in (("grade", grade), ("bench", bench)):
        subparser = commands.add_parser(name, help=command.__doc__)
        command.add_arguments(subparser, settings)
        subparser.set_defaults(run=command.run)
    commands.add_parser("lab", help="compares policies in process", add_help=False)
    commands.add_parser("what-if", help="compares settings in one game", add_help=False)
    arguments, rest = parser.parse_known_args(argv)
    if arguments.command == "lab":
        from simulator.lab import main as lab  # the ranking code and LightFM load slowly

        return lab(rest)
    if arguments.command == "what-if":
        from simulator.whatif import main as what_if

        return what_if(rest)
    return int(parser.parse_args(argv).run(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

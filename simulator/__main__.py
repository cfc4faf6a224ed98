"""`python -m simulator grade` plays over HTTP, `python -m simulator lab` in process."""

import argparse
import sys

from recs.settings import Settings
from simulator import grade


def main(argv: list[str]) -> int:
    """Run a subcommand. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    grade.add_arguments(commands.add_parser("grade", help=grade.__doc__), Settings.from_env())
    commands.add_parser("lab", help="compare policies in process", add_help=False)
    arguments, rest = parser.parse_known_args(argv)
    if arguments.command == "lab":
        from simulator.lab import main as lab  # the ranking code and LightFM load slowly

        return lab(rest)
    return grade.run(parser.parse_args(argv))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

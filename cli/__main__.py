"""`python -m cli`, which `kinolenta` runs."""

import sys

if __name__ == "__main__":
    try:
        from cli.entry import main

        main()
    except KeyboardInterrupt:  # before Click runs, or after it
        sys.exit("Aborted!")

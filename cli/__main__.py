"""`python -m cli`, which `kinolenta` runs."""

import sys

if __name__ == "__main__":
    try:
        from cli.entry import main

        main()
    except KeyboardInterrupt:  # Click is not there yet, or not any more
        sys.exit("Aborted!")

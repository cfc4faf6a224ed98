"""`python -m cli`, which `kinolenta` runs."""

from cli.entry import main

if __name__ == "__main__":
    main()

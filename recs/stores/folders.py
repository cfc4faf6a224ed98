"""Where the files of each generation are."""

from pathlib import Path

from recs.types import Generation


def generations(data_dir: Path) -> Path:
    """Return the folder that has a folder for each generation."""
    return data_dir / "generations"


def of_generation(data_dir: Path, generation: Generation) -> Path:
    """Return the folder of a generation's files."""
    return generations(data_dir) / str(generation)

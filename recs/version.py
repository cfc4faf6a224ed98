"""The version of the service: here, and nowhere else."""

VERSION = "0.4.0"
"""By semver.org; CHANGELOG.md says what it brought."""

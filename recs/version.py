"""The version of the service. It is defined only here."""

VERSION = "0.4.0"
"""Follows semver.org; CHANGELOG.md describes the changes."""

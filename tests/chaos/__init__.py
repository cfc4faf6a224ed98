"""Breaks real processes under a steady load, and counts what is lost: `make chaos`."""

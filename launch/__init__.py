"""Starts the service, keeps it running and stops it. Knows processes, not what they do."""

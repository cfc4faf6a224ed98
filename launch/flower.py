"""Flower's settings. The password is not on the command line, where `ps` would show it."""

from recs.settings import Settings

settings = Settings.from_env()

address = settings.flower_host
port = settings.flower_port
enable_events = False  # workers send them anyhow (-E); Flower would ask them every 5 s
basic_auth = []
if settings.flower_password:
    basic_auth.append(f"{settings.flower_user}:{settings.flower_password}")

"""Flower's settings. The password is not on the command line, where `ps` would show it."""

from recs.settings import Settings

settings = Settings.from_env()

address = settings.flower_host
port = settings.flower_port
basic_auth = []
if settings.flower_password:
    basic_auth.append(f"{settings.flower_user}:{settings.flower_password}")

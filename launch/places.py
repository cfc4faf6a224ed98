"""The old name of `endpoints`. To be deleted when no test imports it any more."""

from launch.endpoints import answers, free_port

__all__ = ["answers", "free_port"]

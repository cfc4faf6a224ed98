"""What can go wrong, as one tree.

KinolentaError
├── SettingError           a variable of the environment is wrong: the process must not start
│   └── ServerRefused      the server that it names answers, and cannot be used
├── ArraysUnreadable       a file of arrays is damaged: an older one must do
├── BadInteraction         an interaction, or a message that should be one, cannot be understood
├── BrokerUnavailable      the broker did not confirm in time: nothing was promised
├── ModelUnreadable        a model's file is missing or damaged: train without it
├── StoreUnavailable       Redis, the disk or another server cannot do what was asked now
└── TooManyGenres          a catalogue would have more distinct genres than it may
"""

from pathlib import Path


class KinolentaError(Exception):
    """Anything that this service raises by itself."""


class SettingError(KinolentaError):
    """A setting that cannot be used."""

    def __init__(self, variable: str, value: str, allowed: str) -> None:
        super().__init__(f"{variable}={value!r} cannot be used: it must be {allowed}")
        self.variable = variable


class ServerRefused(SettingError):
    """A server that answers, and cannot be used as it is. `url` is shown, so without password."""

    def __init__(self, variable: str, url: str, reason: str) -> None:
        KinolentaError.__init__(self, f"{variable}={url!r} cannot be used: {reason}")
        self.variable = variable


class ArraysUnreadable(KinolentaError):
    """A file of arrays that cannot be read."""

    def __init__(self, path: Path, cause: Exception) -> None:
        super().__init__(f"{path} cannot be read: {cause}")


class BadInteraction(KinolentaError):
    """A row or a message that is no interaction; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BrokerUnavailable(KinolentaError):
    """The broker is gone or slow. The caller should try again after `retry_after_seconds`."""

    retry_after_seconds = 1


class ModelUnreadable(KinolentaError):
    """A version whose model cannot be loaded."""

    def __init__(self, number: int, cause: Exception) -> None:
        super().__init__(f"model version {number} cannot be read: {cause}")


class StoreUnavailable(KinolentaError):
    """A store cannot do what was asked now. The caller should try again."""

    retry_after_seconds = 1

    def __init__(self, store: str, cause: Exception) -> None:
        said = cause.strerror if isinstance(cause, OSError) else None
        super().__init__(f"{store} cannot serve now: {said or type(cause).__name__}")
        self.store = store


class TooManyGenres(KinolentaError):
    """Items that would bring more genres than a catalogue may have. None of them was added."""

    def __init__(self, count: int, most: int) -> None:
        super().__init__(
            f"there would be {count:,} distinct genres; a catalogue has {most:,} at most"
        )

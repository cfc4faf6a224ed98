"""The errors of this service, as one tree.

KinolentaError
├── SettingError           an environment variable is wrong: the process must not start
│   └── ServerRefused      the server named by a variable answers, but cannot be used
├── ArraysUnreadable       a file of arrays is damaged: use an older one
├── BadInteraction         an interaction, or a message that should be one, is invalid
├── BrokerUnavailable      the broker did not confirm in time: nothing was accepted
├── ModelUnreadable        a model's file is missing or damaged: train without it
├── StoreUnavailable       Redis, the disk or another server cannot do this now
└── TooManyGenres          a catalogue would have more distinct genres than allowed
"""

from pathlib import Path


class KinolentaError(Exception):
    """The base class of all errors of this service."""


class SettingError(KinolentaError):
    """A setting that cannot be used."""

    def __init__(self, variable: str, value: str, allowed: str) -> None:
        super().__init__(f"{variable}={value!r} cannot be used: it must be {allowed}")
        self.variable = variable


class ServerRefused(SettingError):
    """A server that answers but cannot be used. `url` is shown: it must not contain a password."""

    def __init__(self, variable: str, url: str, reason: str) -> None:
        KinolentaError.__init__(self, f"{variable}={url!r} cannot be used: {reason}")
        self.variable = variable


class ArraysUnreadable(KinolentaError):
    """A file of arrays that cannot be read."""

    def __init__(self, path: Path, cause: Exception) -> None:
        super().__init__(f"{path} cannot be read: {cause}")


class BadInteraction(KinolentaError):
    """A row or a message that is not a valid interaction; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BrokerUnavailable(KinolentaError):
    """The broker is down or slow. The caller should try again after `retry_after_seconds`."""

    retry_after_seconds = 1


class ModelUnreadable(KinolentaError):
    """A version whose model cannot be loaded."""

    def __init__(self, number: int, cause: Exception) -> None:
        super().__init__(f"model version {number} cannot be read: {cause}")


class StoreUnavailable(KinolentaError):
    """A store cannot do this now. The caller should try again."""

    retry_after_seconds = 1

    def __init__(self, store: str, cause: Exception) -> None:
        said = cause.strerror if isinstance(cause, OSError) else None
        super().__init__(f"{store} cannot serve now: {said or type(cause).__name__}")


class TooManyGenres(KinolentaError):
    """The new items would bring more genres than a catalogue may have. No item was added."""

    def __init__(self, count: int, most: int) -> None:
        super().__init__(
            f"the catalogue would have {count:,} distinct genres; at most {most:,} are allowed"
        )

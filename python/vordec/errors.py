# SPDX-License-Identifier: MIT
"""What goes wrong, as exceptions: one class per status of the C library."""

from __future__ import annotations


class Error(Exception):
    """A call that failed.

    status: the C library's name for the failure ("refused", "input" ..). reason: why something was refused
    ("software-device", "no-loader" ..); None if there is nothing to add. remedy: what can be done about the reason; may
    be empty.
    """

    status = "failed"

    def __init__(self, message: str, reason: str | None = None, remedy: str = "", status: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.remedy = remedy
        if status is not None:
            self.status = status


class UsageError(Error, ValueError):
    """A call that the interface forbids."""

    status = "usage"


class ConfigError(Error, ValueError):
    """A configuration key or value."""

    status = "config"


class InputError(Error, ValueError):
    """A state, a field or a file that is malformed."""

    status = "input"


class FileError(Error):
    """Reading or writing a file failed."""

    status = "io"


class Refused(Error):
    """Policy forbids what would have to be done."""

    status = "refused"


class Unsupported(Error):
    """This backend or device cannot do it; another may."""

    status = "unsupported"


class NoMemory(Error, MemoryError):
    """Out of host or device memory."""

    status = "no-memory"


class DeviceLost(Error):
    """The device is gone: close the decoder and make a new one."""

    status = "device-lost"


class Timeout(Error):
    """The device did not finish in time: close the decoder and make a new one."""

    status = "timeout"


class Busy(Error):
    """The object is in use by another thread."""

    status = "busy"


CLASSES: dict[str, type[Error]] = {
    cls.status: cls
    for cls in (UsageError, ConfigError, InputError, FileError, Refused, Unsupported, NoMemory, DeviceLost, Timeout,
                Busy)
}
"""The classes by the name of the status; a status that is not here is a plain Error."""

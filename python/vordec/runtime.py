"""A configuration, and the plugins that it leads to."""

from __future__ import annotations

import ctypes as c
import logging
from dataclasses import dataclass
from typing import Any, Optional

from . import _library as lib
from . import _structs as s
from .config import Config, ConfigSource
from .errors import ConfigError, Error, InputError
from .state import State

_log = logging.getLogger("vordec")
_LEVELS = {s.LOG_ERROR: logging.ERROR, s.LOG_WARNING: logging.WARNING, s.LOG_INFO: logging.INFO,
           s.LOG_DEBUG: logging.DEBUG}


def _write(_context: int, level: int, message: bytes) -> None:
    """What plugins and the core say goes to the logger "vordec", from whatever thread."""
    _log.log(_LEVELS.get(level, logging.ERROR), "%s", message.decode(errors="replace"))


_forward = s.LogFn(_write)


@dataclass(frozen=True)
class Device:
    """What a backend decodes on."""

    index: int
    type: str
    """host, software, integrated, discrete, virtual or other"""
    name: str
    driver: str
    api: str
    uuid: str
    fp32: bool
    fp64: bool
    timestamps: bool
    memory_bytes: int
    """0: unknown"""

    @classmethod
    def _from(cls, device: s.Device) -> Device:
        kind = lib.load().vordec_device_type_name(device.type).decode()
        return cls(device.index, kind, device.name.decode(errors="replace"), device.driver.decode(errors="replace"),
                   device.api.decode(errors="replace"), bytes(device.uuid).hex(),
                   bool(device.capabilities & s.CAP_FP32), bool(device.capabilities & s.CAP_FP64),
                   bool(device.capabilities & s.CAP_TIMESTAMPS), device.memory_bytes)


@dataclass(frozen=True)
class Candidate:
    """A device that a backend reports, or a backend without one."""

    backend: str
    description: str
    device: Optional[Device]
    refusal: Optional[Error]
    """what stands against using it under the configuration; None: nothing"""

    @property
    def usable(self) -> bool:
        return self.refusal is None


class Runtime(lib.Owner):
    """Where decoders and rollouts come from. One that is shared lets a rollout and a decoder share a device.

    config: a path to an INI file, a dict of dicts, a Config, or None for the defaults. state: its settings (tau, the
    smoothing width) hold where the configuration says nothing. Any number of threads may use a runtime.
    """

    def __init__(self, config: ConfigSource = None, state: State | None = None) -> None:
        given = isinstance(config, Config)
        self.config = config if isinstance(config, Config) else Config(config)
        try:
            if state is not None:
                self._take_settings(state)
            pointer = lib.create("runtime", self.config.pointer, _forward, None)
        except Exception:
            if not given:
                self.config.close()
            raise
        self._handle = lib.Handle(pointer, "runtime", keep=_forward)

    def _take_settings(self, state: State) -> None:
        for (section, key), value in state.settings.items():
            try:
                self.config._set(section, key, value, s.FROM_STATE, f"{state.source}: {key}")
            except ConfigError as problem:
                raise InputError(str(problem)) from problem

    @property
    def plugin_folder(self) -> str:
        return str(lib.load().vordec_runtime_plugin_folder(self.pointer).decode())

    def devices(self) -> list[Candidate]:
        """Loads every plugin in the folder and lists its devices, in the order in which `auto` looks at them."""
        found: list[Candidate] = []

        def visit(_context: int, backend: bytes, description: bytes, device: Any, refusal: Any) -> None:
            against = refusal.contents
            found.append(Candidate(backend.decode(), description.decode(errors="replace"),
                                   Device._from(device.contents) if device else None,
                                   lib.failure(against) if against.status else None))

        lib.call("runtime_visit_devices", self.pointer, s.DeviceVisitor(visit), None)
        return found


def devices(config: ConfigSource = None) -> list[Candidate]:
    """What could decode here, and what stands against it: as 'vordec devices'."""
    with Runtime(config) as runtime:
        return list(runtime.devices())

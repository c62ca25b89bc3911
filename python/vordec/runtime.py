# SPDX-License-Identifier: MIT
"""A configuration, and the plugins that it leads to."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Optional

from . import _library as lib
from . import _structs as s
from .config import BUILT_IN, Config, ConfigSource
from .errors import ConfigError, Error, InputError, UsageError
from .state import State

_log = logging.getLogger("vordec")
_LEVELS = {s.LOG_ERROR: logging.ERROR, s.LOG_WARNING: logging.WARNING, s.LOG_INFO: logging.INFO,
           s.LOG_DEBUG: logging.DEBUG}


def _write(_context: int, level: int, message: bytes) -> None:
    """Sends what plugins and the core say to the logger "vordec", from whatever thread."""
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

    def _named(self) -> str:
        """Returns its name. For a software device it begins with what this really is: the CPU, and no graphics card."""
        return f"{self.name} ({self.type})" if self.type != "software" else f"the CPU, as {self.name} (software)"

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
    """why it cannot be used under the configuration; None: it can"""

    @property
    def usable(self) -> bool:
        return self.refusal is None


def _same(there: Any, value: Any) -> bool:
    """Says whether a configuration's value is what a state's setting says."""
    try:
        return float(there) == float(value)
    except ValueError:
        return str(there) == str(value)


class Runtime(lib.Owner):
    """Where decoders and rollouts come from. If they have the same runtime, a rollout and a decoder can share a device.

    config: a path to an INI file, a dict of dicts, a Config, or None for the defaults; a Config is copied. state: its
    settings (those of [mask]) are used where the configuration says nothing, or auto. Any number of threads may use a
    runtime.
    """

    _instead = "make another one from its config, which can be"

    def __init__(self, config: ConfigSource = None, state: State | None = None) -> None:
        self.config = config._copy() if isinstance(config, Config) else Config(config)
        self._from_state: set[tuple[str, str]] = set()
        try:
            if state is not None:
                self._take_settings(state)
            pointer = lib.create("runtime", self.config.pointer, _forward, None)
        except Exception:
            self.config.close()
            raise
        self._handle = lib.Handle(pointer, "runtime", keep=_forward)

    def _take_settings(self, state: State) -> None:
        for (section, key), value in state.settings.items():
            if self._is_open(section, key):
                self._from_state.add((section, key))
            try:
                self.config._set(section, key, value, s.FROM_STATE, f"{state.source}: {key}")
            except ConfigError as problem:
                raise InputError(str(problem)) from problem

    def _is_open(self, section: str, key: str) -> bool:
        """Says whether the configuration leaves it to the state."""
        return self.config.where(section, key) == BUILT_IN or self.config.get(section, key) == "auto"

    def _check_suits(self, state: State) -> None:
        """UsageError: a state's settings would have no effect here although the configuration does not set them."""
        for section, key in self._from_state.union(state.settings):
            there, where = self.config.value(section, key), self.config.where(section, key)
            if (section, key) not in self._from_state and not self._is_open(section, key):
                continue
            own = state.settings.get((section, key))
            if own is None:
                raise UsageError(f"[{section}] {key} = {there} in this runtime is another state's ({where}), and "
                                 f"{state.source} says nothing of it: give it a runtime of its own")
            if not _same(there, own):
                raise UsageError(f"the state was made with [{section}] {key} = {own}, this runtime has {there} "
                                 f"({where}): make one with Runtime(config, state=state)")

    def _describe(self) -> str:
        return f"{self.config._describe()}; plugins from {self.plugin_folder}"

    @property
    def plugin_folder(self) -> str:
        return str(lib.load().vordec_runtime_plugin_folder(self.pointer).decode(errors="surrogateescape"))

    def devices(self) -> list[Candidate]:
        """Loads every plugin in the folder and lists its devices, in the order in which `auto` considers them."""
        found: list[Candidate] = []

        def visit(_context: int, backend: bytes, description: bytes, device: Any, refusal: Any) -> None:
            against = refusal.contents
            found.append(Candidate(backend.decode(), description.decode(errors="replace"),
                                   Device._from(device.contents) if device else None,
                                   lib.failure(against) if against.status else None))

        lib.call("runtime_visit_devices", self.pointer, s.DeviceVisitor(visit), None)
        return found


def devices(config: ConfigSource = None) -> list[Candidate]:
    """Lists what could decode here, and what stands against it, as 'vordec devices' does."""
    with Runtime(config) as runtime:
        return list(runtime.devices())

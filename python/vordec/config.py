# SPDX-License-Identifier: MIT
"""Configurations: what an INI file holds, or a dict of dicts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, Tuple, Union

import numpy as np

from . import _library as lib
from . import _structs as s
from .errors import ConfigError, FileError, UsageError

Settings = Mapping[str, Mapping[str, Any]]
ConfigSource = Union["Config", str, "os.PathLike[str]", Settings, None]
_Value = Tuple[str, str, str, int, str]
"""section, key, value, origin, where"""

BUILT_IN = "built-in default"
"""what where() says of a value that nobody has set"""


def _text(value: Any) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(float(value))
    if isinstance(value, (list, tuple)):
        return ", ".join(_text(item) for item in value)
    return str(os.fspath(value) if isinstance(value, os.PathLike) else value)


def _bytes(text: str) -> bytes:
    """As C takes it, where a NUL would end it; names of files may consist of any bytes."""
    if "\0" in text:
        raise ConfigError(f"{text!r}: holds a NUL character")
    return text.encode(errors="surrogateescape")


def _keys() -> Iterator[tuple[str, str]]:
    library = lib.load()
    for i in range(library.vordec_config_key_count()):
        key = library.vordec_config_key_at(i).contents
        yield key.section.decode(), key.key.decode()


def _key_index(section: str, key: str) -> int:
    for i, known in enumerate(_keys()):
        if known == (section, key):
            return i
    raise KeyError(f"[{section}] {key}")


class Config(lib.Owner):
    """The built-in defaults, overridden by a file or by a dict such as {"decode": {"backend": "cpu"}}.

    ConfigError: an unknown section or key, or a value that the key does not take. FileError: a file that cannot be
    read. A configuration is copied and pickled by value.
    """

    def __init__(self, source: ConfigSource = None) -> None:
        if isinstance(source, Config):
            raise UsageError("a Config is made from a path, a dict or nothing")
        self._open()
        if isinstance(source, Mapping):
            self.update(source)
        elif source is not None:
            self.read(source)

    def _open(self) -> None:
        self._origins: dict[tuple[str, str], int] = {}
        self._handle = lib.Handle(lib.create("config"), "config")

    def _values(self) -> list[_Value]:
        """The values that are not built-in defaults."""
        return [(section, key, self.get(section, key), self._origins.get((section, key), s.FROM_COMMAND_LINE), where)
                for section, key in _keys() if (where := self.where(section, key)) != BUILT_IN]

    def _copy(self) -> Config:
        """Returns a copy of its own: changes of the copy do not affect this one."""
        return _restore(Config, self._values(), {})

    def __reduce__(self) -> tuple[Any, ...]:
        """Copied and pickled by value, with the origin of each value."""
        own = {name: value for name, value in self.__dict__.items() if name not in ("_handle", "_origins")}
        return _restore, (type(self), self._values(), own)

    def _describe(self) -> str:
        return ", ".join(f"[{section}] {key} = {value}" for section, key, value, _, _ in self._values()) or "defaults"

    def read(self, path: str | os.PathLike[str]) -> None:
        """Reads an INI file over the present values; what update() has set stays."""
        name = os.fsencode(path)
        if b"\0" in name:
            raise FileError(f"{path!r}: holds a NUL character")
        try:
            lib.call("config_read", self.pointer, name)
        finally:  # lines before one that is wrong hold
            self._note_files()

    def _note_files(self) -> None:
        for name in _keys():
            if self.where(*name) != BUILT_IN and self._origins.get(name, 0) < s.FROM_FILE:
                self._origins[name] = s.FROM_FILE

    def update(self, settings: Settings) -> None:
        """Sets values, which override those of any file."""
        for section, keys in settings.items():
            for key, value in keys.items():
                self._set(section, key, value, s.FROM_COMMAND_LINE, f"config[{section!r}][{key!r}]")

    def _set(self, section: str, key: str, value: Any, origin: int, where: str) -> None:
        lib.call("config_set", self.pointer, _bytes(section), _bytes(key), _bytes(_text(value)), origin, _bytes(where))
        self._origins[section, key] = max(origin, self._origins.get((section, key), 0))

    def get(self, section: str, key: str) -> str:
        """Returns the value in force, as text. KeyError: there is no such key."""
        return self._look_up("config_get", section, key)

    def value(self, section: str, key: str) -> bool | int | float | str | tuple[str, ...]:
        """Returns the same value with its type: a bool, a number, the words of a set, or text. For auto in [mask] it is
        what auto means; for another number that is auto it is 0. KeyError: there is no such key."""
        text = self.get(section, key)
        library, names = lib.load(), (self.pointer, section.encode(), key.encode())
        kind = library.vordec_config_key_type(_key_index(section, key))
        if kind == s.CONFIG_BOOLEAN:
            return bool(library.vordec_config_get_boolean(*names))
        if kind == s.CONFIG_INTEGER:
            return int(library.vordec_config_get_integer(*names))
        if kind == s.CONFIG_REAL:
            return float(library.vordec_config_get_real(*names))
        if kind == s.CONFIG_SET:
            return tuple(word for word in self.choices(section, key)
                         if library.vordec_config_has(*names, word.encode()))
        if kind == s.CONFIG_CHOICE:
            return self.choices(section, key)[int(library.vordec_config_get_choice(*names))]
        return text

    @staticmethod
    def choices(section: str, key: str) -> tuple[str, ...]:
        """Returns the words that a key takes, if it takes words. KeyError: there is no such key."""
        index, words = _key_index(section, key), list[str]()
        while (word := lib.load().vordec_config_key_choice(index, len(words))) is not None:
            words.append(word.decode())
        return tuple(words)

    def where(self, section: str, key: str) -> str:
        """Says where that value came from."""
        return self._look_up("config_where", section, key)

    def _look_up(self, function: str, section: str, key: str) -> str:
        found = None
        if "\0" not in section + key:
            found = getattr(lib.load(), "vordec_" + function)(self.pointer, section.encode(), key.encode())
        if found is None:
            raise KeyError(f"[{section}] {key}")
        return str(found.decode(errors="surrogateescape"))


def _restore(kind: type[Config], values: list[_Value], own: dict[str, Any]) -> Config:
    """The Config that __reduce__() has taken apart."""
    made = kind.__new__(kind)
    made._open()
    made.__dict__.update(own)
    for section, key, value, origin, where in values:
        made._set(section, key, value, origin, where)
    return made

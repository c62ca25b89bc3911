# SPDX-License-Identifier: MIT
"""Finding libvordec, checking that it is the one that this package mirrors, and calling it."""

from __future__ import annotations

import contextlib
import ctypes as c
import importlib
import os
import pathlib
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from . import _structs as s
from .errors import CLASSES, Error

__version__ = "0.2.0"
"""The version of the package; the major and minor version of the library are the same."""

SONAME = "libvordec.so.0"

_Owner = TypeVar("_Owner", bound="Owner")
_lock = threading.Lock()
_loaded: c.CDLL | None = None


def _find() -> str:
    """Returns what the environment names, or else the library that was installed with this package, or else the
    system's."""
    named = os.environ.get("VORDEC_LIBRARY")
    if named:
        return named
    here = pathlib.Path(__file__).resolve().parent
    try:
        beside = here / importlib.import_module("._location", __package__).LIBRARY  # written at installation
    except ImportError:
        return SONAME
    return str(beside) if beside.exists() else SONAME


def _prototype(library: c.CDLL) -> None:
    size, text, handle, out = c.c_size_t, c.c_char_p, c.c_void_p, c.POINTER(c.c_void_p)
    error = c.POINTER(s.Error)
    prototypes: dict[str, tuple[object, list[object]]] = {
        "version": (text, []),
        "git_describe": (text, []),
        "struct_size": (size, [text]),
        "status_name": (text, [c.c_int]),
        "reason_name": (text, [c.c_int]),
        "reason_remedy": (text, [c.c_int]),
        "device_type_name": (text, [c.c_int]),
        "stage_name": (text, [c.c_int]),
        "free": (None, [handle]),
        "hash": (None, [handle, size, c.c_char_p]),
        "config_create": (c.c_int, [out, error]),
        "config_destroy": (None, [handle]),
        "config_read": (c.c_int, [handle, text, error]),
        "config_set": (c.c_int, [handle, text, text, text, c.c_int, text, error]),
        "config_get": (text, [handle, text, text]),
        "config_where": (text, [handle, text, text]),
        "config_get_integer": (c.c_int64, [handle, text, text]),
        "config_get_real": (c.c_double, [handle, text, text]),
        "config_get_boolean": (c.c_int, [handle, text, text]),
        "config_has": (c.c_int, [handle, text, text, text]),
        "config_key_count": (size, []),
        "config_key_at": (c.POINTER(s.ConfigKey), [size]),
        "config_key_type": (c.c_int, [size]),
        "config_key_choice": (text, [size, size]),
        "layout_create": (c.c_int, [c.POINTER(s.LayoutDesc), out, error]),
        "layout_destroy": (None, [handle]),
        "layout_set_half": (None, [handle, c.c_bool]),
        "layout_get": (None, [handle, c.POINTER(s.LayoutInfo)]),
        "runtime_create": (c.c_int, [handle, s.LogFn, handle, out, error]),
        "runtime_destroy": (None, [handle]),
        "runtime_plugin_folder": (text, [handle]),
        "runtime_visit_devices": (c.c_int, [handle, s.DeviceVisitor, handle, error]),
        "decoder_create": (c.c_int, [handle, handle, c.POINTER(s.DecoderDesc), out, error]),
        "decoder_create_beside": (c.c_int, [handle, handle, handle, c.POINTER(s.DecoderDesc), out, error]),
        "decoder_destroy": (None, [handle]),
        "decoder_get": (None, [handle, c.POINTER(s.DecoderInfo)]),
        "decoder_devices": (size, [handle]),
        "decoder_get_share": (None, [handle, size, c.POINTER(s.DecoderShare)]),
        "decoder_alloc_host": (c.c_int, [handle, size, out, error]),
        "decoder_free_host": (None, [handle, handle]),
        "decoder_residual_backend": (text, [handle]),
        "decoder_residual_reason": (text, [handle]),
        "decoder_set_step": (None, [handle, size]),
        "decoder_set_phases": (c.c_int, [handle, handle, error]),
        "decoder_get_targets": (None, [handle, handle, c.POINTER(s.ResidualTargets)]),
        "adjoint_create": (c.c_int, [handle, out, error]),
        "adjoint_destroy": (None, [handle]),
        "adjoint_get": (None, [handle, c.POINTER(s.AdjointInfo)]),
        "adjoint_run": (c.c_int, [handle, c.POINTER(s.AdjointIo), c.POINTER(s.AdjointReport), error]),
        "shared_adjoint_create": (c.c_int, [handle, size, out, error]),
        "shared_adjoint_destroy": (None, [handle]),
        "shared_adjoint_get": (None, [handle, c.POINTER(s.SharedAdjointInfo)]),
        "shared_adjoint_describe": (c.c_int, [handle, c.c_int, c.POINTER(s.ExportedMemory), error]),
        "shared_adjoint_memory_fd": (c.c_int, [handle, c.c_int, c.POINTER(c.c_int), error]),
        "shared_adjoint_semaphore_fd": (c.c_int, [handle, c.POINTER(c.c_int), error]),
        "shared_adjoint_next_value": (c.c_uint64, [handle]),
        "shared_adjoint_start": (c.c_int, [handle, c.POINTER(s.SharedAdjointIo), c.POINTER(c.c_uint64), error]),
        "shared_adjoint_wait": (c.c_int, [handle, c.POINTER(s.AdjointReport), error]),
        "decode": (c.c_int, [handle, c.POINTER(s.DecodeIo), c.POINTER(s.DecodeReport), error]),
        "decode_begin": (c.c_int, [handle, c.POINTER(s.DecodeIo), error]),
        "decode_piece": (c.c_int, [handle, c.POINTER(size), c.POINTER(s.DecodeReport), error]),
        "decode_end": (c.c_int, [handle, error]),
        "export_create": (c.c_int, [handle, c.POINTER(s.ExportDesc), out, error]),
        "export_create_simulation": (c.c_int, [handle, size, out, error]),
        "export_create_rollout": (c.c_int, [handle, size, out, error]),
        "export_destroy": (None, [handle]),
        "export_get": (None, [handle, c.POINTER(s.ExportInfo)]),
        "export_acquire": (c.c_int, [handle, c.POINTER(size), error]),
        "export_describe": (c.c_int, [handle, size, c.c_int, c.POINTER(s.ExportedMemory), error]),
        "export_memory_fd": (c.c_int, [handle, size, c.c_int, c.POINTER(c.c_int), error]),
        "export_semaphore_fd": (c.c_int, [handle, size, c.POINTER(c.c_int), error]),
        "export_next_value": (c.c_uint64, [handle, size]),
        "export_decode": (c.c_int, [handle, size, c.POINTER(s.ExportIo), c.POINTER(c.c_uint64), error]),
        "export_take": (c.c_int, [handle, size, c.POINTER(c.c_uint64), error]),
        "export_wait": (c.c_int, [handle, size, c.POINTER(s.DecodeReport), error]),
        "export_release": (c.c_int, [handle, size, c.c_uint64, error]),
        "rollout_create": (c.c_int, [handle, handle, c.POINTER(s.RolloutDesc), out, error]),
        "rollout_create_batch": (c.c_int, [handle, handle, c.POINTER(s.RolloutDesc), size, out, error]),
        "rollout_states": (size, [handle]),
        "rollout_set_stride": (c.c_int, [handle, size, error]),
        "rollout_destroy": (None, [handle]),
        "rollout_get": (None, [handle, c.POINTER(s.RolloutInfo)]),
        "rollout_feeds": (c.c_bool, [handle, handle]),
        "rollout_advance": (c.c_int, [handle, size, c.POINTER(s.RolloutReport), error]),
        "rollout_reserve": (c.c_int, [handle, size, error]),
        "rollout_walk": (c.c_int, [handle, size, size, c.POINTER(s.RolloutReport), error]),
        "rollout_rows": (size, [handle]),
        "rollout_read_rows": (c.c_int, [handle, handle, error]),
        "rollout_read": (c.c_int, [handle, handle, error]),
        "rollout_hash": (c.c_int, [handle, c.c_char_p, error]),
        "simulation_create": (c.c_int, [handle, handle, c.POINTER(s.SimulationDesc), out, error]),
        "simulation_destroy": (None, [handle]),
        "simulation_get": (None, [handle, c.POINTER(s.SimulationInfo)]),
        "simulation_set": (c.c_int, [handle, size, handle, c.c_uint64, error]),
        "simulation_read": (c.c_int, [handle, size, handle, error]),
        "simulation_advance": (c.c_int, [handle, size, c.POINTER(s.SimulationReport), error]),
        "encoder_create": (c.c_int, [handle, handle, handle, c.POINTER(s.EncoderDesc), out, error]),
        "encoder_destroy": (None, [handle]),
        "encoder_get": (None, [handle, c.POINTER(s.EncoderInfo)]),
        "encoder_set_anchors": (c.c_int, [handle, handle, size, error]),
        "encoder_choose_anchors": (c.c_int, [handle, c.POINTER(s.EncodeIo), error]),
        "encode": (c.c_int, [handle, c.POINTER(s.EncodeIo), c.POINTER(s.EncodeReport), error]),
        "comparer_create": (c.c_int, [handle, handle, c.POINTER(s.ComparerDesc), out, error]),
        "comparer_destroy": (None, [handle]),
        "comparer_get": (None, [handle, c.POINTER(s.ComparerInfo)]),
        "comparer_reaches": (c.c_bool, [handle, handle, handle]),
        "compare": (c.c_int, [handle, c.POINTER(s.CompareIo), c.POINTER(s.CompareReport), error]),
        "metrics_create_encoder": (c.c_int, [handle, handle, out, error]),
        "metrics_set_encoder": (None, [handle, handle]),
        "metrics_create_simulation": (c.c_int, [handle, handle, out, error]),
        "metrics_set_simulation": (None, [handle, handle]),
        "metrics_create": (c.c_int, [handle, handle, handle, handle, out, error]),
        "metrics_destroy": (None, [handle]),
        "metrics_add": (c.c_int, [handle, size, c.POINTER(s.DecodeIo), c.POINTER(s.DecodeReport), error]),
        "metrics_add_state_hash": (c.c_int, [handle, size, text, error]),
        "metrics_set_comparer": (None, [handle, handle]),
        "metrics_set_field_uses": (None, [handle, c.POINTER(s.FieldUses)]),
        "metrics_set_run": (None, [handle, c.POINTER(s.Run)]),
        "metrics_set_training": (None, [handle, size]),
        "metrics_add_comparison": (c.c_int, [handle, size, c.POINTER(s.Comparison), error]),
        "metrics_json": (c.c_int, [handle, out, error]),
    }
    for name, (result, arguments) in prototypes.items():
        function = getattr(library, "vordec_" + name)
        function.restype = result
        function.argtypes = arguments


def _check(library: c.CDLL, path: str) -> None:
    """Checks the version and the size of every struct: a library that was built differently would write past our
    memory."""
    version, expected = library.vordec_version().decode(), __version__.rsplit(".", 1)[0]
    if version.rsplit(".", 1)[0] != expected:
        raise ImportError(f"{path} is vordec {version}; this package belongs to {expected}")
    for name, struct in s.MIRRORED.items():
        size = library.vordec_struct_size(name.encode())
        if size != c.sizeof(struct):
            raise ImportError(f"{path}: struct {name} has {size} bytes, {c.sizeof(struct)} are expected")


def _open(path: str) -> c.CDLL:
    try:
        library = c.CDLL(path)
    except OSError as problem:
        raise ImportError(f"libvordec cannot be opened ({problem}); let VORDEC_LIBRARY name the file") from problem
    try:
        _prototype(library)
    except AttributeError as problem:
        raise ImportError(f"{path} is not the libvordec of this package: {problem}") from problem
    _check(library, path)
    return library


def load(path: str | os.PathLike[str] | None = None) -> c.CDLL:
    """Opens libvordec: `path`, or else what VORDEC_LIBRARY names, or else the one that was installed with this package,
    or else the system's. It is called at first use; call it earlier to choose a path. ImportError: there is none, or it
    is of another version. Thread-safe."""
    global _loaded
    if path is None and _loaded is not None:
        return _loaded
    with _lock:
        if _loaded is None:
            _loaded = _open(os.fspath(path) if path is not None else _find())
        elif path is not None and os.path.realpath(path) != os.path.realpath(_loaded._name):
            raise ImportError(f"libvordec is loaded already, from {_loaded._name}")
        return _loaded


def failure(error: s.Error) -> Error:
    """Returns the exception for what the C library said."""
    library = load()
    status = library.vordec_status_name(error.status).decode()
    reason = library.vordec_reason_name(error.reason).decode() if error.reason else None
    remedy = library.vordec_reason_remedy(error.reason).decode()
    message = error.message.decode(errors="replace")
    return CLASSES.get(status, Error)(message, reason, remedy, status)


def call(name: str, *arguments: object) -> None:
    """Calls vordec_NAME(arguments .., &error) and raises what that says."""
    error = s.Error()
    if getattr(load(), "vordec_" + name)(*arguments, c.byref(error)):
        raise failure(error)


class Bound:
    """An object that belongs to this process and to one place in it: a copy would free the same memory a second time.
    """

    _instead = "make another one"
    """what to do instead of a copy"""

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise TypeError(f"a {type(self).__name__} cannot be copied or pickled: {self._instead}")


class Handle(Bound):
    """An object of the C library. It is destroyed when it has been released and nothing that was made from it is left,
    in whatever order Python lets go of things."""

    _counts = threading.RLock()  # a finaliser may run within one of the sections that it guards

    def __init__(self, pointer: c.c_void_p, kind: str | Callable[[c.c_void_p], object], *parents: Handle | None,
                 keep: object = None) -> None:
        """kind: vordec_KIND_destroy() destroys it, or that function does."""
        self.pointer = pointer
        self._destroy = kind if callable(kind) else getattr(load(), f"vordec_{kind}_destroy")
        self._parents = [parent for parent in parents if parent is not None]
        self._keep = keep  # what C code may still call
        self._users = 1
        for parent in self._parents:
            parent._retain()

    def _retain(self) -> None:
        with Handle._counts:
            self._users += 1

    def release(self) -> None:
        with Handle._counts:
            self._users -= 1
            last = self._users == 0
        if not last:
            return
        self._destroy(self.pointer)
        for parent in self._parents:
            parent.release()


_locked: weakref.WeakSet[Locked] = weakref.WeakSet()


def _free_locks() -> None:
    """Frees the locks in the child of a fork: other threads may have held them, and none of these threads is here. The
    C library knows whether an object was in a call at the fork."""
    global _lock
    _lock = threading.Lock()
    Handle._counts = threading.RLock()
    for owner in list(_locked):
        owner._free_lock()


os.register_at_fork(after_in_child=_free_locks)


class Owner(Bound):
    """An object that owns a handle: closed by close(), by the end of a with block, or by the garbage collector."""

    _handle: Handle | None = None

    def __dir__(self) -> list[str]:
        return sorted(set(super().__dir__()) - {"handle", "pointer"})

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {'closed' if self._handle is None else self._describe()}>"

    def _describe(self) -> str:
        """Says what it is, in a few words."""
        return "open"

    @property
    def handle(self) -> Handle:
        if self._handle is None:
            raise CLASSES["usage"](f"this {type(self).__name__} is closed")
        return self._handle

    @property
    def pointer(self) -> c.c_void_p:
        return self.handle.pointer

    def close(self) -> None:
        """Frees it; what was made from it lives on. Closing twice does nothing."""
        handle, self._handle = self._handle, None
        if handle is not None:
            handle.release()

    def __enter__(self: _Owner) -> _Owner:
        self.handle  # a closed one has no use in a block
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __del__(self) -> None:
        try:
            self.close()
        except Exception:  # at exit, when what it needs is gone already
            pass


class Locked(Owner):
    """An owner with a lock, which is free in the child of a fork."""

    _lock: Any
    _make_lock: Callable[[], Any] = staticmethod(threading.Lock)

    def _free_lock(self) -> None:
        self._lock = self._make_lock()
        _locked.add(self)


class Exclusive(Locked):
    """An owner that serves one thread at a time. The C library would say so, too; the lock also covers close()."""

    def __init__(self) -> None:
        self._free_lock()

    @contextlib.contextmanager
    def _taken(self) -> Iterator[c.c_void_p]:
        """Lends the pointer, for one call."""
        lock = self._lock
        if not lock.acquire(blocking=False):
            raise CLASSES["busy"](f"another thread is using this {type(self).__name__}")
        try:
            yield self.pointer
        finally:
            lock.release()

    def close(self) -> None:
        """Frees it. Busy: another thread is in a call on it."""
        if self._handle is None:
            return
        with self._taken():
            super().close()


def create(kind: str, *arguments: object) -> c.c_void_p:
    """Returns the object that vordec_KIND_create(arguments .., &object, &error) makes."""
    pointer = c.c_void_p()
    call(kind + "_create", *arguments, c.byref(pointer))
    return pointer

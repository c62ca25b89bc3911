# SPDX-License-Identifier: MIT
"""Host memory that the decoder's device writes to directly, used again when the arrays in it are gone."""

from __future__ import annotations

import collections
import contextlib
import ctypes as c
import weakref
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _library as lib
from .errors import Error

LEAST_BYTES = 1 << 20
"""the smallest array that is worth it"""
SETS = 3
"""how many sets of a decode's outputs are kept: a loop holds the last results while it makes the next"""


class Pool:
    """The memory of one decoder. Arrays may outlive the decoder; their memory is then freed with the last of them."""

    def __init__(self, decoder: lib.Handle) -> None:
        self._decoder = decoder
        decoder._retain()
        self._free: dict[int, list[int]] = {}
        self._out: dict[int, int] = {}  # bytes of the blocks that arrays are in, by address
        self._returned: collections.deque[int] = collections.deque()  # by whatever thread, at whatever moment
        self._closed = False

    def array(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
        """Returns an array with any content; in ordinary memory if it is small, or if many are alive."""
        bytes_ = int(np.prod(shape)) * dtype.itemsize
        block = self._take(bytes_) if bytes_ >= LEAST_BYTES else None
        if block is None:
            return np.empty(shape, dtype)
        memory = (c.c_char * bytes_).from_address(block)
        weakref.finalize(memory, self._give_back, block).atexit = False
        array: npt.NDArray[Any] = np.frombuffer(memoryview(memory), dtype).reshape(shape)
        return array

    def _take(self, bytes_: int) -> int | None:
        self._collect()
        free = self._free.get(bytes_)
        if free:
            block = free.pop()
        else:
            if sum(size == bytes_ for size in self._out.values()) >= 2 * SETS:
                return None
            self._drop(keep=bytes_)
            pointer = c.c_void_p()
            try:
                lib.call("decoder_alloc_host", self._decoder.pointer, bytes_, c.byref(pointer))
            except Error:
                return None  # ordinary memory is slower, and no worse
            block = int(pointer.value or 0)
        self._out[block] = bytes_
        return block

    def _give_back(self, block: int) -> None:
        self._returned.append(block)
        if self._closed:
            self._collect()

    def _collect(self) -> None:
        while self._returned:
            with contextlib.suppress(IndexError):
                block = self._returned.popleft()
                self._free.setdefault(self._out.pop(block), []).append(block)
        if self._closed:
            self._drop(keep=0)
            if not self._out:
                self._let_go()

    def _drop(self, keep: int) -> None:
        """Frees blocks of other sizes: from now on, decodes have another number of states."""
        for size in [size for size in self._free if size != keep]:
            for block in self._free.pop(size):
                lib.load().vordec_decoder_free_host(self._decoder.pointer, block)

    def _let_go(self) -> None:
        decoder, self._closed = self._decoder, False
        decoder.release()

    def close(self) -> None:
        self._closed = True
        self._collect()

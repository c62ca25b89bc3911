# SPDX-License-Identifier: MIT
"""A check of the header of a classic netCDF file before the netCDF library reads it: the library believes what the
header says, and a damaged one ends the process. The rules are the command's (formats/modules/netcdf_header.c)."""

from __future__ import annotations

import os
import stat
from typing import BinaryIO

_TYPE_BYTES = (0, 1, 1, 2, 4, 4, 8, 1, 2, 4, 8, 8)


class _Damaged(Exception):
    pass


class _Cursor:
    def __init__(self, file: BinaryIO) -> None:
        info = os.fstat(file.fileno())
        self._file = file
        self._left = info.st_size if stat.S_ISREG(info.st_mode) else 0
        self.skip(3)
        self.version = self.take(1)
        """1, 2 or 5"""
        self.wide = 8 if self.version == 5 else 4
        """bytes of a count, a length or an index"""

    def skip(self, size: int) -> None:
        if size > self._left:
            raise _Damaged
        self._file.seek(size, os.SEEK_CUR)
        self._left -= size

    def take(self, size: int) -> int:
        held = self._file.read(size) if size <= self._left else b""
        if len(held) != size:
            raise _Damaged
        self._left -= size
        return int.from_bytes(held, "big")

    def take_count(self, size: int) -> int:
        """Reads a count of things that take at least `size` bytes each; the file must have room for all of them."""
        count = self.take(self.wide)
        if count > self._left // size:
            raise _Damaged
        return count

    def skip_padded(self, size: int) -> None:
        self.skip((size + 3) // 4 * 4)

    def skip_name(self) -> None:
        self.skip_padded(self.take_count(1))

    def take_type(self) -> int:
        """Reads a type and returns the bytes of one value."""
        number = self.take(4)
        size = _TYPE_BYTES[number] if number < len(_TYPE_BYTES) else 0
        if not size:
            raise _Damaged
        return size


def _skip_attributes(cursor: _Cursor) -> None:
    cursor.take(4)  # a tag
    for _ in range(cursor.take_count(12)):
        cursor.skip_name()
        size = cursor.take_type()
        cursor.skip_padded(cursor.take_count(size) * size)


def _skip_dimensions(cursor: _Cursor) -> tuple[int, int | None]:
    """Returns how many dimensions there are, and the one that grows, which alone has length 0."""
    cursor.take(4)
    count, record = cursor.take_count(8), None
    for i in range(count):
        cursor.skip_name()
        length = cursor.take(cursor.wide)
        if length >= 1 << 63 or (length == 0 and record is not None):
            raise _Damaged  # less than nothing to the library, or a second one that grows
        if length == 0:
            record = i
    return count, record


def _skip_variables(cursor: _Cursor, dimensions: int, record: int | None) -> None:
    cursor.take(4)
    for _ in range(cursor.take_count(24)):
        cursor.skip_name()
        for axis in range(cursor.take_count(cursor.wide)):
            dimension = cursor.take(cursor.wide)
            if dimension >= dimensions or (axis > 0 and dimension == record):
                raise _Damaged  # the library divides by the lengths of all axes but the first
        _skip_attributes(cursor)
        cursor.take_type()
        cursor.take(cursor.wide)  # size
        cursor.take(4 if cursor.version == 1 else 8)  # where it begins


def header_fits(path: str) -> bool:
    """Says whether the lists of a file that begins as a classic netCDF file lie within it, and agree with each other.
    """
    try:
        with open(path, "rb") as file:
            cursor = _Cursor(file)
            cursor.take(cursor.wide)  # records
            dimensions, record = _skip_dimensions(cursor)
            _skip_attributes(cursor)
            _skip_variables(cursor, dimensions, record)
    except _Damaged:
        return False
    return True

# SPDX-License-Identifier: MIT
"""The mirrored structs and constants against what the C compiler made of the headers."""

import ctypes
import os
import subprocess
import unittest

from vordec import _structs as s
from vordec.decoder import SCALARS

PRINTED = subprocess.run([os.environ["VORDEC_LAYOUTS"]], check=True, capture_output=True, text=True).stdout.splitlines()


class Layouts(unittest.TestCase):
    def test_structs(self):
        mirrored = set()
        for name, struct in s.MIRRORED.items():
            mirrored.add(f"{name} - {ctypes.sizeof(struct)}")
            for field, _ in struct._fields_:
                place = getattr(struct, field)
                mirrored.add(f"{name} {field} {place.offset} {place.size}")
        self.assertEqual(mirrored, {line for line in PRINTED if not line.startswith("= ")})

    def test_constants(self):
        for line in PRINTED:
            if line.startswith("= "):
                name, value = line.split()[1:]
                self.assertEqual(getattr(s, name), int(value), name)

    def test_scalars(self):
        """The dtype of the arrays that the C library fills."""
        self.assertEqual(SCALARS.itemsize, ctypes.sizeof(s.Scalars))
        for field, _ in s.Scalars._fields_:
            self.assertEqual(SCALARS.fields[field][1], getattr(s.Scalars, field).offset, field)


if __name__ == "__main__":
    unittest.main()

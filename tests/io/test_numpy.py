# SPDX-License-Identifier: MIT
"""Compares io/ with numpy, through the helper io_copy: test_numpy.py IO_COPY."""

import os
import subprocess
import sys
import tempfile
import unittest
import zipfile

import numpy as np

IO_COPY = sys.argv.pop()
INPUT_ERROR = 3  # VORDEC_E_INPUT

ARRAYS = {
    "f4": np.linspace(-1, 1, 12, dtype="<f4").reshape(3, 4),
    "f8": np.array([[np.pi, np.nan], [np.inf, -0.0]]),
    "i1": np.array([-1, 0, 1], dtype="i1"),
    "i2": np.array([[[-32768]], [[32767]]], dtype="<i2"),
    "i4": np.arange(24, dtype="<i4").reshape(1, 2, 3, 4),
    "i8": np.array([2**62, -(2**62)]),
    "u1": np.arange(256, dtype="u1"),
    "u2": np.array([0, 65535], dtype="<u2"),
    "u4": np.array([0, 2**32 - 1], dtype="<u4"),
    "u8": np.array([0, 2**64 - 1], dtype="<u8"),
    "f2": np.arange(65536, dtype="<u2").view("<f2"),
    "b1": np.array([[True, False]]),
    "scalar": np.float64(0.35),
    "integer": np.int64(128),
    "empty": np.zeros((0, 5)),
    "eight_axes": np.ones((1, 2, 1, 2, 1, 2, 1, 2), dtype="<f4"),
    "zeros": np.zeros((300, 300)),
}
# Read, and written little endian and row-major.
ARRANGED = {
    "fortran": np.asfortranarray(np.arange(12.0).reshape(3, 4)),
    "fortran_axes": np.asfortranarray(np.arange(120, dtype="<i2").reshape(2, 3, 4, 5)),
    "fortran_empty": np.asfortranarray(np.zeros((3, 0, 2))),
    "big": np.linspace(-1, 1, 7).astype(">f8"),
    "big_half": np.linspace(-1, 1, 7).astype(">f2"),
    "big_fortran": np.asfortranarray(np.arange(24, dtype=">u4").reshape(4, 3, 2)),
}
REFUSED = {
    "complex": (np.ones(3, dtype="c16"), "complex"),
    "extended": (np.ones(3, dtype="g"), "extended precision"),
    "text": (np.array(["a", "bc"]), "text"),
    "bytes": (np.array([b"a", b"bc"]), "text"),
    "record": (np.zeros(2, dtype=[("a", "f8"), ("b", "i4")]), "structured"),
    "objects": (np.array([{}, None], dtype=object), "Python objects"),
    "nine_axes": (np.ones((1,) * 9), "9 axes"),
    "date": (np.array(["2020-01-01"], dtype="M8[D]"), "dates"),
}


class Numpy(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def run_copy(self, *arguments):
        return subprocess.run([IO_COPY, *arguments], capture_output=True, text=True, check=False)

    def copy(self, *arguments):
        done = self.run_copy(*arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def assert_same(self, array, expected):
        self.assertEqual(array.dtype, expected.dtype)
        self.assertEqual(array.shape, expected.shape)
        self.assertEqual(array.tobytes(), expected.tobytes())

    def assert_refused(self, done, *parts):
        self.assertEqual(done.returncode, INPUT_ERROR, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)
        for part in parts:
            self.assertIn(part, done.stderr)

    def test_npy(self):
        for name, array in ARRAYS.items():
            with self.subTest(name):
                np.save(self.path("in.npy"), array)
                self.copy(self.path("in.npy"), self.path("out.npy"))
                self.assert_same(np.load(self.path("out.npy")), np.asarray(array))
                with open(self.path("in.npy"), "rb") as a, open(self.path("out.npy"), "rb") as b:
                    self.assertEqual(a.read(), b.read())

    def test_npy_is_arranged(self):
        for name, array in ARRANGED.items():
            with self.subTest(name):
                np.save(self.path("in.npy"), array)
                self.copy(self.path("in.npy"), self.path("out.npy"))
                expected = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"))
                self.assert_same(np.load(self.path("out.npy")), expected)

    def test_npy_versions(self):
        for version in (1, 0), (2, 0), (3, 0):
            with self.subTest(version):
                with open(self.path("in.npy"), "wb") as file:
                    np.lib.format.write_array(file, ARRAYS["f4"], version=version)
                self.copy(self.path("in.npy"), self.path("out.npy"))
                self.assert_same(np.load(self.path("out.npy")), ARRAYS["f4"])

    def test_npy_refused(self):
        for name, (array, part) in REFUSED.items():
            with self.subTest(name):
                np.save(self.path("in.npy"), array)
                self.assert_refused(self.run_copy(self.path("in.npy"), self.path("out.npy")), "in.npy", part)
                self.assertFalse(os.path.exists(self.path("out.npy")))

    def test_npz(self):
        for save in np.savez, np.savez_compressed:
            with self.subTest(save.__name__):
                save(self.path("in.npz"), **ARRAYS)
                self.copy(self.path("in.npz"), self.path("out.npz"), *ARRAYS)
                with np.load(self.path("out.npz")) as loaded:
                    self.assertEqual(loaded.files, list(ARRAYS))
                    for name, array in ARRAYS.items():
                        self.assert_same(loaded[name], np.asarray(array))
                with zipfile.ZipFile(self.path("out.npz")) as archive:
                    self.assertIsNone(archive.testzip())
                    for member in archive.infolist():
                        self.assertEqual(member.compress_type, zipfile.ZIP_STORED)
                        self.assertEqual(member.date_time, (1980, 1, 1, 0, 0, 0))

    def test_npz_refuses_only_what_is_asked_for(self):
        members = {name: array for name, (array, _) in REFUSED.items()}
        np.savez(self.path("in.npz"), good=ARRAYS["f8"], **members)
        self.copy(self.path("in.npz"), self.path("out.npz"), "good")
        for name, (_, part) in REFUSED.items():
            with self.subTest(name):
                done = self.run_copy(self.path("in.npz"), self.path("other.npz"), "good", name)
                self.assert_refused(done, f"in.npz: {name}: ", part)
                self.assertFalse(os.path.exists(self.path("other.npz")))

    def test_npz_methods_refused(self):
        np.save(self.path("a.npy"), ARRAYS["f8"])
        for method, code in (zipfile.ZIP_BZIP2, 12), (zipfile.ZIP_LZMA, 14):
            with self.subTest(code):
                with zipfile.ZipFile(self.path("in.npz"), "w", method) as archive:
                    archive.write(self.path("a.npy"), "a.npy")
                done = self.run_copy(self.path("in.npz"), self.path("out.npz"), "a")
                self.assert_refused(done, "in.npz: a: ", f"compression method {code}")

    def test_npz_with_data_descriptors(self):
        """Archives written to a stream that cannot seek keep sizes behind the data."""
        np.save(self.path("a.npy"), ARRAYS["zeros"])

        class Stream:
            def __init__(self, file):
                self.write, self.flush = file.write, file.flush

        for method in zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED:
            with self.subTest(method):
                with open(self.path("in.npz"), "wb") as file:
                    with zipfile.ZipFile(Stream(file), "w", method) as archive:
                        archive.write(self.path("a.npy"), "a.npy")
                self.copy(self.path("in.npz"), self.path("out.npz"), "a")
                with np.load(self.path("out.npz")) as loaded:
                    self.assert_same(loaded["a"], ARRAYS["zeros"])


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: MIT
"""The public interface: headers that compile alone, exported symbols, and struct layouts, against checked-in lists.

A difference that is meant: scripts/refresh-abi.
"""
import difflib
import os
import re
import shutil
import struct
import subprocess
import tempfile
import unittest
from pathlib import Path

import abi

SOURCE = Path(os.environ["VORDEC_SOURCE"])
LIBRARY = Path(os.environ["VORDEC_LIBRARY"])
INCLUDE = SOURCE / "core" / "include"
LISTS = SOURCE / "tests" / "abi"
WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Werror")


def compilers(*names):
    return [path for path in map(shutil.which, names) if path]


C_COMPILERS = list(dict.fromkeys([os.environ["VORDEC_CC"], *compilers("gcc", "clang")]))
CXX_COMPILERS = compilers("g++", "clang++")


class Headers(unittest.TestCase):
    def compile(self, compiler, standard, suffix):
        """One file for each header, which includes nothing else."""
        with tempfile.TemporaryDirectory(prefix="vordec-abi-") as folder:
            paths = [Path(folder) / (header.replace(".h", suffix)) for header in abi.headers(INCLUDE)]
            for path, header in zip(paths, abi.headers(INCLUDE)):
                path.write_text(f"#include <vordec/{header}>\n")
            done = subprocess.run([compiler, f"-std={standard}", *WARNINGS, "-I", INCLUDE, "-fsyntax-only", *paths],
                                  capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_each_compiles_alone(self):
        languages = [(compiler, "c11", ".c") for compiler in C_COMPILERS]
        languages += [(compiler, "c++17", ".cpp") for compiler in CXX_COMPILERS]
        self.assertTrue(CXX_COMPILERS, "no C++ compiler")
        for compiler, standard, suffix in languages:
            with self.subTest(compiler=compiler):
                self.compile(compiler, standard, suffix)

    def test_comments_speak_of_threads(self):
        """Every public function and every slot of a backend says which threads may call it."""
        functions = r"((?:/\*(?:(?!\*/).)*\*/)?)\nVORDEC_API [^;(]*?(\w+)\("
        slots = r"((?:/\*(?:(?!\*/).)*\*/)?)\n  [^;/(]*\(\*(\w+)\)\([^;]*;"
        found = []
        for header in abi.headers(INCLUDE):
            if header == "backend_session.h":
                continue  # what is lent to a backend, whose comments say which of it is thread-safe
            text = (INCLUDE / "vordec" / header).read_text()
            pattern = slots if header.startswith("backend") else functions
            for comment, name in re.findall(pattern, text, re.DOTALL):
                found.append(name)
                words = " ".join(comment.replace("\n *", " ").replace("\n   *", " ").lower().split())
                self.assertRegex(words, r"(any|one) thread", name)
        self.assertEqual(len([name for name in found if name.startswith("vordec_")]), len(abi.functions(INCLUDE)))
        self.assertTrue({"probe", "open", "decode", "get_interface", "advance", "read"} <= set(found), found)


class Symbols(unittest.TestCase):
    def test_library_exports_what_the_list_says(self):
        listed = (LISTS / "exports.txt").read_text().split()
        self.assertEqual(listed, sorted(listed))
        self.assertEqual(abi.exports(LIBRARY), listed, "scripts/refresh-abi, if this is meant")

    def test_library_exports_what_the_header_declares(self):
        self.assertEqual(abi.exports(LIBRARY), abi.functions(INCLUDE))

    def test_a_plugin_exports_its_entry_alone(self):
        plugins = sorted((LIBRARY.parent / "vordec").glob("decode_*.so"))
        self.assertIn("decode_cpu.so", [path.name for path in plugins])
        for path in plugins:
            with self.subTest(plugin=path.name):
                self.assertEqual(abi.exports(path), ["vordec_backend_entry"])


@unittest.skipIf(struct.calcsize("P") != 8, "the checked-in layout is that of 64-bit machines")
class Layout(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.found = {compiler: abi.layout(compiler, INCLUDE) for compiler in C_COMPILERS}

    def test_layout_is_what_the_list_says(self):
        listed = (LISTS / "layout.txt").read_text().splitlines()
        for compiler in C_COMPILERS:
            with self.subTest(compiler=compiler):
                found = self.found[compiler]
                difference = "\n".join(difflib.unified_diff(listed, found, "layout.txt", "headers", lineterm="", n=1))
                self.assertFalse(difference, f"\n{difference}\nscripts/refresh-abi, if this is meant")

    def changed(self, header, before, after):
        """Lines of the layout that come and go when one text in a header is replaced."""
        with tempfile.TemporaryDirectory(prefix="vordec-abi-") as folder:
            include = Path(folder) / "include"
            shutil.copytree(INCLUDE, include)
            path = include / "vordec" / header
            text = path.read_text()
            self.assertEqual(text.count(before), 1, before)
            path.write_text(text.replace(before, after))
            return set(self.found[C_COMPILERS[0]]) ^ set(abi.layout(C_COMPILERS[0], include))

    def test_changes_show(self):
        for header, before, after, line in (
                ("backend.h", "VORDEC_ABI_MINOR 2u", "VORDEC_ABI_MINOR 7u", "VORDEC_ABI_MINOR = 7u"),
                ("types.h", "VORDEC_E_USAGE,", "VORDEC_E_USAGE = 77,", "  VORDEC_E_USAGE = 77"),
                ("types.h", "double band_gain[2]", "double band_gain[3]", "  64: band_gain: double[3]"),
                ("types.h", "uint32_t capabilities;", "uint64_t capabilities;", "struct vordec_device, 912 bytes"),
                ("host_decode.h", "  bool device_timestamps;              /* stage_ms", "  int device_timestamps;              /* stage_ms", "  48: device_timestamps: int"),
                ("backend.h", "(*close)(struct vordec_session *session)", "(*close)(void *session)",
                 "  56: close: void (*)(void *)"),
                ("host_library.h", "void vordec_free(void *memory)", "void vordec_free(const void *memory)",
                 "void vordec_free(const void *)"),
                ("host_runtime.h", "enum vordec_log_level level, const char *message);",
                 "enum vordec_log_level level, char *message);",
                 "vordec_log_fn = void (*)(void *, enum vordec_log_level, char *)")):
            with self.subTest(change=after):
                self.assertIn(line, self.changed(header, before, after))


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: MIT
"""Scripts say in one line which package is missing: without any beside Python itself, none ends in a traceback."""

import ast
import os
import pathlib
import subprocess
import sys
import unittest

SOURCE = pathlib.Path(os.environ.get("VORDEC_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
FOLDER = SOURCE / "scripts"


def modules_of(path):
    """What a script imports as it starts, through those of its own modules that lie beside it, too."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module in (None, "comparing"):
            for alias in node.names:
                yield from modules_of(FOLDER / "comparing" / f"{alias.name}.py")
        elif isinstance(node, ast.ImportFrom):
            yield node.module.partition(".")[0]


def in_need():
    """Scripts that start with more than Python's own modules."""
    for path in sorted(FOLDER.iterdir()):
        if path.is_file() and path.suffix != ".py" and "python3" in path.read_text().partition("\n")[0]:
            if set(modules_of(path)) - sys.stdlib_module_names:
                yield path


class ScriptsTest(unittest.TestCase):
    def test_without_packages(self):
        scripts = list(in_need())
        self.assertIn("rank-speed", [path.name for path in scripts])
        for path in scripts:
            with self.subTest(path.name):
                done = subprocess.run([sys.executable, "-S", "-B", path, "--help"], capture_output=True, text=True, check=False, timeout=60)
                self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                self.assertRegex(done.stderr, rf"\A{path.name}: \S+ has no .*numpy: install .*python3-numpy.*\n\Z")


if __name__ == "__main__":
    unittest.main()

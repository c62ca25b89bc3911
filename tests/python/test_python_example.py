# SPDX-License-Identifier: MIT
"""The example runs as it stands, with matplotlib and without."""

import unittest

import numpy as np
from python_support import SOURCE, BindingTest

EXAMPLE = SOURCE / "python" / "examples" / "decode_figure.py"


class Example(BindingTest):
    def run_example(self, *arguments, before=""):
        code = f"{before}import runpy, sys; sys.argv = {[str(EXAMPLE), *map(str, arguments)]!r}; " \
               f"runpy.run_path({str(EXAMPLE)!r}, run_name='__main__')"
        done = self.python(code)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("decoded on the cpu in fp64", done.stdout)
        return done.stdout

    def test_without_matplotlib(self):
        self.run_example(self.state(), self.folder / "out.png", before="import sys; sys.modules['matplotlib'] = None; ")
        expected = self.command("--z0-npz", self.folder / "state.npz")
        with np.load(self.folder / "out.npz") as fields:
            for name in expected:
                np.testing.assert_array_equal(fields[name], expected[name])

    def test_with_matplotlib(self):
        try:
            import matplotlib  # noqa: F401
        except ImportError:
            self.skipTest("no matplotlib")
        self.run_example()
        self.assertEqual((self.folder / "decode.png").read_bytes()[:8], b"\x89PNG\r\n\x1a\n")


if __name__ == "__main__":
    unittest.main()

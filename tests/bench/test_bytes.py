# SPDX-License-Identifier: MIT
"""bench/bytes.py: its table, its points, and that what cannot run is named."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

PROGRAM = pathlib.Path(__file__).parents[2] / "bench/bytes.py"


class Bytes(unittest.TestCase):
    def test_points(self):
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder) / "b.json"
            done = subprocess.run(["/usr/bin/python3", "-B", PROGRAM, "--vordec", os.environ["VORDEC_COMMAND"], "--N", "32",
                                   "--steps", "0,6", "--json", out], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            points = json.loads(out.read_text())["points"]
        methods = {point["method"] for point in points}
        self.assertTrue("zfp" in methods or "zfp: not run:" in done.stderr, done.stderr)
        self.assertIn("| state, half, float16 |", done.stdout)
        self.assertIn("N = 32, step 6", done.stdout)

        def losses(method):
            return {(point["frame"], point["setting"]): (point["relative_l2"], point["bytes"])
                    for point in points if point["method"] == method}
        full, half, halves = (losses(f"state, {what}") for what in ("full, float64", "half, float64", "half, float16"))
        self.assertGreater(len(full), 10)
        for at, (loss, size) in full.items():
            self.assertAlmostEqual(half[at][0], loss, 12)  # half the modes are the same field
            self.assertLess(half[at][1], 0.6 * size)
            self.assertLess(abs(halves[at][0] - loss), 1e-3)


if __name__ == "__main__":
    unittest.main()

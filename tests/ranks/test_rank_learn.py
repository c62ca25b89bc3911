# SPDX-License-Identifier: MIT
"""vordec learn from several series, by one process and by several ranks: the same bytes, and what NumPy makes of them."""

import unittest

import numpy as np
from cli_support import BAD_USAGE
from rank_support import RankTest, main

RIDGE = 1e-3


class Learn(RankTest):
    def series(self, count=5, **changes):
        """Of different lengths; a file for each."""
        rng = np.random.default_rng(3)
        made = [np.cumsum(rng.standard_normal((6 + 3 * i, 12)), axis=0) for i in range(count)]
        for i, z in enumerate(made):
            z[-1, 3] = changes.get(f"s{i}", z[-1, 3])
            np.savez(self.folder / f"z{i}.npz", z=z)
        return made

    def test_same_bytes_and_numpy(self):
        made = self.series()
        alone = self.succeed("learn", "--states-npz", "z?.npz", "--out", "A.npz")
        self.assertIn("from 60 states of 5 series", alone.stderr)
        x, y = (np.concatenate([z[part] for z in made]) for part in (slice(None, -1), slice(1, None)))
        expected = np.linalg.solve(x.T @ x + RIDGE * np.eye(12), x.T @ y)
        np.testing.assert_allclose(np.load(self.folder / "A.npz")["A"], expected, rtol=0, atol=1e-9)
        for size in (3, 7):  # two of the latter have none
            done = self.call_ranks(size, "learn", "--states-npz", "z?.npz", "--out", f"A{size}.npz")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual((self.folder / f"A{size}.npz").read_bytes(), (self.folder / "A.npz").read_bytes())
            self.assertEqual(done.stderr.replace(f"A{size}.npz", "A.npz"), alone.stderr)

    def test_axis_of_members(self):
        z = np.cumsum(np.random.default_rng(4).standard_normal((3, 9, 5)), axis=1)
        np.savez(self.folder / "all.npz", z=z)
        for i in range(3):
            np.savez(self.folder / f"m{i}.npz", z=z[i])
        self.succeed("learn", "--states-npz", "all.npz", "--out", "A.npz")
        self.succeed("learn", "--states-npz", "m*.npz", "--out", "B.npz")
        self.assertEqual((self.folder / "A.npz").read_bytes(), (self.folder / "B.npz").read_bytes())
        self.succeed("learn", "--states-npz", "m0.npz", "--out", "C.npz")
        self.assertNotEqual((self.folder / "A.npz").read_bytes(), (self.folder / "C.npz").read_bytes())

    def test_bad_series_of_one_rank(self):
        self.series(s4=np.nan)
        before = self.tree()
        done = self.call_ranks(3, "learn", "--states-npz", "z?.npz", "--out", "A.npz")
        self.assertEqual(done.returncode, BAD_USAGE, done.stderr)
        line, = self.lines_of_ours(done)
        self.assertRegex(line, r"^vordec: rank 2: learning: series 4 \(z4\.npz\), state 17, entry 3 is not finite$")
        self.assertEqual(self.tree(), before)

    def test_bad_series_where_each_rank_has_one(self):
        self.series(2, s0=np.nan)
        done = self.call_ranks(2, "learn", "--states-npz", "z?.npz", "--out", "A.npz")
        self.assertEqual(done.returncode, BAD_USAGE, done.stderr)
        line, = self.lines_of_ours(done)
        self.assertRegex(line, r"^vordec: rank 0: learning: series 0 \(z0\.npz\), state 5, entry 3 is not finite$")

    def test_other_layout_and_own_output(self):
        self.series(2)
        np.savez(self.folder / "z2.npz", z=np.ones((4, 5)))
        self.refuse(BAD_USAGE, ["z2.npz: z: D = 5, but z0.npz has D = 12"], "learn", "--states-npz", "z?.npz", "--out", "A.npz")
        self.refuse(BAD_USAGE, ["--states-npz", "--out"], "learn", "--states-npz", "z?.npz", "--out", "z1.npz")


if __name__ == "__main__":
    main(unittest)

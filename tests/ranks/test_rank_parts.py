# SPDX-License-Identifier: MIT
"""vordec decode --parts: a file of each rank, and one that refers to them; its arrays are those of one process."""

import unittest

import h5py
import netCDF4
import numpy as np
from cli_support import BAD_USAGE
from rank_support import RankTest, main


class Parts(RankTest):
    def decode_parts(self, size, states, out, *arguments):
        return self.call_ranks(size, "decode", "--z0-npz", states, "--parts", "--out", out, *arguments)

    def test_arrays(self):
        """Compressed, as floats, and more ranks than states; the picture is drawn by the rank that has its state."""
        states = self.states(5)
        for size, name, stored in (3, "f.h5", ("--compress", 4)), (7, "f.nc", ("--field-dtype", "float32")):
            with self.subTest(ranks=size):
                self.succeed("decode", "--z0-npz", states, "--out", "alone_" + name, "--png", "alone.png", "--state", 4, *stored)
                done = self.decode_parts(size, states, name, "--png", "ranks.png", "--state", 4, "--metrics-json", "m.json",
                                         *stored)
                self.assertEqual(done.returncode, 0, done.stderr)
                parts = sorted(path.name for path in self.folder.glob(name + ".part-*"))
                self.assertEqual(parts, [f"{name}.part-{i}-of-{size}{name[1:]}" for i in range(min(size, 5))])
                with h5py.File(self.folder / name) as whole, h5py.File(self.folder / ("alone_" + name)) as alone:
                    self.assertEqual(sorted(whole), sorted(alone))
                    for key in alone:
                        np.testing.assert_array_equal(whole[key][()], alone[key][()])
                        self.assertEqual((whole[key].dtype, set(whole[key].attrs)), (alone[key].dtype, set(alone[key].attrs)))
                    self.assertTrue(whole["omega_hat"].is_virtual)
                    expected = alone["omega_lp"][()]
                with h5py.File(self.folder / parts[1]) as part:
                    first = {3: 2, 7: 1}[size]
                    np.testing.assert_array_equal(part["omega_lp"][0], expected[first])
                with netCDF4.Dataset(self.folder / name) as whole:
                    np.testing.assert_array_equal(whole["omega_lp"][:], expected)
                self.assertEqual((self.folder / "ranks.png").read_bytes(), (self.folder / "alone.png").read_bytes())
                metrics = self.read_metrics()
                self.assertEqual([entry["t"] for entry in metrics["decode_metrics"]], list(range(5)))
                self.assertEqual(sum(rank["states"] for rank in metrics["ranks"]), 5)

    def test_percent_signs(self):
        """HDF5 takes names of other files as formats."""
        name, states = "50%b%%.h5", self.states(2)
        self.succeed("decode", "--z0-npz", states, "--out", "alone.h5")
        self.succeed("decode", "--z0-npz", states, "--parts", "--out", name)
        with h5py.File(self.folder / name) as whole, h5py.File(self.folder / "alone.h5") as alone:
            np.testing.assert_array_equal(whole["omega_lp"][()], alone["omega_lp"][()])

    def test_refusals(self):
        """Nothing is left by a bad state of the last rank, nor by formats that cannot refer to other files."""
        bad = self.states(3, entries={(2, 0): 1e308})
        good = self.states(3, "ok.npz")
        before = set(self.folder.iterdir())
        for out, states, line in (("f.h5", bad, "rank 2: z: state 2, entry 0"),
                                  ("g.npz", good, "cannot refer to others: --parts is for .h5 and .nc")):
            done = self.decode_parts(3, states, out)
            self.assertEqual(done.returncode, BAD_USAGE, done.stderr)
            said, = self.lines_of_ours(done)
            self.assertIn(line, said)
        self.assertEqual(set(self.folder.iterdir()), before)
        self.refuse(BAD_USAGE, ["--shard leaves parts of another kind"], "decode", "--z0-npz", bad, "--parts", "--shard", "0/2", "--out",
                    "f.h5")


if __name__ == "__main__":
    main(unittest)

# SPDX-License-Identifier: MIT
"""Boxes of another side than 2 pi: L in a file, --box, and the units of energies."""

import json
import math
import unittest

import numpy as np
from cli_support import BAD_USAGE, CommandTest

SIDE = 0.75
SMALL = ("--k-cut", 4, "--resid-mid-cut", 6, "--topk-mid", 8)


def energy(omega, side):
    """0.5 mean(u^2 + v^2), u and v by derivatives of the stream function in a box of that side."""
    n = len(omega)
    k = np.fft.fftfreq(n, side / n) * 2 * math.pi
    ky, kx = np.meshgrid(k, k, indexing="ij")
    k2 = kx**2 + ky**2
    k2[0, 0] = 1
    psi = np.fft.fft2(omega) / k2
    psi[0, 0] = 0
    u, v = np.fft.ifft2(1j * ky * psi).real, np.fft.ifft2(-1j * kx * psi).real
    return 0.5 * np.mean(u**2 + v**2)


class Box(CommandTest):
    @classmethod
    def setUpClass(cls):
        n, rng = 24, np.random.default_rng(4)
        x = np.arange(n) * 2 * math.pi / n
        waves = [np.cos(ky * x[:, None] + kx * x + rng.uniform(0, 6)) for ky, kx in ((1, 2), (3, -1), (0, 5), (4, 4))]
        cls.frames = np.array([sum(rng.uniform(0.5, 1) * wave for wave in waves) for _ in range(5)])

    def setUp(self):
        super().setUp()
        np.savez(self.folder / "T.npz", traj=self.frames, L=SIDE, dt=0.1)

    def encode(self, *arguments, traj="T.npz", out="z.npz"):
        self.succeed("encode", "--traj", self.path(traj), *SMALL, *arguments, "--out", self.path(out))
        with np.load(self.folder / out) as data:
            return dict(data)

    def energies(self, *arguments, state="z.npz"):
        """Of the fields that a decode gives: by the metrics, and by NumPy for a side of 1."""
        self.succeed("decode", "--z0-npz", self.path(state), *arguments, "--decode-backend", "cpu", "--out",
                     self.path("f.npz"), "--metrics-json", self.path("m.json"))
        rows = json.loads((self.folder / "m.json").read_text())["decode_metrics"]
        with np.load(self.folder / "f.npz") as fields:
            return [(row[f"energy_{what}"], energy(field, 1)) for row in rows for what in ("lp", "hat")
                    for field in fields[f"omega_{what}"][row["t"]:][:1]]

    def assert_side(self, energies, side):
        for got, of_one in energies:
            self.assertAlmostEqual(got / (of_one * side**2), 1, 11)

    def test_what_the_file_says(self):
        self.assertEqual(self.encode()["L"], SIDE)
        self.assert_side(self.energies(), SIDE)

    def test_the_command_line_wins(self):
        self.assertEqual(self.encode("--box", 3)["L"], 3)
        self.assert_side(self.energies(), 3)
        self.assert_side(self.energies("--box", 0.1), 0.1)
        self.assert_side(self.energies("--metrics-box", "auto"), 3)

    def test_nobody_says(self):
        np.savez(self.folder / "plain.npz", traj=self.frames)
        self.assertNotIn("L", self.encode(traj="plain.npz"))
        self.assert_side(self.energies(), 2 * math.pi)

    def test_tables(self):
        run = ("--decode-backend", "cpu", "--out-dir", self.path("o"), "--stride", 2)
        self.succeed("snapshots", "--traj", self.path("T.npz"), *SMALL, *run)
        series = np.genfromtxt(self.folder / "o/snapshot_series.csv", delimiter=",", names=True, dtype=None,
                               encoding="utf-8")
        shells = np.genfromtxt(self.folder / "o/snapshot_spectrum.csv", delimiter=",", names=True, dtype=None,
                               encoding="utf-8")
        comparison = np.genfromtxt(self.folder / "o/snapshot_comparison.csv", delimiter=",", names=True, dtype=None,
                                   encoding="utf-8")
        expected = [energy(omega, SIDE) for omega in self.frames]
        np.testing.assert_allclose(series["energy_truth"], expected, rtol=1e-12)
        np.testing.assert_allclose(comparison["energy_truth"], expected[::2], rtol=1e-12)
        np.testing.assert_allclose(series["energy_decoded"][::2], comparison["energy_decoded"], rtol=1e-12)
        self.assertAlmostEqual(shells["energy_truth"].sum() / expected[-1], 1, 12)
        self.succeed("snapshots", "--kernel-only", "--z0-npz", self.path("o/snapshot_z0.npz"), "--A-npz",
                     self.path("o/snapshot_A.npz"), "--steps", 2, *run[:2], "--out-dir", self.path("k"))
        rolled = np.genfromtxt(self.folder / "k/snapshot_comparison.csv", delimiter=",", names=True, dtype=None,
                               encoding="utf-8")
        self.assertAlmostEqual(float(np.atleast_1d(rolled["energy_decoded"])[0]) / comparison["energy_decoded"][0], 1, 12)

    def test_simulation(self):
        """A viscosity is one in the units of the box; the rest of the flow does not feel its side."""
        arguments = "--N", 32, "--steps", 3, "--out"
        self.succeed("simulate", "--box", SIDE, "--nu0", 1e-4, *arguments, self.path("a.npz"))
        self.succeed("simulate", "--nu0", 1e-4 * (2 * math.pi / SIDE) ** 2, *arguments, self.path("b.npz"))
        with np.load(self.folder / "a.npz") as own, np.load(self.folder / "b.npz") as standard:
            np.testing.assert_allclose(own["traj"], standard["traj"], atol=1e-14)
            self.assertEqual((own["L"], own["nu0"], standard["L"]), (SIDE, 1e-4, 2 * math.pi))

    def test_bad_sides(self):
        for side in 0, -1, "wide", "inf":
            self.refuse(BAD_USAGE, ["[metrics] box", "a length above 0"], "simulate", "--box", side, "--out",
                        self.path("o.npz"))
        np.savez(self.folder / "bad.npz", traj=self.frames, L=-1.0)
        self.refuse(BAD_USAGE, ["bad.npz", "L: -1"], "encode", "--traj", self.path("bad.npz"), "--out", self.path("z.npz"))
        state = self.encode()
        np.savez(self.folder / "bad_state.npz", **{**state, "L": 0.0})
        self.refuse(BAD_USAGE, ["bad_state.npz: L", "a length above 0"], "decode", "--z0-npz", self.path("bad_state.npz"),
                    "--out", self.path("f.npz"))


if __name__ == "__main__":
    unittest.main()

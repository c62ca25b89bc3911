# SPDX-License-Identifier: MIT
"""Comparers from Python, against NumPy."""

import unittest

import numpy as np
import vordec
from python_support import BindingTest

CPU = {"encode": {"backend": "cpu"}, "simulate": {"backend": "cpu"}, "decode": {"backend": "cpu"}}


def field(n, seed):
    return np.random.default_rng(seed).standard_normal((n, n)) + 0.3


def shells(w):
    n = len(w)
    k = np.fft.fftfreq(n, 1 / n)
    slope = np.where(2 * abs(k) == n, 0, k)
    k2, slope2 = k[:, None]**2 + k**2, slope[:, None]**2 + slope**2
    k2[0, 0] = 1
    energy = 0.5 * abs(np.fft.fft2(w) / n**2)**2 * slope2 / k2**2
    energy[0, 0] = 0
    return np.bincount((np.sqrt(k2) + 0.5).astype(int).ravel(), energy.ravel())


class Comparer(BindingTest):
    def test_numbers(self):
        for n in 16, 21:
            a, b, w = (field(n, i) for i in range(3))
            with vordec.Simulation(a, dt=0.01, config=CPU) as simulation, vordec.Comparer(simulation, 2) as comparer:
                comparer.keep(0, a)
                comparer.keep(1, b)
                got = comparer.compare(w, [0, (1, -2.5)])
            self.assertEqual((got.compare_device, len(got.pairs)), ("cpu", 2))
            np.testing.assert_allclose([got.moments.mean, got.moments.square, got.moments.variance],
                                       [w.mean(), (w**2).mean(), w.var()], rtol=1e-12)
            expected = shells(w)
            np.testing.assert_allclose(got.shells[:len(expected)], expected, rtol=1e-12)
            for pair, f in zip(got.pairs, (a, -2.5 * b)):
                self.assertAlmostEqual(pair.relative_l2, np.linalg.norm(w - f) / np.linalg.norm(f), 12)
                self.assertAlmostEqual(pair.correlation, np.corrcoef(w.ravel(), f.ravel())[0, 1], 12)

    def test_in_place(self):
        """A simulation's member and a decode's fields, where they are, have the bits of what is read."""
        n = 24
        with vordec.Simulation(np.stack([field(n, 4), field(n, 5)]), dt=0.01, config=CPU) as simulation:
            simulation.advance(2)
            with vordec.Comparer(simulation, 2) as comparer:
                comparer.keep(0, simulation, member=1)
                comparer.add(1, simulation, member=1)
                comparer.add(1, 0)
                np.testing.assert_array_equal(comparer.read(0), simulation.read()[1])
                np.testing.assert_array_equal(comparer.read(1), 2 * comparer.read(0))
            state = vordec.encode(simulation, 4, 7, 10)
        with vordec.Decoder(state, CPU) as decoder, vordec.Comparer(decoder) as comparer:
            both = decoder.decode(state.z[0])
            comparer.keep(0, decoder)
            np.testing.assert_array_equal(comparer.read(0), both.omega_hat)
            with self.assertRaisesRegex(vordec.UsageError, "does not have omega_lp"):
                comparer.keep(0, decoder, output="omega_lp")
        with vordec.Decoder(state, CPU, outputs=["omega_hat"]) as decoder, vordec.Comparer(decoder) as comparer:
            decoder.decode(state.z[0])
            comparer.keep(0, decoder, output="omega_lp")
            np.testing.assert_array_equal(comparer.read(0), both.omega_lp)
            decoder.decode(state.z)
            with self.assertRaisesRegex(vordec.UsageError, "does not have omega_hat"):
                comparer.keep(0, decoder)

    def test_refusals(self):
        start = field(8, 1)
        with vordec.Simulation(start, dt=0.01, config=CPU) as simulation, vordec.Simulation(start, dt=0.01, config=CPU) as other:
            with vordec.Comparer(simulation, 1, 1) as comparer:
                for part, call in {
                    "keep: field 1 does not exist: there are 1": lambda: comparer.keep(1, np.zeros((8, 8))),
                    "2 pairs are given, but the comparer was made for 1": lambda: comparer.compare(0, [0, 0]),
                    "cannot be added to itself": lambda: comparer.add(0, 0),
                    "on another device or grid": lambda: comparer.compare(other),
                    "member 1 does not exist: there are 1": lambda: comparer.compare(simulation, member=1),
                    "expected omega_lp or omega_hat": lambda: self.compare_mask(comparer),
                }.items():
                    with self.subTest(part), self.assertRaisesRegex(vordec.UsageError, part):
                        call()
                for part, call in {
                    r"shape \(8, 9\)": lambda: comparer.compare(np.zeros((8, 9))),
                    "not finite at row 2, column 3": lambda: comparer.compare(np.where(np.arange(64) == 19, np.nan, 0).reshape(8, 8)),
                    "the factor of pair 0 is not finite": lambda: comparer.compare(0, [(0, float("inf"))]),
                }.items():
                    with self.subTest(part), self.assertRaisesRegex(vordec.InputError, part):
                        call()
        with self.assertRaisesRegex(vordec.UsageError, "a simulation or a decoder"):
            vordec.Comparer(None)

    def compare_mask(self, comparer):
        state = vordec.encode(field(8, 1), 2, 3, 2, config=CPU)
        with vordec.Decoder(state, CPU) as decoder:
            comparer.compare(decoder, output="mask")


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: MIT
"""Simulations from Python."""

import unittest

import numpy as np
import vordec
from python_support import DATA, BindingTest

CPU = {"simulate": {"backend": "cpu"}}


class Simulation(BindingTest):
    def start(self, n=24, members=0):
        y, x = np.mgrid[:n, :n] * 2 * np.pi / n
        field = np.sin(2 * x + y) + np.cos(3 * y - x)
        return np.stack([(1 + i) * field for i in range(members)]) if members else field

    def test_reference(self):
        """The reference's noise, smoothed as it smooths, and its field at step 10."""
        with np.load(DATA / "n64/les.npz") as file:
            data = dict(file)
        noise, n = data["noise"], int(data["N"])
        padded = np.pad(noise, 5)
        omega = sum(padded[i:i + n, j:j + n] for i in range(11) for j in range(11)) / 121
        omega = (omega - omega.mean()) / (omega.std() + 1e-12)
        with vordec.Simulation(omega, float(data["dt"]), float(data["nu0"]), float(data["Cs"]), dealias=False,
                               reference_mean=True, config=CPU) as simulation:
            report = simulation.advance(10)
            got = simulation.read()
            self.assertEqual((simulation.step, report.les_device, simulation.info.precision), (10, "cpu", "fp64"))
            self.assertIn("N = 64, by cpu (fp64) on ", repr(simulation))
        self.assertLess(np.linalg.norm(got - data["omega"][0]) / np.linalg.norm(got), 1e-10)

    def test_members_and_pieces(self):
        """Members have the bits that they have alone; what read() gave goes on with the same bits."""
        start = self.start(members=3)
        with vordec.Simulation(start, 0.01, config=CPU) as together:
            together.advance(7)
            got = together.read()
            middle = together.step
            together.advance(5)
            end = together.read()
        for member in range(3):
            with vordec.Simulation(start[member], 0.01, config=CPU) as alone:
                for _ in range(7):
                    alone.advance()
                self.assertEqual(alone.read().tobytes(), got[member].tobytes())
                alone.set(got[member], middle)
                alone.advance(5)
                self.assertEqual((alone.read().tobytes(), alone.step), (end[member].tobytes(), 12))

    def test_with_a_decoder(self):
        state = vordec.State.from_npz(self.state())
        with vordec.Decoder(state, {"decode": {"backend": "cpu"}}) as decoder:
            with vordec.Simulation(self.start(), 0.01, decoder=decoder) as simulation:
                self.assertEqual(simulation.info.reason, "auto: the decode backend if it can, else cpu")
                simulation.advance()
                result = decoder.decode()
                with vordec.Metrics(decoder, simulation=simulation) as metrics:
                    metrics.add(result)
                    both = metrics.read()
                with vordec.Metrics(simulation=simulation) as metrics:
                    alone = metrics.read()
        self.assertEqual((both["les_backend_used"], both["les_device"], both["D"]), ("cpu", "cpu", state.layout.d))
        self.assertEqual((alone["les_dtype"], alone["N"], alone["D"], alone["decode_device"]), ("float64", 24, None, None))

    def test_breakdown(self):
        with vordec.Simulation(self.start(), 1e3, config=CPU) as simulation:
            with self.assertRaisesRegex(vordec.Error, r"not finite at step \d+, row \d+, column \d+"):
                simulation.advance(100)
            with self.assertRaisesRegex(vordec.UsageError, "holds no field"):
                simulation.read()
            simulation.set(0 * self.start())
            simulation.advance(2)
            self.assertEqual(np.abs(simulation.read()).max(), 0)

    def test_refusals(self):
        start = self.start()
        for error, part, make in (
                (vordec.InputError, "expected", lambda: vordec.Simulation(start[1:], 0.1, config=CPU)),
                (vordec.InputError, "dt: 0", lambda: vordec.Simulation(start, 0, config=CPU)),
                (vordec.InputError, "row 0, column 0", lambda: vordec.Simulation(start * np.nan, 0.1, config=CPU)),
                (vordec.Refused, "no-fp32", lambda: vordec.Simulation(start, 0.1, config={
                    "simulate": {"backend": "cpu", "precision": "fp32"}}))):
            with self.subTest(part), self.assertRaisesRegex(error, part):
                make()
        with vordec.Simulation(start, 0.1, config=CPU) as simulation:
            with self.assertRaisesRegex(vordec.InputError, "expected"):
                simulation.set(self.start(16))
            with self.assertRaisesRegex(vordec.UsageError, "steps: -1"):
                simulation.advance(-1)


if __name__ == "__main__":
    unittest.main()

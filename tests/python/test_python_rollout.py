# SPDX-License-Identifier: MIT
"""Rollouts from Python."""

import unittest

import numpy as np
import vordec
from python_support import BindingTest


class Rollout(BindingTest):
    def setUp(self):
        super().setUp()
        self.states = vordec.State.from_npz(self.state())
        d = self.states.layout.d
        self.a = 0.9 * np.eye(d) + np.random.default_rng(2).standard_normal((d, d)) / d

    def test_steps(self):
        """A row vector times A."""
        z = self.states.z
        with vordec.Rollout(self.a, z) as rollout:
            report = rollout.advance(3)
            got = rollout.read()
            self.assertEqual(rollout.hash(), vordec.hash(got))
        np.testing.assert_allclose(got, z @ self.a @ self.a @ self.a, rtol=1e-11, atol=1e-13)
        self.assertEqual(report.op_device, "cpu")
        self.assertEqual(rollout.info.backend_used, "cpu")

    def test_with_a_decoder(self):
        with vordec.Decoder(self.states) as decoder, vordec.Rollout(self.a, self.states.z, decoder) as rollout:
            self.assertTrue(rollout.feeds(decoder))
            rollout.advance(2)
            result = decoder.decode(rollout=rollout)
            with vordec.Metrics(decoder, rollout) as metrics:
                metrics.add(result, t=2)
                metrics.add_state_hash(2, rollout.hash())
                metrics.set_run(2, dt=0.1, rollout_s=1.0)
                self.assertEqual((metrics.read()["train_steps"], metrics.read()["comparison"]), (None, []))
                self.assertNotIn("train", metrics.read()["hashes"][0])
                metrics.set_training(1)
                metrics.add_comparison(1, 0.5, 0.9, encoding=0.25)
                metrics.add_comparison(2, 1.5, climatology=0.75, persistence=1.25)
                report = metrics.read()
            self.assertEqual(result.omega_lp.tobytes(), decoder.decode(rollout.read()).omega_lp.tobytes())
        self.assertEqual((report["steps"], report["dt"], report["op_backend_used"]), (2, 0.1, "cpu"))
        self.assertIn("z", [entry["what"] for entry in report["hashes"]])
        self.assertEqual({entry["train"] for entry in report["hashes"] + report["decode_metrics"]}, {False})
        self.assertEqual(report["train_steps"], 1)
        keys = ("t", "train", "relative_l2", "correlation", "relative_l2_persistence", "relative_l2_climatology",
                "relative_l2_encoding")
        self.assertEqual([tuple(entry[key] for key in keys) for entry in report["comparison"]],
                         [(1, True, 0.5, 0.9, None, None, 0.25), (2, False, 1.5, None, 1.25, 0.75, None)])

    def test_rows(self):
        """States on the way, decoded at once: the bits of decodes one by one."""
        z0 = np.stack([self.states.z, 0.5 * self.states.z])
        for start in (self.states.z, z0):
            with vordec.Decoder(self.states, batch=4) as decoder, vordec.Rollout(self.a, start, decoder) as rollout, \
                    vordec.Rollout(self.a, start, decoder) as steps:
                rollout.walk(3, 2)
                together, rows = decoder.decode(rollout=rollout), rollout.read_rows()
                self.assertEqual((rollout.rows, rows.shape), (3, (3, *start.shape)))
                self.assertEqual(together.omega_lp.shape[:-2], (3, *start.shape[:-1]))
                for row in range(3):
                    steps.advance(2)
                    self.assertEqual(rows[row].tobytes(), steps.read().tobytes())
                    alone = decoder.decode(rollout=steps)
                    self.assertEqual(together.omega_lp[row].tobytes(), alone.omega_lp.tobytes())
                    self.assertEqual(together.mask[row].tobytes(), alone.mask.tobytes())
                self.assertEqual(rollout.read().tobytes(), steps.read().tobytes())
                rollout.advance()
                self.assertEqual((rollout.rows, decoder.decode(rollout=rollout).omega_lp.shape[:-2]),
                                 (1, start.shape[:-1]))
                self.assertRaises(vordec.UsageError, rollout.walk, 5000)
                self.assertRaises(vordec.UsageError, rollout.walk, 0)

    def test_several_states(self):
        """Each with the bits that it has alone, and near NumPy's product after 100 steps; decoded where they are."""
        d = self.states.layout.d
        z0 = np.random.default_rng(4).standard_normal((5, d)) * self.states.z
        a = 0.98 * np.linalg.qr(self.a)[0]  # what grows or shrinks with steps says nothing of their rounding
        with vordec.Decoder(self.states, batch=2) as decoder, vordec.Rollout(a, z0, decoder) as rollout:
            self.assertEqual((rollout.states, rollout.batched, rollout.d), (5, True, d))
            self.assertIn(f"5 states of D = {d}", repr(rollout))
            rollout.advance(100)
            got = rollout.read()
            self.assertEqual((got.shape, rollout.hash()), ((5, d), vordec.hash(got)))
            expected = z0
            for _ in range(100):
                expected = expected @ a
            for row, near in zip(got, expected):
                self.assertLessEqual(np.linalg.norm(row - near), 1e-12 * np.linalg.norm(near))
            result = decoder.decode(rollout=rollout)
            self.assertEqual(result.omega_lp.tobytes(), decoder.decode(got).omega_lp.tobytes())
            with vordec.Metrics(decoder, rollout) as metrics:
                metrics.add(result, t=100)
                report = metrics.read()
            self.assertEqual(report["op_states"], 5)
            self.assertEqual([(entry["t"], entry["state"]) for entry in report["hashes"] if entry["what"] == "mask"],
                             [(100, i) for i in range(5)])
        for i, start in enumerate(z0):
            for alone in start, start[None]:
                with vordec.Rollout(a, alone) as rollout:
                    rollout.advance(60)
                    rollout.advance(40)
                    self.assertEqual(rollout.read().shape, alone.shape)
                    self.assertEqual(rollout.read().tobytes(), got[i].tobytes())

    def test_stride_power(self):
        """Near the same steps one by one; not in order, and by multiples alone."""
        z = self.states.z
        on = {"op": {"stride_power": True}}
        with vordec.Rollout(self.a, z) as rollout:
            rollout.advance(30)
            expected = rollout.read()
        with vordec.Decoder(self.states, config=on) as decoder, vordec.Rollout(self.a, z, decoder, stride=10) as rollout:
            for _ in range(3):
                rollout.advance(10)
            got = rollout.read()
            with vordec.Metrics(decoder, rollout) as metrics:
                self.assertEqual(metrics.read()["op_stride"], 10)
            with self.assertRaisesRegex(vordec.UsageError, "steps: 15: not a multiple of the rollout's stride, 10"):
                rollout.advance(15)
        self.assertLessEqual(np.linalg.norm(got - expected), 1e-13 * np.linalg.norm(expected))
        self.assertNotEqual(got.tobytes(), expected.tobytes())
        with vordec.Rollout(self.a, z, stride=10) as rollout:  # where it is not asked for: the bits of single steps
            rollout.advance(30)
            self.assertEqual(rollout.read().tobytes(), expected.tobytes())
        with self.assertRaisesRegex(vordec.ConfigError, "contradict each other"):
            vordec.Rollout(self.a, z, config={"op": {"stride_power": True, "deterministic": True}})
        with self.assertRaisesRegex(vordec.InputError, "its power of 5, the stride, is not finite"):
            vordec.Rollout(1e100 * self.a, z, config=on, stride=5)

    def test_outlives_its_decoder(self):
        decoder = vordec.Decoder(self.states)
        rollout = vordec.Rollout(self.a, self.states.z, decoder)
        decoder.close()
        rollout.advance()
        rollout.close()

    def test_deterministic(self):
        """Sums over i ascending: what plain loops give."""
        d = 40
        rng = np.random.default_rng(3)
        a, z = rng.standard_normal((d, d)), rng.standard_normal(d)
        expected = [0.0] * d
        for j in range(d):
            for i in range(d):
                expected[j] += float(z[i]) * float(a[i, j])
        with vordec.Rollout(a, z, config={"op": {"deterministic": True}}) as rollout:
            rollout.advance()
            self.assertEqual(list(rollout.read()), expected)

    def test_refusals(self):
        z, d = self.states.z, self.states.layout.d
        for a, z0, part in ((self.a[1:], z, "expected"), (self.a, z[None, None], "expected"), (self.a, z[None, :0], "expected"),
                            (self.a, np.stack([z, z - np.inf]), "z: state 1, entry 0 is infinite"),
                            (self.a * np.nan, z, "A: row 0, column 0 is NaN"), (self.a, z + np.inf, "z: entry 0 is infinite")):
            with self.assertRaisesRegex(vordec.InputError, part):
                vordec.Rollout(a, z0)
        with vordec.Decoder(self.states) as decoder, vordec.Rollout(np.eye(d - 2), z[2:], decoder) as rollout:
            with self.assertRaisesRegex(vordec.InputError, "D = "):
                decoder.decode(rollout=rollout)
            with self.assertRaisesRegex(vordec.UsageError, "steps: -1"):
                rollout.advance(-1)
            with self.assertRaisesRegex(vordec.UsageError, "from the decoder"):
                vordec.Rollout(self.a, z, decoder, {})


if __name__ == "__main__":
    unittest.main()

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
        for a, z0, part in ((self.a[1:], z, "expected"), (self.a, z[None], "expected"),
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

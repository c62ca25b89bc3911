# SPDX-License-Identifier: MIT
"""Encoders from Python, against NumPy."""

import os
import tempfile
import unittest
from unittest import mock

import numpy as np
import vordec
from python_support import BindingTest

CPU = {"encode": {"backend": "cpu"}, "simulate": {"backend": "cpu"}, "decode": {"backend": "cpu"}}


def fields(n, count, seed=3):
    return np.random.default_rng(seed).standard_normal((count, n, n))


def smoothed(field, width):
    """Over a box that wraps around."""
    offsets = range(-(width // 2), width - width // 2)
    return sum(np.roll(field, (y, x), (0, 1)) for y in offsets for x in offsets) / width**2


class Encoder(BindingTest):
    def test_definition(self):
        """All that a state holds but the support, by transforms of NumPy's."""
        n, k_cut, mid_cut = 24, 4, 7
        for modes in "full", "half":
            omega = fields(n, 1)[0]
            with vordec.Encoder(n, k_cut, mid_cut, 10, modes=modes, config=CPU) as encoder:
                self.assertIsNone(encoder.anchor_idx)
                state = encoder.encode(omega)
                self.assertEqual(encoder.report.encode_device, "cpu")
                self.assertFalse(encoder.report.in_place)
                anchors = encoder.anchor_idx
            width = state.settings["mask", "smooth_width"]
            self.assertEqual((width, state.settings["mask", "boundary"], state.modes), (3, "periodic", modes))
            k = np.fft.fftfreq(n, 1 / n)
            square = (k[:, None]**2 + k**2).ravel()
            index = np.arange(n * n)
            partner = -(index // n) % n * n + -(index % n) % n
            weight = np.where((modes == "half") & (index < partner), 2, 1)
            c = np.fft.fft2(omega).ravel() / n**2
            r = np.fft.fft2(omega - smoothed(omega, width)).ravel() / n**2
            low = (square <= k_cut**2) & ((modes == "full") | (index <= partner))
            m, a = low.sum(), len(anchors)
            np.testing.assert_allclose(state.z[:m] + 1j * state.z[m:2 * m], (weight * c)[low], atol=1e-15)
            kept = state.z[2 * m + 4:]
            np.testing.assert_allclose(kept[:a] + 1j * kept[a:], (weight * r)[anchors], atol=1e-15)
            taken = np.union1d(anchors, partner[anchors]) if modes == "half" else anchors
            mid = (square > k_cut**2) & (square <= mid_cut**2)
            self.assertEqual(len(taken), 10)
            self.assertTrue(mid[taken].all())
            mid[taken] = False
            np.testing.assert_allclose(state.z[2 * m + 1], np.mean(abs(r[mid])**2), rtol=1e-12)
            np.testing.assert_allclose(state.z[2 * m + 2], np.mean(abs(r[square > mid_cut**2])**2), rtol=1e-12)
            self.assertEqual(state.z[2 * m + 3], a)

    def test_state_decodes(self):
        """What is encoded goes to a decoder as it is, to a file, and back."""
        omega = fields(32, 3)
        state = vordec.encode(omega, 6, 9, 20, config=CPU)
        with tempfile.TemporaryDirectory(prefix="vordec-test-") as folder:
            state.to_npz(os.path.join(folder, "Z.npz"))
            again = vordec.State.from_npz(os.path.join(folder, "Z.npz"))
        self.assertEqual(again.settings, state.settings)
        k = np.fft.fftfreq(32, 1 / 32)
        low = np.fft.ifft2(np.fft.fft2(omega) * (k[:, None]**2 + k**2 <= 36)).real
        for made in state, again:
            with vordec.Decoder(made, CPU) as decoder:
                np.testing.assert_allclose(decoder.decode(made.z).omega_lp, low, atol=1e-14)

    def test_batches_and_anchors(self):
        omega = fields(20, 5)
        whole = vordec.encode(omega, 3, 5, 8, config=CPU)
        with vordec.Encoder(20, 3, 5, 8, batch=2, config=CPU) as encoder:
            encoder.choose(omega)
            for field, z in zip(omega, whole.z):
                self.assertEqual(encoder.encode(field).z.tobytes(), z.tobytes())
            anchors = encoder.anchor_idx
            encoder.set_anchors(anchors[::-1])
            turned = encoder.encode(omega[:1])
            a = len(anchors)
            self.assertEqual(turned.z[0, -a:][::-1].tolist(), whole.z[0, -a:].tolist())
            encoder.set_anchors([])
            self.assertEqual(encoder.encode(omega[0]).layout.anchors, 0)

    def test_from_a_simulation(self):
        """Its members where they are have the states of what they read as."""
        start = np.array([np.cos(np.arange(16) * 2 * np.pi / 16) + number for number in np.arange(48).reshape(3, 16, 1) % 7])
        with vordec.Simulation(start, 0.01, config=CPU) as simulation:
            simulation.advance(3)
            with vordec.Encoder(16, 2, 4, 6, batch=3, simulation=simulation) as encoder:
                state = encoder.encode(simulation)
                self.assertTrue(encoder.report.in_place)
                self.assertEqual(encoder.info.reason, "")
                with vordec.Metrics(simulation=simulation, encoder=encoder) as metrics:
                    told = metrics.read()
            other = vordec.encode(simulation.read(), 2, 4, 6, config=CPU)
            self.assertEqual(vordec.encode(simulation, 2, 4, 6).z.tobytes(), other.z.tobytes())
        self.assertEqual(state.z.tobytes(), other.z.tobytes())
        self.assertEqual([told[f"encode_{key}"] for key in ("backend_used", "device", "dtype")], ["cpu", "cpu", "float64"])

    def test_one_thread_at_a_time(self):
        """Neither what it encodes nor itself goes away within a call, or is used by two."""
        call, tried = vordec._library.call, []

        def while_others_close(name, *arguments):
            if name.startswith("encode"):
                tried.append(name)
                for use in simulation.close, encoder.close, lambda: encoder.anchor_idx:
                    with self.assertRaises(vordec.Busy):
                        use()
            call(name, *arguments)

        with vordec.Simulation(fields(16, 2), 0.01, config=CPU) as simulation, \
                vordec.Encoder(16, 2, 4, 6, simulation=simulation) as encoder:
            with mock.patch.object(vordec._library, "call", while_others_close):
                encoder.choose(simulation)
                encoder.encode(simulation)
            self.assertEqual(tried, ["encoder_choose_anchors", "encode"])
            with simulation._taken():
                for use in encoder.choose, encoder.encode:
                    with self.assertRaisesRegex(vordec.Busy, "Simulation"):
                        use(simulation)
            simulation.close()
            with self.assertRaisesRegex(vordec.UsageError, "closed"):
                encoder.encode(simulation)
            self.assertGreater(len(encoder.anchor_idx), 0)

    def test_refusals(self):
        omega = fields(16, 1)[0]
        bad = omega.copy()
        bad[2, 3] = np.nan
        for error, part, arguments in ((vordec.InputError, "expected", (omega[1:],)),
                                       (vordec.InputError, "expected", (1.0,)),
                                       (vordec.InputError, "resid_mid_cut: 5 is below", (omega, 8, 5)),
                                       (vordec.InputError, "row 2, column 3", (bad, 2, 4))):
            with self.subTest(part), self.assertRaisesRegex(error, part):
                vordec.encode(*arguments, config=CPU)
        with self.assertRaisesRegex(vordec.UsageError, "full or half"):
            vordec.Encoder(16, modes="all")
        with self.assertRaisesRegex(vordec.Refused, "no-fp32"):
            vordec.encode(omega, 2, 4, config={"encode": {"backend": "cpu", "precision": "fp32"}})
        with vordec.Encoder(16, 2, 4, config=CPU) as encoder:
            with self.assertRaisesRegex(vordec.InputError, "is not in the mid band"):
                encoder.set_anchors([0])
            with self.assertRaisesRegex(TypeError, "cannot be copied"):
                encoder.__reduce__()


if __name__ == "__main__":
    unittest.main()

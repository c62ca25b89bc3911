# SPDX-License-Identifier: MIT
"""Gradients: against NumPy's FFT, against differences of decodes, and refusals."""

import os
import unittest

import numpy as np
from made_states import CPU, made_up
from python_support import BindingTest

import vordec


class Tests(BindingTest):
    def test_by_the_fft(self):
        """Derivatives by coefficients are the cotangents' spectrum at their modes."""
        layout, states, low, anchors = made_up(24, 3)
        generator = np.random.default_rng(5)
        lp, hat = generator.normal(size=(2, 3, 24, 24))
        with vordec.Decoder(layout, CPU, residual=True) as decoder:
            mask = generator.integers(-1, 2, (3, 24, 24), dtype=np.int8)
            got = decoder.gradients(states, omega_lp=lp, omega_hat=hat, mask=mask)
            for i in range(3):
                kept = 3 + i
                both = np.fft.fft2(lp[i] + hat[i]).ravel()[low]
                of_hat = np.fft.fft2(hat[i]).ravel()[anchors[:kept]]
                expected = np.concatenate([both.real, both.imag, np.zeros(4), of_hat.real, of_hat.imag])
                np.testing.assert_allclose(got.z[i, :expected.size], expected, rtol=0, atol=1e-11)
                self.assertFalse(got.z[i, expected.size:].any())
                np.testing.assert_array_equal(got.residual[i], (mask[i] != 0) * hat[i])
            self.assertEqual(got.report.adjoint_device, "cpu")
            one = decoder.gradients(states[1], omega_hat=hat[1])
            self.assertIsNone(one.residual)
            np.testing.assert_array_equal(one.z, decoder.gradients(states[1:2], omega_hat=hat[1:2]).z[0])

    def test_by_differences(self):
        """What a step along a random direction changes; the mask, a constant, must not change on the way."""
        layout, states, low, _ = made_up(16, 1)
        generator = np.random.default_rng(7)
        with vordec.Decoder(layout, CPU, residual=True) as decoder:
            z = states[0]
            lp, hat = generator.normal(size=(2, 16, 16))
            along, over = generator.normal(size=z.size), generator.normal(size=(16, 16))
            along[2 * low.size:2 * low.size + 4] = 0
            r = generator.normal(size=(16, 16))
            step = 1e-6
            ends = [decoder.decode(z + sign * step * along, residual=r + sign * step * over) for sign in (1, -1)]
            np.testing.assert_array_equal(ends[0].mask, ends[1].mask)
            change = sum(((ends[0].omega_lp - ends[1].omega_lp) * lp + (ends[0].omega_hat - ends[1].omega_hat) * hat).ravel())
            got = decoder.gradients(z, omega_lp=lp, omega_hat=hat, mask=ends[0].mask)
            self.assertAlmostEqual(change / (2 * step), got.z @ along + (got.residual * over).sum(), delta=1e-6)

    def test_in_a_forked_child(self):
        """One that was made before the fork serves the child, and the parent as before."""
        layout, states, _, _ = made_up(16, 2)
        hat = np.random.default_rng(1).normal(size=(2, 16, 16))
        with vordec.Decoder(layout, CPU) as decoder:
            expected = decoder.gradients(states, omega_hat=hat).z.tobytes()
            child = os.fork()
            if child == 0:
                os._exit(decoder.gradients(states, omega_hat=hat).z.tobytes() != expected)
            self.assertEqual(os.waitpid(child, 0)[1], 0)
            self.assertEqual(decoder.gradients(states, omega_hat=hat).z.tobytes(), expected)

    def test_refusals(self):
        layout, states, _, _ = made_up(16, 2)
        field = np.zeros((2, 16, 16))
        with vordec.Decoder(layout, CPU, outputs=("omega_hat",)) as decoder:
            for given, error, says in [
                    ({}, vordec.UsageError, "give a cotangent of at least one output"),
                    ({"omega_lp": field}, vordec.UsageError, "a cotangent of omega_lp, which the decoder does not compute"),
                    ({"omega_hat": field[:1]}, vordec.InputError, "shape (1, 16, 16): expected (2, 16, 16)"),
                    ({"omega_hat": np.float64(1)}, vordec.InputError, "shape (): expected (2, 16, 16)"),
                    ({"omega_hat": field.astype("f4")[:, :8]}, vordec.InputError, "expected (2, 16, 16)"),
                    ({"omega_hat": field, "mask": field}, vordec.InputError, "expected integers"),
                    ({"omega_hat": field, "mask": np.full((2, 16, 16), 3)}, vordec.InputError, "-1, 0 or 1"),
                    ({"omega_hat": field, "mask": np.zeros((2, 16, 16), int)}, vordec.UsageError, "takes no residual"),
            ]:
                with self.subTest(says), self.assertRaises(error) as caught:
                    decoder.gradients(states, **given)
                self.assertIn(says, str(caught.exception))
            got = decoder.gradients(states, omega_hat=field)
            self.assertEqual(got.z.shape, states.shape)
        with self.assertRaises(vordec.UsageError):
            decoder.gradients(states, omega_hat=field)  # closed


if __name__ == "__main__":
    unittest.main()

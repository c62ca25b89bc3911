# SPDX-License-Identifier: MIT
"""vordec.torch: PyTorch's own check of gradients, what it returns, and refusals."""

import re
import subprocess
import sys
import unittest

import numpy as np
from made_states import CPU, made_up
from python_support import SOURCE, BindingTest

try:
    import torch
except ImportError:
    sys.exit(77)  # skipped

import vordec
import vordec.torch


class Tests(BindingTest):
    def test_gradcheck(self):
        """PyTorch differentiates by differences in double precision; the mask holds still for steps so small."""
        layout, states, _, _ = made_up(12, 2)
        generator = torch.Generator().manual_seed(3)
        residual = torch.randn(2, 12, 12, generator=generator, dtype=torch.float64, requires_grad=True)
        z = torch.tensor(states, requires_grad=True)
        for gate in "support", "signed":
            with self.subTest(gate), vordec.Decoder(layout, {**CPU, "combine": {"gate": gate}}, residual=True,
                                                    batch=2) as decoder:
                def fields(z, residual):
                    decoded = vordec.torch.decode(decoder, z, residual)
                    return decoded.omega_lp, decoded.omega_hat

                self.assertTrue(torch.autograd.gradcheck(fields, (z, residual), eps=1e-6, atol=1e-7))
        with vordec.Decoder(layout, CPU, batch=2) as decoder:
            self.assertTrue(torch.autograd.gradcheck(lambda z: vordec.torch.decode(decoder, z).omega_hat, (z,)))

    def test_fields_are_those_of_decode(self):
        layout, states, _, _ = made_up(16, 6)
        with vordec.Decoder(layout, CPU, batch=6) as decoder:
            expected = decoder.decode(states)
            got = vordec.torch.decode(decoder, torch.tensor(states).reshape(2, 3, -1))
            for name in "omega_lp", "mask", "omega_hat":
                np.testing.assert_array_equal(getattr(got, name).reshape(6, 16, 16), getattr(expected, name))
            self.assertFalse(got.mask.is_floating_point() or got.mask.requires_grad)
            one = vordec.torch.decode(decoder, torch.tensor(states[0], requires_grad=True))
            self.assertEqual(tuple(one.omega_hat.shape), (16, 16))
            self.assertTrue(one.omega_hat.requires_grad and not one.mask.requires_grad)

    def test_fields_that_stay(self):
        """What tensors of a GPU go through, here with the CPU's: its fields are shared by DLPack, too."""
        layout, states, _, _ = made_up(15, 3)
        with vordec.Decoder(layout, CPU, batch=3) as decoder:
            expected = decoder.decode(states)
            for _ in range(20):  # more often than there are slots
                made = vordec.torch._decode_there(decoder, list(decoder.outputs), torch.tensor(states))
            for name, field in made.items():
                np.testing.assert_array_equal(field, getattr(expected, name))
            bad = torch.tensor(states)
            bad[1, 0] = float("nan")
            with self.assertRaises(vordec.InputError):
                vordec.torch._decode_there(decoder, ["omega_lp"], bad)

    def test_dtypes_and_chains(self):
        """A network's float32 gets a gradient in float32, through what comes before the decode."""
        layout, states, low, _ = made_up(16, 3)
        with vordec.Decoder(layout, CPU, outputs=("omega_hat",), batch=3) as decoder:
            z = torch.tensor(states, dtype=torch.float32)
            scale = torch.ones((), requires_grad=True)
            field = vordec.torch.decode(decoder, z * scale).omega_hat
            self.assertEqual(field.dtype, torch.float64)
            field.square().sum().backward()
            # omega_hat is linear: the derivative of its square by a factor is twice that. (K was not scaled by 1.)
            self.assertAlmostEqual(float(scale.grad), 2 * float(field.detach().square().sum()), places=3)
            leaf = z.clone().requires_grad_()
            vordec.torch.decode(decoder, leaf).omega_hat.sum().backward()
            self.assertEqual((leaf.grad.dtype, leaf.grad.shape), (torch.float32, z.shape))
            # The sum over a field is N^2 times the mean's coefficient.
            self.assertEqual(float(leaf.grad[0, np.searchsorted(low, 0)]), 256)

    def test_only_what_is_asked_for(self):
        layout, states, _, _ = made_up(16, 1)
        with vordec.Decoder(layout, CPU, residual=True) as decoder:
            z, residual = torch.tensor(states[0], requires_grad=True), torch.ones(16, 16, requires_grad=True)
            decoded = vordec.torch.decode(decoder, z, residual)
            decoded.omega_lp.sum().backward()  # in which the residual has no part
            self.assertIsNone(residual.grad)
            decoded = vordec.torch.decode(decoder, z.detach(), residual)
            decoded.omega_hat.sum().backward()
            np.testing.assert_array_equal(residual.grad, decoded.mask != 0)
            self.assertEqual(residual.grad.dtype, torch.float32)
            with torch.no_grad():
                self.assertFalse(vordec.torch.decode(decoder, z).omega_hat.requires_grad)

    def test_refusals(self):
        layout, states, _, _ = made_up(16, 2)
        z, residual = torch.tensor(states, requires_grad=True), torch.ones(2, 16, 16, requires_grad=True)
        with vordec.Decoder(layout, CPU, outputs=("omega_hat",), residual=True, batch=2) as decoder:
            for arguments, error, says in [((z[:, 1:],), vordec.InputError, "expected (.., D)"),
                                           ((z, residual[:1]), vordec.InputError, "expected (2, 16, 16)"),
                                           ((z, residual), vordec.UsageError, "which the decoder does not make")]:
                with self.subTest(says), self.assertRaises(error) as caught:
                    vordec.torch.decode(decoder, *arguments)
                self.assertIn(says, str(caught.exception))
            field = vordec.torch.decode(decoder, z).omega_hat
            gradient, = torch.autograd.grad(field.square().sum(), z, create_graph=True)
            with self.assertRaisesRegex(RuntimeError, "differentiate twice"):
                gradient.sum().backward()
        with vordec.Decoder(layout, CPU, outputs=("scalars",)) as decoder, self.assertRaises(vordec.UsageError):
            vordec.torch.decode(decoder, z)

    def run_example(self, name, *arguments):
        done = subprocess.run([sys.executable, "-B", SOURCE / "examples" / "torch" / name, *arguments], text=True,
                              capture_output=True, check=False, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_example_fit(self):
        """A state fitted through the decoder leaves what is in modes that it does not store, and no more."""
        told = self.run_example("fit.py", "--n", "48")
        encoded, fitted, least = map(float, re.search(r"encoded (\S+), fitted (\S+), least possible (\S+)", told).groups())
        self.assertAlmostEqual(fitted, least, delta=1e-4 * least)
        self.assertLess(fitted, encoded)

    def test_example_train(self):
        """A DataLoader with forked workers, each of which decodes; training gets somewhere."""
        told = self.run_example("train.py", "--workers", "2", "--epochs", "4", "--states", "512")
        errors = [float(error) for error in re.findall(r"relative error (\S+)", told)]
        self.assertEqual(len(errors), 4)
        self.assertEqual(errors, sorted(errors, reverse=True))
        self.assertLess(errors[-1], 0.7)

    def test_nothing_else_imports_torch(self):
        code = "import sys, vordec; vordec.load(); sys.exit('torch' in sys.modules)"
        self.assertEqual(subprocess.run([sys.executable, "-B", "-c", code], check=False).returncode, 0)


if __name__ == "__main__":
    unittest.main()

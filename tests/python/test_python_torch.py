# SPDX-License-Identifier: MIT
"""vordec.torch: PyTorch's own check of gradients, what it returns, and refusals."""

import ctypes
import gc
import os
import re
import subprocess
import sys
import unittest
import unittest.mock

import numpy as np
from made_states import CPU, made_up
from python_support import SOURCE, BindingTest

try:
    import torch
except ImportError:
    sys.exit(77)  # skipped

import vordec
import vordec.torch
from vordec import _cuda, _dlpack, device_gradients
from vordec._dlpack import give


LLVMPIPE = {"backend": "vulkan", "device": "llvmpipe", "allow_software_device": "true"}


def check_products(test, decoder, states, tolerance):
    generator = torch.Generator().manual_seed(11)
    z = torch.tensor(states, requires_grad=True)
    fields = vordec.torch.decode(decoder, z)
    pair = fields.omega_lp, fields.omega_hat
    cotangents = [torch.randn(field.shape, generator=generator).to(field.dtype) for field in pair]
    torch.autograd.backward(pair, cotangents)
    products = torch.stack([(a * b).double() for a, b in zip(cotangents, pair)])
    test.assertAlmostEqual(float(products.sum()), float((z * z.grad).sum()),
                           delta=tolerance * float(products.abs().sum()))
    return z.grad


class Device(BindingTest):
    """Cotangents and gradients in memory of the device, as on a GPU: llvmpipe's, mapped by a libcuda that is none, so that
    tensors of the CPU see it. What is left out is torch's own CUDA, and semaphores, which llvmpipe does not share."""

    def setUp(self):
        if "VORDEC_STUB_CUDA" not in os.environ:
            self.skipTest("there is no Vulkan backend")
        super().setUp()
        os.environ.pop("VK_DRIVER_FILES", None)  # here devices are named
        os.environ.pop("VK_ICD_FILENAMES", None)
        self.runs = 0
        start = device_gradients.DeviceAdjoint.start

        def counted(*arguments):
            self.runs += 1
            return start(*arguments)

        self.put(device_gradients.DeviceAdjoint, "start", counted)
        self.put(_cuda, "LIBRARY", os.environ["VORDEC_STUB_CUDA"])
        self.put(_cuda, "SOFTWARE_TOO", True)
        self.put(vordec.torch, "_returns_there", lambda decoder, cotangents: True)
        self.put(vordec.torch, "_stays_there", lambda decoder, z, residual: decoder.info.device.type != "host" and
                 vordec.torch._adds_there(decoder, z, residual))
        self.put(vordec.torch, "_current_stream", lambda device: 0x5000)
        self.put(vordec.torch, "_join_stream", lambda adjoint, device: 0x5000)
        self.put(vordec.torch, "_tensor_at",
                 lambda place: torch.from_dlpack(give(place.pointer, (_dlpack.CPU, 0), *place[2:], None)))

    def put(self, where, name, value):
        self.addCleanup(setattr, where, name, getattr(where, name))
        setattr(where, name, value)

    def decoder(self, layout, precision="fp64", combine=None, slots=4, **more):
        settings = {"decode": {**LLVMPIPE, "precision": precision}, "combine": combine or {}, "export": {"slots": slots}}
        made = vordec.Decoder(layout, settings, **more)
        self.addCleanup(made.close)
        os.environ["STUB_CUDA_UUIDS"] = made.info.device.uuid
        self.addCleanup(os.environ.pop, "STUB_CUDA_UUIDS", None)
        return made

    def test_gradcheck(self):
        layout, states, _, _ = made_up(12, 2)
        decoder = self.decoder(layout, residual=True, batch=2)
        generator = torch.Generator().manual_seed(3)
        residual = torch.randn(2, 12, 12, generator=generator, dtype=torch.float64, requires_grad=True)
        z = torch.tensor(states, requires_grad=True)

        def fields(z, residual):
            decoded = vordec.torch.decode(decoder, z, residual)
            return decoded.omega_lp, decoded.omega_hat

        self.assertTrue(torch.autograd.gradcheck(fields, (z, residual), eps=1e-6, atol=1e-7))
        self.assertGreater(self.runs, 100)

    def test_residual(self):
        """It stays, too: the bits of the way through the host, for both gates and precisions."""
        layout, states, _, _ = made_up(12, 2)
        residual = torch.randn(2, 12, 12, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
        for precision in "fp32", "fp64":
            for gate in "support", "signed":
                decoder = self.decoder(layout, precision, residual=True, batch=2, combine={"gate": gate})
                there = vordec.torch.decode(decoder, torch.tensor(states), residual)
                with unittest.mock.patch.object(vordec.torch, "_stays_there", lambda *_: False):
                    here = vordec.torch.decode(decoder, torch.tensor(states), residual)
                self.assertTrue((there.mask != 0).any())
                self.assertFalse(torch.equal(there.omega_hat, vordec.torch.decode(decoder, torch.tensor(states)).omega_hat))
                for name in "omega_lp", "mask", "omega_hat":
                    self.assertTrue(torch.equal(getattr(there, name), getattr(here, name)), (precision, gate, name))

    def test_residual_that_cannot_be(self):
        """Refused as on the way through the host: a shape, a dtype and a decoder that was not made for it at once, values
        by the next decode."""
        layout, states, _, _ = made_up(12, 2)
        z, good = torch.tensor(states), torch.ones(2, 12, 12, dtype=torch.float64)
        decoder = self.decoder(layout, "fp32", residual=True, batch=2)
        for stays in True, False:
            with unittest.mock.patch.object(vordec.torch, "_stays_there", lambda *_, stays=stays: stays):
                for residual, says in [(good[:1], "expected (2, 12, 12)"), (good.to(torch.complex64), "expected real numbers"),
                                       (good > 0, "dtype bool")]:
                    with self.assertRaises(vordec.InputError) as caught:
                        vordec.torch.decode(decoder, z, residual)
                    self.assertIn(says, str(caught.exception))
                without = self.decoder(layout, "fp32", batch=2)
                with self.assertRaisesRegex(vordec.UsageError, "a residual is given that the decoder was not made for"):
                    vordec.torch.decode(without, z, good)
        for value, says in [(float("nan"), "NaN"), (float("-inf"), "infinite"),
                            (-1e300, r"-1e\+300: a decode in fp32 overflows beyond 2.1.*e\+37; use \[decode\] precision")]:
            residual = good.clone()
            residual[1, 3, 4] = value
            with unittest.mock.patch.object(vordec.torch, "_stays_there", lambda *_: False):
                self.assertRaisesRegex(vordec.InputError, says, vordec.torch.decode, decoder, z, residual)
            for stays in True, False:  # the next decode
                vordec.torch.decode(decoder, z, residual)
                with unittest.mock.patch.object(vordec.torch, "_stays_there", lambda *_, stays=stays: stays):
                    self.assertRaisesRegex(vordec.InputError, f"residual: .*{says}", vordec.torch.decode, decoder, z)
                    vordec.torch.decode(decoder, z, good)
            vordec.torch.decode(decoder, z, good.to(torch.float32))
        one_slot = self.decoder(layout, "fp32", residual=True, batch=2, slots=1)
        self.assertRaisesRegex(vordec.InputError, f"last decode's is {says}", vordec.torch.decode, one_slot, z, residual)
        wide = self.decoder(layout, residual=True, batch=2)  # in fp64 it is no more than large
        there = vordec.torch.decode(wide, z, residual)
        with unittest.mock.patch.object(vordec.torch, "_stays_there", lambda *_: False):
            self.assertTrue(torch.equal(there.omega_hat, vordec.torch.decode(wide, z, residual).omega_hat))

    def test_against_the_cpu(self):
        """In both precisions, with gaps between masks, several batches in turn, and nothing left of the one before."""
        layout, states, _, _ = made_up(15, 5)
        reference = vordec.Decoder(layout, CPU, batch=5)
        self.addCleanup(reference.close)
        for precision, tolerance in ("fp64", 1e-12), ("fp32", 1e-5):
            decoder = self.decoder(layout, precision)
            for some in (states, states[3:], states[:1], states):
                got = check_products(self, decoder, some, tolerance)
                with unittest.mock.patch.object(vordec.torch, "_returns_there", lambda *_: False):
                    expected = check_products(self, reference, some, 1e-13)
                self.assertLess(float((got - expected).abs().max()), tolerance * float(expected.abs().max()))
                self.assertTrue(((got == 0) == (expected == 0)).all())
        self.assertEqual(self.runs, 8)

    def test_one_cotangent(self):
        layout, states, _, _ = made_up(16, 2)
        decoder = self.decoder(layout, residual=True)
        for name in "omega_lp", "omega_hat":
            grads = []
            for there in True, False:
                with unittest.mock.patch.object(vordec.torch, "_returns_there", lambda *_: there):
                    z, r = torch.tensor(states, requires_grad=True), torch.ones(2, 16, 16, requires_grad=True)
                    getattr(vordec.torch.decode(decoder, z, r), name).square().sum().backward()
                    grads.append((z.grad, torch.zeros(1) if r.grad is None else r.grad))
            for ours, others in zip(*grads):
                self.assertTrue(torch.equal(ours, others))
        self.assertEqual(self.runs, 2)

    def test_nothing_is_left(self):
        layout, states, _, _ = made_up(16, 2)
        counts = (ctypes.c_long * 5)()
        for _ in range(2):
            decoder = self.decoder(layout)
            check_products(self, decoder, states, 1e-12)
            decoder.close()
            gc.collect()
            ctypes.CDLL(os.environ["VORDEC_STUB_CUDA"]).stub_cuda_counts(counts)
            self.assertEqual((list(counts[:4]), _dlpack._alive), ([0, 0, 0, 0], {}))

    def test_without_libcuda(self):
        """The host's way is taken, and the reason is found once."""
        layout, states, _, _ = made_up(16, 2)
        self.put(_cuda, "LIBRARY", "libcuda.so.no-such")
        decoder = self.decoder(layout)
        for _ in range(2):
            check_products(self, decoder, states, 1e-12)
        self.assertEqual(decoder._no_device_adjoint.reason, "no-loader")
        self.assertEqual(self.runs, 0)


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

    def test_products(self):
        """Of a linear map and its transpose: cotangents times fields are states times derivatives."""
        layout, states, _, _ = made_up(18, 3)
        with vordec.Decoder(layout, CPU, batch=3) as decoder:
            check_products(self, decoder, states, 1e-13)

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
                                           ((z, residual), vordec.UsageError, "which the decoder does not compute")]:
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
        errors = [float(error) for error in re.findall(r"epoch .: relative error (\S+)", told)]
        self.assertEqual(len(errors), 4)
        self.assertEqual(errors, sorted(errors, reverse=True))
        self.assertLess(errors[-1], 0.7)
        unseen = re.search(r"unseen fields: relative error (\S+);", told)
        self.assertLess(float(unseen[1]), 0.7)

    def test_nothing_else_imports_torch(self):
        code = "import sys, vordec; vordec.load(); sys.exit('torch' in sys.modules)"
        self.assertEqual(subprocess.run([sys.executable, "-B", "-c", code], check=False).returncode, 0)


if __name__ == "__main__":
    unittest.main()

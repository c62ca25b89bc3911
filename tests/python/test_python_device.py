# SPDX-License-Identifier: MIT
"""decode(device=True): on the CPU backend through DLPack, on llvmpipe through a libcuda that is none."""

import ctypes
import gc
import os
import subprocess
import sys
import threading
import time
import unittest
import weakref

import numpy as np
from python_support import BindingTest

import vordec
from vordec import _cuda, _dlpack, _pinned

os.environ.pop("VK_DRIVER_FILES", None)  # here devices are named
os.environ.pop("VK_ICD_FILENAMES", None)
STUB = os.environ.get("VORDEC_STUB_CUDA", "")
LLVMPIPE = {"decode": {"backend": "vulkan", "device": "llvmpipe", "allow_software_device": "true"}}
CPU = {"decode": {"backend": "cpu"}}


def torch():
    try:
        import torch as module
    except ImportError:
        raise unittest.SkipTest("there is no PyTorch") from None
    return module


def open_files():
    return len(os.listdir("/proc/self/fd"))


class Host(BindingTest):
    def decoder(self, config=CPU, **more):
        return vordec.Decoder(self.a_state(), config, **more)

    def a_state(self):
        return vordec.State.from_npz(self.state())

    def states(self, count):
        z = np.atleast_2d(self.a_state().z)[0]
        return np.stack([z * (1 + i / 8) for i in range(count)])

    def same(self, device, host):
        for name in ("omega_lp", "mask", "omega_hat"):
            expected = getattr(host, name)
            array = getattr(device, name)
            self.assertEqual((array.shape, array.dtype, array.nbytes), (expected.shape, expected.dtype, expected.nbytes))
            np.testing.assert_array_equal(array.numpy(), expected, strict=True)

    def test_the_bytes_of_others(self):
        with self.decoder() as decoder:
            for count in (1, 3, 17):
                z = self.states(count)
                there = decoder.decode(z, device=True)
                here = decoder.decode(z)
                self.same(there, here)
                self.assertEqual(there.report.decode_device, here.report.decode_device)
                self.assertEqual(there.omega_lp.device, "cpu")
                self.assertEqual(there.omega_lp.__dlpack_device__(), (_dlpack.CPU, 0))
                np.testing.assert_array_equal(np.from_dlpack(there.omega_lp), here.omega_lp)
                self.assertFalse(hasattr(there.omega_lp, "__cuda_array_interface__"))
            alone = decoder.decode(z[0], device=True)
            self.assertEqual(alone.mask.shape, here.mask.shape[1:])
            self.same(alone, decoder.decode(z[0]))

    def test_pytorch_shares_the_memory(self):
        module = torch()
        with self.decoder(outputs=("omega_lp",)) as decoder:
            z = self.states(2)
            result = decoder.decode(module.from_numpy(z), device=True)
            tensor = module.from_dlpack(result.omega_lp)
            self.assertEqual(tensor.data_ptr(), result.omega_lp._pointer)
            self.assertIsNone(result.mask)
            expected = decoder.decode(z).omega_lp
            np.testing.assert_array_equal(tensor.numpy(), expected)
            del result
            gc.collect()
            others = [decoder.decode(self.states(2) * 2, device=True) for _ in range(3)]
            np.testing.assert_array_equal(tensor.numpy(), expected)  # it holds its slot
            del others

    def test_what_simulations_and_rollouts_hold(self):
        with self.decoder() as decoder:
            there = decoder.decode(self.states(1), device=True).omega_lp.device
            omega = np.random.default_rng(1).standard_normal((2, 24, 24))
            with vordec.Simulation(omega, 1e-3, decoder=decoder) as simulation:
                for _ in range(3):
                    copy, expected = simulation.read(device=True), simulation.read()
                    simulation.advance(2)
                    self.assertEqual((copy.shape, copy.device), (omega.shape, there))
                    rounded = 6.1e-8 if copy.dtype == np.float32 else 0
                    np.testing.assert_allclose(copy.numpy(), expected, rtol=rounded)
                held = [copy, *(simulation.read(device=True) for _ in range(3))]
                with self.assertRaisesRegex(vordec.Busy, "all 4 slots are held"):
                    simulation.read(device=True)
                del held
                simulation.read(device=True)
            np.testing.assert_allclose(copy.numpy(), expected, rtol=rounded)  # it outlives what it is of
            for z0 in self.states(3), self.states(1)[0]:
                with vordec.Rollout(0.9 * np.eye(decoder.layout.d), z0, decoder) as rollout:
                    for _ in range(3):
                        copy, expected = rollout.read(device=True), rollout.read()
                        rollout.advance(2)
                        self.assertEqual((copy.shape, copy.device), (z0.shape, there))
                        np.testing.assert_array_equal(copy.numpy(), expected.astype(copy.dtype), strict=True)

    def test_slots_end_and_come_back(self):
        with self.decoder() as decoder:
            held = [decoder.decode(self.states(1), device=True) for _ in range(4)]
            with self.assertRaisesRegex(vordec.Busy, "all 4 slots are held"):
                decoder.decode(self.states(1), device=True)
            array = held[0].mask
            del held
            with self.assertRaises(vordec.Busy):
                more = [decoder.decode(self.states(1), device=True) for _ in range(4)]
                self.fail(more)
            del array
            gc.collect()
            decoder.decode(self.states(1), device=True)
        with self.decoder({**CPU, "export": {"slots": "1"}}) as decoder:
            one = decoder.decode(self.states(1), device=True)
            with self.assertRaises(vordec.Busy):
                decoder.decode(self.states(1), device=True)
            del one
            decoder.decode(self.states(1), device=True)

    def test_let_go_of_while_a_rollout_goes_on(self):
        """The device is in a call in another thread: the slot is free later, and not lost."""
        with self.decoder({**CPU, "export": {"slots": "1"}}) as decoder:
            z = self.states(1)
            with vordec.Rollout(np.eye(decoder.layout.d), z[0], decoder) as rollout:
                for steps in (1 << 14, 1 << 18, 1 << 22):
                    result = decoder.decode(z, device=True)
                    thread = threading.Thread(target=rollout.advance, args=(steps,))
                    thread.start()
                    time.sleep(0.02)
                    del result
                    met = thread.is_alive()
                    thread.join()
                    if met:
                        break
                self.same(decoder.decode(z, device=True), decoder.decode(z))

    def test_rings_let_go_of_during_a_call(self):
        with self.decoder() as decoder:
            result = decoder.decode(self.states(1), device=True)
            ring = weakref.ref(result._slot.ring)
            with decoder._taken():
                decoder._rings.clear()
                del result
                self.assertIsNone(ring())
                self.assertEqual(len(decoder._ended), 1)
            decoder.decode(self.states(1), device=True)
            self.assertEqual(len(decoder._ended), 0)

    def test_arrays_outlive_their_decoder(self):
        decoder = self.decoder()
        expected = decoder.decode(self.states(2))
        there = decoder.decode(self.states(2), device=True)
        shared = np.from_dlpack(there.omega_hat)
        decoder.close()
        self.same(there, expected)
        del there, decoder
        gc.collect()
        np.testing.assert_array_equal(shared, expected.omega_hat)

    def test_capsules_that_nobody_takes(self):
        with self.decoder({**CPU, "export": {"slots": "1"}}) as decoder:
            for _ in range(50):
                result = decoder.decode(self.states(1), device=True)
                capsule = result.omega_lp.__dlpack__()
                del result, capsule
            self.assertEqual(_dlpack._alive, {})

    def test_wrong_calls(self):
        with self.decoder() as decoder:
            for z in (np.zeros(7), np.zeros((0, decoder.layout.d)), np.zeros((1, 1, decoder.layout.d))):
                with self.assertRaises(vordec.InputError):
                    decoder.decode(z, device=True)
            z = self.states(1)
            z[0, 3] = np.nan
            with self.assertRaisesRegex(vordec.InputError, r"z\[0, 3\]|entry 3"):
                decoder.decode(z, device=True)
            with self.assertRaises(vordec.UsageError):
                decoder.decode(self.states(1), device=True, step=1)
            self.same(decoder.decode(self.states(1), device=True), decoder.decode(self.states(1)))
        with vordec.Decoder(self.a_state(), {**CPU, "residual": {"synthesis": "on"}}) as decoder:
            with self.assertRaisesRegex(vordec.Unsupported, "a decoder that synthesises a residual"):
                decoder.decode(self.states(1), device=True)
        with vordec.Decoder(self.a_state(), CPU, residual=True) as decoder:
            self.same(decoder.decode(self.states(1), device=True), decoder.decode(self.states(1)))
            with self.assertRaises(vordec.UsageError):
                decoder.decode(self.states(1), device=True, residual=np.zeros((decoder.layout.n, decoder.layout.n)))

    def test_a_rollout(self):
        with self.decoder() as decoder:
            d = decoder.layout.d
            with vordec.Rollout(np.eye(d), self.states(1)[0], decoder) as rollout:
                there = decoder.decode(rollout=rollout, device=True)
                self.same(there, decoder.decode(rollout=rollout))


class Gpu(Host):
    """llvmpipe exports memory as files, which the stub maps: so everything but semaphores runs as on a GPU."""

    def setUp(self):
        if not STUB:
            self.skipTest("there is no Vulkan backend")
        super().setUp()
        self.addCleanup(setattr, _cuda, "LIBRARY", _cuda.LIBRARY)
        self.addCleanup(setattr, _cuda, "SOFTWARE_TOO", False)
        _cuda.LIBRARY, _cuda.SOFTWARE_TOO = STUB, True
        with self.decoder() as decoder:
            self.uuid = decoder.info.device.uuid
        os.environ["STUB_CUDA_UUIDS"] = "f" * 32 + "," + self.uuid
        self.addCleanup(os.environ.pop, "STUB_CUDA_UUIDS")
        self.addCleanup(os.environ.pop, "STUB_CUDA_FAIL", None)

    def decoder(self, config=None, **more):
        return vordec.Decoder(self.a_state(), {**LLVMPIPE, **{k: v for k, v in (config or {}).items() if k != "decode"}},
                              **more)

    def counts(self):
        counts = (ctypes.c_long * 5)()
        ctypes.CDLL(STUB).stub_cuda_counts(counts)
        return list(counts[:4])

    def test_the_bytes_of_others(self):
        for precision in ("fp32", "fp64"):
            with vordec.Decoder(self.a_state(), {"decode": {**LLVMPIPE["decode"], "precision": precision}}) as decoder:
                for count in (1, 3):
                    there = decoder.decode(self.states(count), device=True)
                    self.same(there, decoder.decode(self.states(count)))
                    self.assertEqual(there.report.decode_device, "cpu")  # a software device, whatever imports from it
                    self.assertEqual(there.omega_lp.__dlpack_device__(), (_dlpack.CUDA, 1))
                    self.assertEqual(there.omega_lp.device, "cuda:1")
                    interface = there.omega_hat.__cuda_array_interface__
                    self.assertEqual((interface["shape"], interface["stream"]), (there.omega_hat.shape, 1))

    def test_states_on_the_device(self):
        class Given:
            """Another library's array, on the device."""

            def __init__(self, array, ordinal=1):
                self.array, self.shape, self.ordinal = array, array.shape, ordinal

            def __dlpack_device__(self):
                return _dlpack.CUDA, self.ordinal

            def __dlpack__(self, stream=None):
                assert stream == 0x5000, stream
                return _dlpack.give(self.array.ctypes.data, self.__dlpack_device__(), self.array.dtype, self.shape,
                                    self.array.strides, self.array)

        with self.decoder() as decoder:
            z = self.states(3).astype(np.float32)
            there = decoder.decode(Given(z), device=True)
            self.same(there, decoder.decode(z))
            one = decoder.decode(Given(z[1].copy()), device=True)
            self.same(one, decoder.decode(z[1]))
            wrong = z.copy()
            wrong[1, 2] = np.inf
            bad = decoder.decode(Given(wrong), device=True)
            with self.assertRaisesRegex(vordec.InputError, "entry 2 .* of state 1 is infinite"):
                bad.report
            with self.assertRaises(vordec.InputError):
                bad.omega_lp.numpy()
            raw = np.ctypeslib.as_array(ctypes.cast(bad.omega_lp._pointer, ctypes.POINTER(ctypes.c_float)),
                                        bad.omega_lp.shape)
            self.assertTrue(np.isnan(raw[1]).all())
            np.testing.assert_array_equal(raw[[0, 2]], decoder.decode(z).omega_lp[[0, 2]])
            del raw, bad
            for part, given in {"on device 0": Given(z, 0), "of float32, the decoder's precision": Given(z.astype("f8")),
                                "with gaps": Given(np.zeros((3, 2 * z.shape[1]), "f4")[:, ::2])}.items():
                with self.assertRaisesRegex(vordec.InputError, part):
                    decoder.decode(given, device=True)
            decoder._unwaited = decoder.decode(Given(wrong), device=True)._slot  # as vordec.torch leaves one
            with self.assertRaisesRegex(vordec.InputError, "entry 2 .* of state 1 is infinite"):
                decoder.decode(Given(z), device=True)
            there = decoder.decode(Given(z), device=True)
            self.same(there, decoder.decode(z))
        del there, one
        gc.collect()
        self.assertEqual(_dlpack._alive, {})

    def test_nothing_is_left(self):
        def cycle():
            with self.decoder() as decoder:
                for _ in range(3):
                    decoder.decode(self.states(1), device=True).omega_lp.numpy()
                decoder.decode(self.states(2), device=True)
        cycle()
        gc.collect()
        files, counts = open_files(), self.counts()
        self.assertEqual(counts, [0, 0, 0, 0])
        for _ in range(3):
            cycle()
        gc.collect()
        self.assertEqual((open_files(), self.counts()), (files, counts))

    def test_each_call_failing(self):
        with self.decoder() as decoder:
            decoder.decode(self.states(1), device=True).report
        gc.collect()
        files = open_files()
        for name in ("cuInit", "cuImportExternalMemory", "cuExternalMemoryGetMappedBuffer"):
            os.environ["STUB_CUDA_FAIL"] = name
            with self.decoder() as decoder:
                with self.assertRaisesRegex(vordec.Error, name + r"\(\) failed: CUDA_ERROR_UNKNOWN"):
                    decoder.decode(self.states(1), device=True)
                os.environ["STUB_CUDA_FAIL"] = ""
                self.same(decoder.decode(self.states(1), device=True), decoder.decode(self.states(1)))
            gc.collect()
            self.assertEqual((name, open_files(), self.counts()), (name, files, [0, 0, 0, 0]))

    def test_semaphores(self):
        """llvmpipe shares none; what is asked of CUDA is seen by the stub alone."""
        device = _cuda.device(_cuda.find(self.uuid, "it"))
        before = self.counts()
        semaphore = _cuda.Semaphore(device, os.dup(0))
        semaphore.signal(1, device.stream)
        semaphore.wait(1, 7)
        device.wait_for([1, 0x7000])
        with self.assertRaises(vordec.Error):
            semaphore.signal(1, device.stream)
        semaphore.close()
        self.assertEqual(self.counts(), before)

    def test_which_device(self):
        with self.decoder() as decoder:
            os.environ["STUB_CUDA_UUIDS"] = "f" * 32
            os.environ["CUDA_VISIBLE_DEVICES"] = "1"
            self.addCleanup(os.environ.pop, "CUDA_VISIBLE_DEVICES", None)
            with self.assertRaisesRegex(vordec.Unsupported, f"{self.uuid}, which CUDA does not see .*f{{32}}, since "
                                                            "CUDA_VISIBLE_DEVICES is '1'") as caught:
                decoder.decode(self.states(1), device=True)
            self.assertEqual(caught.exception.reason, "device-not-found")
            os.environ["STUB_CUDA_UUIDS"] = ""
            with self.assertRaisesRegex(vordec.Unsupported, "it sees none"):
                decoder.decode(self.states(1), device=True)
            _cuda.LIBRARY = "libcuda.so.no-such"
            with self.assertRaisesRegex(vordec.Unsupported, "libcuda.so.no-such cannot be used") as caught:
                decoder.decode(self.states(1), device=True)
            self.assertEqual(caught.exception.reason, "no-loader")
            _cuda.SOFTWARE_TOO = False
            with self.assertRaisesRegex(vordec.Unsupported, "the decoder runs on the CPU, as llvmpipe") as caught:
                decoder.decode(self.states(1), device=True)
            self.assertEqual(caught.exception.reason, "software-device")

    test_pytorch_shares_the_memory = None  # there is no GPU; the next ones are as on the CPU
    test_slots_end_and_come_back = test_capsules_that_nobody_takes = test_wrong_calls = None
    test_let_go_of_while_a_rollout_goes_on = None

    def test_arrays_outlive_their_decoder(self):
        decoder = self.decoder()
        expected = decoder.decode(self.states(2))
        there = decoder.decode(self.states(2), device=True)
        decoder.close()
        self.same(there, expected)


class Recycled(Gpu):
    """Arrays on the host that the device writes by itself."""

    def setUp(self):
        super().setUp()
        self.addCleanup(setattr, _pinned, "LEAST_BYTES", _pinned.LEAST_BYTES)
        _pinned.LEAST_BYTES = 1

    def test_memory_is_used_again(self):
        with self.decoder() as decoder, vordec.Decoder(self.a_state(), CPU) as other:
            expected = [other.decode(self.states(2) * (1 + i)).omega_lp for i in range(12)]
            places = set()
            for i in range(12):
                result = decoder.decode(self.states(2) * (1 + i))
                self.assertLess(np.abs(result.omega_lp - expected[i]).max(), 1e-4 * np.abs(expected[i]).max())
                places.add(result.omega_lp.ctypes.data)
            self.assertLess(len(places), 6)
            self.assertTrue(result.omega_lp.flags.writeable)

    def test_results_that_stay_are_not_written_to(self):
        with self.decoder() as decoder:
            kept = [decoder.decode(self.states(1) * (1 + i)) for i in range(8)]  # more than the pool has
            again = [decoder.decode(self.states(1) * (1 + i)) for i in range(8)]
            for a, b in zip(kept, again):
                np.testing.assert_array_equal(a.omega_hat, b.omega_hat)
                np.testing.assert_array_equal(a.mask, b.mask)
            view = kept[0].omega_lp[0, 3:5]
            expected = view.copy()
            del kept, again
            gc.collect()
            for i in range(8):
                decoder.decode(self.states(1) * (3 + i))
            np.testing.assert_array_equal(view, expected)

    def test_arrays_outlive_their_decoder(self):
        decoder = self.decoder()
        result = decoder.decode(self.states(2))
        expected = result.omega_lp.copy()
        decoder.close()
        del decoder
        gc.collect()
        np.testing.assert_array_equal(result.omega_lp, expected)
        pool = weakref.ref(result.omega_lp)
        del result
        gc.collect()
        self.assertIsNone(pool())

    def test_batches_of_other_sizes(self):
        with self.decoder() as decoder:
            for count in (1, 5, 2, 5, 1):
                np.testing.assert_array_equal(decoder.decode(self.states(count)).omega_lp[0],
                                              decoder.decode(self.states(1)).omega_lp[0])

    test_the_bytes_of_others = test_states_on_the_device = test_nothing_is_left = test_each_call_failing = None
    test_what_simulations_and_rollouts_hold = None
    test_semaphores = test_which_device = test_a_rollout = test_rings_let_go_of_during_a_call = None


class Lazy(unittest.TestCase):
    def test_nothing_is_opened_early(self):
        done = subprocess.run([sys.executable, "-c", "import sys, vordec\n"
                               "assert 'torch' not in sys.modules\n"
                               "from vordec import _cuda\nassert not _cuda._opened\n"], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()

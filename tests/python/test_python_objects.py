# SPDX-License-Identifier: MIT
"""Objects of the package as objects of Python: copied, pickled, sent to other processes, printed, closed."""

import copy
import gc
import multiprocessing
import os
import pickle
import re
import unittest
import warnings
import weakref

import numpy as np
import vordec
from python_support import BindingTest

CPU = {"decode": {"backend": "cpu"}}
COPIES = (copy.copy, copy.deepcopy, lambda item: pickle.loads(pickle.dumps(item)),
          lambda item: pickle.loads(pickle.dumps(item, 2)), lambda item: copy.deepcopy({"x": [item]})["x"][0])


def shapes(state, layout, config, result):
    """What another process sees of what it is sent; it sends a state, a result and an error back."""
    with vordec.Decoder(state, config) as decoder:
        decoded = decoder.decode()
    same = decoded.omega_hat.tobytes() == result.omega_hat.tobytes()
    return os.getpid(), state.z.shape, layout.d, config.where("mask", "tau"), same, state, decoded


def refused(state):
    return vordec.Decoder(state, {"decode": {"backend": "absent"}})


def handle(state):
    return vordec.Decoder(state, CPU)


class Handles(BindingTest):
    def setUp(self):
        super().setUp()
        self.states = vordec.State.from_npz(self.state())
        d = self.states.layout.d
        self.decoder = vordec.Decoder(self.states, CPU)
        self.rollout = vordec.Rollout(0.5 * np.eye(d), self.states.z, self.decoder)
        self.metrics = vordec.Metrics(self.decoder, self.rollout)
        self.handles = (self.decoder, self.rollout, self.decoder.runtime, self.metrics)

    def test_no_copies(self):
        """A second owner of the same memory would free it twice."""
        expected = self.decoder.decode().omega_hat
        for item in self.handles + (self.decoder.handle,):
            for make in COPIES:
                with self.assertRaisesRegex(TypeError, "cannot be copied or pickled: .*(make|pass on)"):
                    make(item)
        for make in pickle.dumps, copy.deepcopy:  # a bound method holds its object
            with self.assertRaisesRegex(TypeError, "a Decoder cannot be copied or pickled"):
                make(self.decoder.decode)
        np.testing.assert_array_equal(self.decoder.decode().omega_hat, expected)

    def test_subclasses(self):
        """One that knows how to make itself anew may be copied."""
        class Plain(vordec.Decoder):
            pass

        class Knowing(vordec.Decoder):
            def __reduce__(self):
                return handle, (self.state,)

        with self.assertRaisesRegex(TypeError, "a Plain cannot"):
            copy.copy(Plain(self.states, CPU))
        first = Knowing(self.states, CPU)
        second = copy.copy(first)
        first.close()
        second.decode()

    def test_closed(self):
        for item in (self.metrics, self.rollout, self.decoder, self.states.layout, vordec.Config(), vordec.Runtime()):
            with item as same:
                self.assertIs(same, item)
            item.close()
            self.assertRegex(repr(item), "^<[A-Z][a-z]+: closed>$")
            with self.assertRaisesRegex(vordec.UsageError, "is closed"), item:
                pass
        for act in (self.decoder.decode, self.rollout.advance, self.rollout.read, self.metrics.read,
                    lambda: pickle.dumps(self.states), lambda: vordec.Decoder(self.states)):
            with self.assertRaisesRegex(vordec.UsageError, "is closed"):
                act()

    def test_weak_references(self):
        dead = []
        for item in (vordec.Decoder(self.states, CPU), vordec.Config(), self.states.layout.__class__(8, np.eye(8))):
            weakref.finalize(item, dead.append, type(item).__name__)
            weakref.ref(item)()
        del item
        gc.collect()
        self.assertEqual(sorted(dead), ["Config", "Decoder", "Layout"])

    def test_nothing_is_exchanged_below_a_decoder(self):
        """Arrays are made by what these say, and filled by what the library knows."""
        for item, names in ((self.decoder, ("layout", "dtype", "outputs", "info", "runtime")),
                            (self.rollout, ("d", "info", "runtime")), (self.states.layout, ("n", "m", "d", "anchors"))):
            for name in names:
                with self.assertRaises(AttributeError):
                    setattr(item, name, getattr(item, name))

    def test_texts(self):
        """Who did the work stands wherever a result is shown."""
        name = self.decoder.info.device.name
        for item in self.decoder, self.rollout, self.decoder.decode():
            self.assertRegex(repr(item), rf"cpu.* on {re.escape(name)} \(host\)")
            self.assertNotIn("\n", repr(item))
        self.assertIn("N = 64", repr(self.decoder))
        self.assertIn("[decode] backend = cpu", repr(vordec.Config(CPU)))
        self.assertIn("defaults", repr(vordec.Runtime()))
        self.assertIn("state.npz", repr(self.states))
        report = self.decoder.decode().report
        self.assertEqual((report.backend, report.device), ("cpu", f"{name} (host)"))

    def test_a_software_device_is_the_cpu(self):
        device = self.decoder.info.device
        self.assertEqual(type(device)(**{**device.__dict__, "type": "software", "name": "llvmpipe"})._named(),
                         "the CPU, as llvmpipe (software)")

    def test_names(self):
        public = {name for name in dir(vordec) if not name.startswith("__")}
        self.assertEqual(public, set(vordec.__all__))
        self.assertEqual(vordec.__version__, vordec.version()[0])
        for name in public | {"__version__"}:
            getattr(vordec, name)
        shown = {name for name in dir(self.decoder) if not name.startswith("_")}
        self.assertEqual(shown, {"close", "decode", "dtype", "gradients", "info", "layout", "outputs", "residual_targets", "runtime",
                                 "shares", "state"})


class Values(BindingTest):
    def setUp(self):
        super().setUp()
        self.states = vordec.State.from_npz(self.state())

    def test_layouts(self):
        n, mask = 16, np.zeros((16, 16), bool)
        mask[0, 1] = mask[0, -1] = True
        one = vordec.Layout(n, mask, np.array([3, 2]), 1.5, 4.5)
        one.note = "kept"
        for make in COPIES:
            other = make(one)
            self.assertIsNot(other, one)
            for name in "n", "m", "d", "anchors", "mid_modes", "high_modes", "max_kept", "note":
                self.assertEqual(getattr(other, name), getattr(one, name), name)
            other.close()
        vordec.Decoder(one, {"mask": {"smooth_width": 3}}).decode(np.zeros(one.d))

        class Special(vordec.Layout):
            def __init__(self):
                super().__init__(n, mask)

        self.assertIs(type(pickle.loads(pickle.dumps(one))), vordec.Layout)
        self.assertEqual(copy.deepcopy(Special()).m, 2)

    def test_states_and_results(self):
        with vordec.Decoder(self.states, CPU, outputs=("omega_hat", "scalars")) as decoder:
            result = decoder.decode()
            for make in COPIES:
                state, twin = make(self.states), make(result)
                self.assertEqual((state.settings, state.source), (self.states.settings, self.states.source))
                self.assertEqual(vordec.Decoder(state, CPU).decode().omega_hat.tobytes(), result.omega_hat.tobytes())
                self.assertEqual((twin.omega_hat.tobytes(), twin.scalars.tobytes(), twin.report, twin.mask),
                                 (result.omega_hat.tobytes(), result.scalars.tobytes(), result.report, None))
            self.assertEqual(pickle.loads(pickle.dumps(decoder.info)), decoder.info)
        self.assertTrue(self.states == self.states and self.states != copy.copy(self.states))

    def test_configurations(self):
        """Values, where they came from, and which are stronger."""
        for name, boundary in ("a.ini", "periodic"), ("b.ini", "zero"):
            (self.folder / name).write_text(f"[mask]\nboundary = {boundary}\ntau = 0.2\n[plugins]\npath = {name}.d\n")
        config = vordec.Config(self.folder / "a.ini")
        config.update({"mask": {"tau": 0.5}, "decode": {"allow_software_device": np.True_}})
        for make in COPIES:
            other = make(config)
            for key in ("mask", "boundary"), ("mask", "tau"), ("plugins", "path"), ("decode", "fft"):
                self.assertEqual((other.get(*key), other.where(*key)), (config.get(*key), config.where(*key)))
            self.assertEqual(other.get("decode", "allow_software_device"), "true")
            other.read(self.folder / "b.ini")  # a file over a file, but not over what was set
            self.assertEqual((other.get("mask", "boundary"), other.get("mask", "tau")), ("zero", "0.5"))
        self.assertEqual(config.get("mask", "boundary"), "periodic")
        with self.assertRaises(vordec.ConfigError):
            (self.folder / "b.ini").write_text("[mask]\nboundary = zero\ntau = 7\n")
            config.read(self.folder / "b.ini")
        self.assertEqual(copy.copy(config).get("mask", "boundary"), config.get("mask", "boundary"))

    def test_errors(self):
        with self.assertRaises(vordec.Refused) as caught:
            refused(self.states)
        for make in COPIES:
            twin = make(caught.exception)
            self.assertIs(type(twin), vordec.Refused)
            self.assertEqual((str(twin), twin.reason, twin.remedy, twin.status),
                             (str(caught.exception), "plugin-not-found", caught.exception.remedy, "refused"))

    def test_other_processes(self):
        config = vordec.Config({"decode": {"backend": "cpu"}, "mask": {"tau": 0.4}})
        result = vordec.Decoder(self.states, config).decode()
        for method in "spawn", "forkserver":
            with self.subTest(method), multiprocessing.get_context(method).Pool(1) as pool:
                got = pool.apply(shapes, (self.states, self.states.layout, config, result))
                self.assertNotEqual(got[0], os.getpid())
                self.assertEqual(got[1:5], (self.states.z.shape, self.states.layout.d, "config['mask']['tau']", True))
                self.assertEqual(got[6].mask.tobytes(), result.mask.tobytes())
                vordec.Decoder(got[5], config).close()
                with self.assertRaisesRegex(vordec.Refused, "decode_absent.so"):
                    pool.apply(refused, (self.states,))
                with self.assertRaises(multiprocessing.pool.MaybeEncodingError) as caught:
                    pool.apply(handle, (self.states,))
                self.assertIn("cannot be copied or pickled", str(caught.exception))


class Masked(BindingTest):
    def test_masked_entries_are_refused(self):
        path = self.state()
        state = vordec.State.from_npz(path)
        hole = np.ma.array(state.z, mask=False)
        hole[0] = np.ma.masked
        whole = np.ma.array(state.z, mask=False)
        field = np.ma.masked_greater(np.ones((64, 64)), 0.5)
        n = state.layout.n
        with vordec.Decoder(path, CPU, residual=True, bands=True) as decoder:
            for z in hole, [hole], [state.z, hole], [*state.z[:-1], np.ma.masked], np.ma.array([state.z], mask=True):
                with self.assertRaisesRegex(vordec.InputError, "z: has masked entries"):
                    decoder.decode(z)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", PendingDeprecationWarning)
                matrix = np.matrix(state.z)
            for z in whole, np.ma.array(state.z), [whole], matrix:
                np.testing.assert_array_equal(decoder.decode(z).omega_hat.ravel(), decoder.decode().omega_hat.ravel())
            for act in (lambda: decoder.decode(residual=field), lambda: decoder.decode(bands=((field, 1.0), None)),
                        lambda: decoder.decode(bands=(None, (np.ones((n, n)), np.ma.array([1.0], mask=True)))),
                        lambda: vordec.Layout(64, field), lambda: vordec.Layout(8, np.ones((8, 8)), np.ma.array([1], mask=True)),
                        lambda: vordec.Rollout(np.ma.array(np.eye(2), mask=True), [1.0, 1.0]),
                        lambda: vordec.Rollout(np.eye(2), np.ma.array([1.0, 1.0], mask=[0, 1])),
                        lambda: vordec.hash(field)):
                with self.assertRaisesRegex(vordec.InputError, "has masked entries"):
                    act()

    def test_what_is_no_array(self):
        with vordec.Decoder(self.state(), CPU, bands=True) as decoder:
            z = decoder.state.z
            for bad in [[1.0], [1.0, 2.0]], (x for x in z), {"z": z}, "z", object():
                with self.assertRaisesRegex(vordec.InputError, "^z: "):
                    decoder.decode(bad)
            for bands in (1.0, None), "xy", np.zeros((2, 2)), ((z,), None), (None, None, None):
                with self.assertRaisesRegex(vordec.InputError, "bands"):
                    decoder.decode(bands=bands)
        with self.assertRaisesRegex(vordec.UsageError, r"such as \('mask',\)"):
            vordec.Decoder(self.state(), outputs="mask")
        with self.assertRaisesRegex(vordec.InputError, "addresses"):
            vordec.hash([None])
        self.assertEqual(vordec.Decoder(self.state(), outputs=(x for x in ["mask"])).outputs, ("mask",))


if __name__ == "__main__":
    unittest.main()

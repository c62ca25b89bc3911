# SPDX-License-Identifier: MIT
"""Configurations and runtimes from Python: values, their types, and what they have to do with states."""

import hashlib
import os
import pathlib
import unittest

import numpy as np
import vordec
from python_support import BindingTest

CPU = {"decode": {"backend": "cpu"}}


class Configuration(BindingTest):
    def test_values(self):
        config = vordec.Config({"mask": {"tau": 0.1, "smooth_width": 9}, "decode": {"fallback": ["cpu", "x"]},
                                "residual": {"synthesis": "on", "mid": False}})
        self.assertEqual([config.get("mask", "tau"), config.get("decode", "fallback"), config.get("residual", "mid")],
                         ["0.1", "cpu, x", "false"])
        self.assertEqual(config.where("mask", "tau"), "config['mask']['tau']")
        with self.assertRaises(KeyError):
            config.get("mask", "nothing")
        with self.assertRaisesRegex(vordec.ConfigError, r"config\['mask'\]\['tau'\]"):
            config.update({"mask": {"tau": "x"}})

    def test_typed_values(self):
        config = vordec.Config({"mask": {"tau": 0.1, "smooth_width": 9, "boundary": "periodic"},
                                "residual": {"mid": "No"}, "metrics": {"hash": "mask, z"}})
        for section, key, expected in (("mask", "tau", 0.1), ("mask", "smooth_width", 9), ("decode", "batch", 0),
                                       ("mask", "boundary", "periodic"), ("residual", "mid", False),
                                       ("metrics", "timings", True), ("metrics", "hash", ("z", "mask")),
                                       ("decode", "fallback", "cpu"), ("plugins", "path", "")):
            value = config.value(section, key)
            self.assertEqual((type(value), value), (type(expected), expected))
        with self.assertRaises(KeyError):
            config.value("mask", "nothing")
        self.assertEqual(vordec.Config.choices("mask", "boundary"), ("zero", "periodic", "auto"))
        self.assertEqual((vordec.Config().get("mask", "boundary"), vordec.Config().value("mask", "boundary")),
                         ("auto", "zero"))
        self.assertEqual(vordec.Config.choices("mask", "tau"), ())
        with self.assertRaises(KeyError):
            vordec.Config.choices("mask", "nothing")

    def test_nul(self):
        """C would take what stands before it."""
        config = vordec.Config()
        for settings in ({"mask": {"boundary": "periodic\0x"}}, {"mask": {"tau\0": 0.5}}, {"mask\0": {"tau": 0.5}},
                         {"plugins": {"path": pathlib.Path("/a\0b")}}):
            with self.assertRaisesRegex(vordec.ConfigError, "NUL"):
                config.update(settings)
        with self.assertRaisesRegex(vordec.FileError, "NUL"):
            config.read("/dev/null\0.ini")
        for look_up in config.get, config.where:
            with self.assertRaises(KeyError):
                look_up("mask", "tau\0")

    def test_a_path_of_any_bytes(self):
        """Kept through the copy that a runtime makes."""
        folder = os.fsdecode(b"/nowhere/\xff")
        config = vordec.Config({"plugins": {"path": pathlib.Path(folder)}})
        with vordec.Runtime(config) as runtime:
            self.assertEqual((config.get("plugins", "path"), runtime.plugin_folder), (folder, folder))

    def test_shared_runtime_knows_the_state(self):
        """A state's tau must not be lost without a word."""
        state = vordec.State.from_npz(self.state(dashi_tau=0.2))
        with vordec.Runtime() as runtime, self.assertRaisesRegex(vordec.UsageError, "state=state"):
            vordec.Decoder(state, runtime)
        expected = vordec.Decoder(state).decode()
        for runtime in vordec.Runtime(state=state), vordec.Runtime({"mask": {"tau": 0.2}}):
            result = vordec.Decoder(state, runtime).decode()
            np.testing.assert_array_equal(result.mask, expected.mask)

    def test_a_shared_config_stays_as_it_is(self):
        """What one state was made with is nothing to the next."""
        first = vordec.State.from_npz(self.state(name="first.npz", dashi_tau=0.2, dashi_smooth_k=5))
        path = self.state(name="second.npz", dashi_tau=0.5)
        other = vordec.State.from_npz(path)
        silent = vordec.State.from_npz(self.state(name="silent.npz", drop=["dashi_tau", "dashi_smooth_k"]))
        ini = self.folder / "f.ini"
        ini.write_text("[mask]\nboundary = periodic\n")
        config = vordec.Config(ini)
        config.update({"combine": {"anchors": "ignore"}})
        for state, tau in (first, "0.2"), (other, "0.5"), (silent, config.get("mask", "tau")):
            with vordec.Decoder(state, config) as decoder:
                got = decoder.decode()
                self.assertIn("f.ini:2", decoder.runtime.config.where("mask", "boundary"))
            self.assertEqual(config.where("mask", "tau"), "built-in default")
            if state is other:
                self.assert_same(got, self.command("--z0-npz", path, "--config", ini, "--combine-anchors", "ignore"))
            self.assertEqual(decoder.runtime.config.get("mask", "tau"), tau)

    def test_a_runtime_of_another_state(self):
        """Its tau is not this state's, whether this one says another or none."""
        first = vordec.State.from_npz(self.state(name="first.npz", dashi_tau=0.2))
        other = vordec.State.from_npz(self.state(name="other.npz", dashi_tau=0.5))
        silent = vordec.State.from_npz(self.state(name="silent.npz", drop=["dashi_tau"]))
        twin = vordec.State.from_npz(self.state(name="twin.npz", dashi_tau=0.2))
        with vordec.Runtime(state=first) as runtime:
            with self.assertRaisesRegex(vordec.UsageError, r"tau = 0\.5, this runtime has 0\.2 \(.*first\.npz"):
                vordec.Decoder(other, runtime)
            with self.assertRaisesRegex(vordec.UsageError, r"another state's \(.*first\.npz.*silent\.npz says nothing"):
                vordec.Decoder(silent, runtime)
            for state in first, twin:
                vordec.Decoder(state, runtime).close()
        with vordec.Runtime({"mask": {"tau": 0.3}}, state=first) as runtime:  # what the caller sets holds for all
            for state in first, other, silent:
                vordec.Decoder(state, runtime).close()

    def test_devices(self):
        found = vordec.devices(CPU)
        self.assertEqual((found[-1].backend, found[-1].usable), ("cpu", True))
        for candidate in found[:-1]:
            self.assertFalse(candidate.usable)
            self.assertTrue(candidate.refusal.reason)
        with vordec.Runtime() as runtime:
            self.assertTrue(os.path.exists(os.path.join(runtime.plugin_folder, "decode_cpu.so")))

    def test_hash(self):
        array = np.arange(7.0)
        self.assertEqual(vordec.hash(array), hashlib.blake2b(array.tobytes(), digest_size=16).hexdigest())
        self.assertEqual(vordec.hash(array[::2]), hashlib.blake2b(array[::2].tobytes(), digest_size=16).hexdigest())


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: MIT
"""Who does the work: refusals, downgrades, devices and parity, with the stub plugins standing in for GPUs."""

import json
import os
import pathlib
import unittest

import numpy as np
from cli_support import BAD_USAGE, DIFFERENT, REFUSED, STUBS, CommandTest, reference


class PolicyTest(CommandTest):
    def plugins(self, *names, folder="plugins"):
        """A folder with links to these plugins; returns its path."""
        path = self.folder / folder
        path.mkdir(exist_ok=True)
        for name in names:
            os.symlink(pathlib.Path(STUBS).resolve() / f"decode_{name}.so", path / f"decode_{name}.so")
        return str(path)


class Policy(PolicyTest):
    def test_strict_refuses(self):
        """The line says what was looked for, where, and how to allow a downgrade."""
        folder, state = self.plugins("cpu"), self.state()
        parts = ["'vulkan' refused (plugin-not-found)", f"no decode_vulkan.so in {folder}", "--permissive"]
        self.refuse_decode(parts, state, "--decode-backend", "vulkan", "--plugins-path", folder, code=REFUSED)
        (self.folder / "f.ini").write_text("[decode]\nbackend = vulkan\n[plugins]\npath = plugins\n")
        self.refuse_decode(parts, state, "--config", self.path("f.ini"), code=REFUSED)
        done = self.call("decode", "--z0-npz", state, "--config", "f.ini", "--permissive", "--strict", "--out", "o.npz")
        self.assertEqual(done.returncode, REFUSED)
        for part in ("warning: --permissive and --strict contradict each other", *parts):
            self.assertIn(part, done.stderr)

    def test_permissive_moves_once(self):
        folder, state = self.plugins("cpu"), self.state()
        fields, metrics, stderr = self.decode(state, "--decode-backend", "vulkan", "--plugins-path", folder,
                                              "--permissive")
        self.assert_close(fields["omega_lp"], reference("n64/decode")["omega_lp"], 1e-12)
        warnings = [line for line in stderr.splitlines() if "warning" in line]
        self.assertEqual(len(warnings), 1)
        self.assertRegex(warnings[0], r"^vordec: warning: GPU_DECODE_FALLBACK_CPU: .*decode_vulkan\.so")
        self.assertEqual(metrics["perf_flags"], ["GPU_DECODE_FALLBACK_CPU"])
        self.assertIn("plugin-not-found", metrics["perf_flag_reasons"]["GPU_DECODE_FALLBACK_CPU"])
        self.assertIn("plugin-not-found", metrics["decode_backend_reason"])
        self.assertEqual([metrics[f"decode_backend_{what}"] for what in ("requested", "used")], ["vulkan", "cpu"])
        self.assertEqual((metrics["decode_device"], metrics["policy"]), ("cpu", "permissive"))
        self.assertIn("requested vulkan, used cpu", stderr)
        self.assertRegex(stderr, r"\nbecause +vulkan refused \(plugin-not-found\)")

    def test_nowhere_to_move(self):
        folder, state = self.plugins("not_elf"), self.state()
        common = ("--permissive", "--plugins-path", folder)
        self.refuse_decode(["'vulkan' refused (plugin-not-found)", "its fallback 'cpu' was refused too"], state,
                           "--decode-backend", "vulkan", *common, code=REFUSED)
        self.refuse_decode(["'vulkan' refused (plugin-not-found)"], state, "--decode-backend", "vulkan",
                           "--decode-fallback", "", *common, code=REFUSED)
        self.refuse_decode(["no usable backend", "not_elf"], state, *common, code=REFUSED)
        self.refuse_decode([str(self.folder / "none")], state, "--plugins-path", self.folder / "none", code=REFUSED)

    def test_a_plugin_that_lies(self):
        state = self.state()
        for name in "no_dispatch", "uuid_lie", "zero_stages":
            with self.subTest(name):
                options = ("--decode-backend", name, "--plugins-path", STUBS)
                self.refuse_decode([f"'{name}'", "evidence"], state, *options, code=REFUSED)
                _, metrics, stderr = self.decode(state, *options, "--permissive", out=f"{name}.npz")
                self.assertEqual((metrics["decode_device"], metrics["perf_flags"]), ("unknown", ["EVIDENCE_MISSING"]))
                self.assertIn("warning: EVIDENCE_MISSING", stderr)

    def test_device_kinds(self):
        """What decode_device may say, by the device's type."""
        state = self.state()
        for name, device, flags in (("ok", "gpu", None), ("integrated", "gpu", None), ("virtual", "gpu", None),
                                    ("software", "cpu", ["SOFTWARE_DEVICE"]),
                                    ("no_timestamps", "gpu", ["TIMING_UNAVAILABLE"])):
            with self.subTest(name):
                fields, metrics, _ = self.decode(state, "--decode-backend", name, "--plugins-path", STUBS,
                                                 "--decode-allow-software-device", "true")
                self.assertEqual((metrics["decode_device"], metrics.get("perf_flags")), (device, flags))
                self.assertEqual((metrics["dtype"], fields["omega_lp"].dtype), ("float32", np.float32))
                self.assert_close(fields["omega_lp"], reference("n64/decode")["omega_lp"], 1e-5)
        self.refuse_decode(["software-device", "allow_software_device = true"], state, "--decode-backend", "software",
                           "--plugins-path", STUBS, code=REFUSED)

    def test_auto(self):
        folder = self.plugins("cpu", "software", "no_device")
        _, metrics, stderr = self.decode(self.state(), "--plugins-path", folder)
        self.assertEqual((metrics["decode_backend_requested"], metrics["decode_backend_used"]), ("auto", "cpu"))
        self.assertIn("software-device", metrics["decode_backend_reason"])
        self.assertNotIn("perf_flags", metrics)
        self.assertNotIn("warning", stderr)
        self.assertRegex(stderr, r"requested auto, used cpu;.*\nbecause .*software-device")
        self.plugins("ok")
        _, metrics, _ = self.decode(self.state(), "--plugins-path", folder)
        self.assertEqual((metrics["decode_backend_used"], metrics["decode_device"]), ("ok", "gpu"))

    def test_failures_while_running(self):
        """A lost device is no refusal: exit code 1, nothing written, and nothing moves."""
        state = self.state()
        for policy in "--strict", "--permissive":
            self.refuse_decode(["the stub's decode fails"], state, "--decode-backend", "ok", "--plugins-path", STUBS,
                               policy, env={"VORDEC_STUB_FAIL": "decode 8 0"}, code=1)

    def test_plugins_are_not_taken_from_here(self):
        os.symlink(pathlib.Path(STUBS).resolve() / "decode_ok.so", self.folder / "decode_ok.so")
        self.refuse_decode(["no decode_ok.so in /"], self.state(), "--decode-backend", "ok", code=REFUSED)
        environment = {"VORDEC_PLUGIN_PATH": str(self.folder)}
        _, metrics, _ = self.decode(self.state(), "--decode-backend", "ok", env=environment)
        self.assertEqual(metrics["decode_backend_used"], "ok")


class Devices(PolicyTest):
    def test_no_metrics(self):
        self.refuse(BAD_USAGE, ["devices writes no metrics"], "devices", "--metrics-json", self.path("m.json"))

    def test_json(self):
        folder = self.plugins("cpu", "two_devices", "software", "no_device", "wrong_abi")
        done = self.succeed("devices", "--json", "--plugins-path", folder)
        self.assertEqual(done.stderr, "")
        entries = json.loads(done.stdout)
        self.assertEqual([(entry["backend"], entry.get("index"), entry["usable"], entry.get("reason"))
                          for entry in entries],
                         [("no_device", None, False, "no-device"), ("software", 0, False, "software-device"),
                          ("two_devices", 0, True, None), ("two_devices", 1, True, None),
                          ("wrong_abi", None, False, "plugin-abi"), ("cpu", 0, True, None)])
        for entry in entries:
            self.assertEqual("detail" in entry, not entry["usable"])
            self.assertEqual("remedy" in entry, not entry["usable"])
        cpu = entries[-1]
        self.assertEqual((cpu["type"], cpu["fp32"], cpu["fp64"]), ("host", False, True))
        self.assertGreater(cpu["memory_bytes"], 0)
        stub = entries[2]
        self.assertEqual((stub["name"], stub["driver"], stub["api"]), ("Stub Card", "stub 1.0", "Stub 1"))
        self.assertEqual(stub["uuid"], "5a" + "0" * 30)

    def test_text(self):
        folder = self.plugins("cpu", "software", "not_elf")
        done = self.succeed("devices", "--plugins-path", folder, env={"COLUMNS": ""})
        self.assertIn(folder, done.stdout)
        self.assertEqual(done.stderr, "")
        for part in ("cpu 0  ", "    usable\n", "software 0  Stub Card\n", "    refused (software-device): ",
                     "allow_software_device = true", "not_elf\n", "    refused (plugin-load): "):
            self.assertIn(part, done.stdout)
        entries = json.loads(self.succeed("devices", "--json", "--plugins-path", folder).stdout)
        lines = [line.partition(": ")[2] for line in done.stdout.splitlines() if line.startswith("    refused")]
        self.assertEqual(lines, [f"{entry['detail']}; {entry['remedy']}" for entry in entries if not entry["usable"]])
        narrow = self.succeed("devices", "--plugins-path", folder, env={"COLUMNS": "60"}).stdout
        self.assertEqual(narrow.split(), done.stdout.split())
        self.assertLess(max(len(line) for line in narrow.splitlines() if folder not in line), 60)
        done = self.succeed("devices", "--plugins-path", folder, "--decode-allow-software-device", "yes")
        self.assertNotIn("software-device", done.stdout)

    def test_no_folder(self):
        self.refuse(REFUSED, [self.path("none")], "devices", "--json", "--plugins-path", self.path("none"))
        done = self.call("devices", "--plugins-path", self.path("none"))
        self.assertEqual((done.returncode, done.stdout), (REFUSED, ""))

    def test_the_installed_plugins(self):
        entries = json.loads(self.succeed("devices", "--json").stdout)
        self.assertEqual((entries[-1]["backend"], entries[-1]["usable"]), ("cpu", True))


class Parity(PolicyTest):
    def rows(self, code, *arguments):
        done = self.call("parity", "--json", "--plugins-path", STUBS, *arguments)
        self.assertEqual((done.returncode, done.stderr), (code, ""))
        return json.loads(done.stdout)

    def test_cpu_against_itself(self):
        for fft in "fftw", "auto":
            row, = self.rows(0, "--z0-npz", self.state(), "--decode-fft", fft)
            self.assertTrue(row["within_tolerance"])
            self.assertLessEqual(row["mean_abs_error"], 1e-12)
            self.assertEqual((row["backend"], row["precision"], row["mask_hamming"]), ("cpu", "fp64", 0))

    def test_hashes_are_those_of_a_decode(self):
        _, metrics, _ = self.decode(self.state())
        row, = self.rows(0, "--z0-npz", self.state())
        hashes = {entry["what"]: entry["hash"] for entry in metrics["hashes"]}
        self.assertEqual((row["hash_omega_lp"], row["hash_mask"]), (hashes["omega_lp"], hashes["mask"]))

    def test_beyond_the_tolerances(self):
        """A backend whose field is off by 1e-5 and whose mask is empty; every figure is known."""
        expected = reference("n64/decode")
        for precision, noise in ("fp32", 2e-6), ("fp64", 1e-11):
            with self.subTest(precision):
                good, bad = self.rows(DIFFERENT, "--z0-npz", self.state(), "--backends", "cpu,wrong_field",
                                      "--decode-precision", "auto" if precision == "fp32" else "fp64")
                self.assertTrue(good["within_tolerance"])
                self.assertFalse(bad["within_tolerance"])
                self.assertAlmostEqual(bad["mean_abs_error"], 1e-5, delta=noise)
                self.assertAlmostEqual(bad["max_abs_error"], 1e-5, delta=noise)
                self.assertEqual(bad["precision"], precision)
                self.assertEqual(bad["mask_hamming"], np.count_nonzero(expected["s_final"]))
                rms = float(np.sqrt(np.mean(expected["omega_lp"] ** 2)))
                self.assertAlmostEqual(bad["rms"] / rms, 1.0, delta=1e-12)

    def test_mask_alone(self):
        """A right field does not excuse a wrong mask."""
        row, = self.rows(DIFFERENT, "--z0-npz", self.state(), "--backends", "ok", "--decode-precision", "fp64")
        self.assertLessEqual(row["mean_abs_error"], 1e-12)
        self.assertFalse(row["within_tolerance"])

    def test_batch_and_text(self):
        data = reference("n64/decode")
        state = self.state(z=np.stack([data["z"], 2 * data["z"]]))
        self.assertEqual([row["t"] for row in self.rows(0, "--z0-npz", state)], [0, 1])
        done = self.succeed("parity", "--z0-npz", state)
        self.assertEqual(len([line for line in done.stdout.splitlines() if line.endswith(" ok")]), 2)
        done = self.call("parity", "--z0-npz", state, "--backends", "wrong_field", "--plugins-path", STUBS)
        self.assertEqual((done.returncode, done.stdout.count("BEYOND TOLERANCE")), (DIFFERENT, 2))

    def test_the_backend_of_the_configuration(self):
        """Its name is still known when the setting has been another one meanwhile."""
        row, = self.rows(DIFFERENT, "--z0-npz", self.state(), "--decode-backend", "wrong_field")
        self.assertEqual(row["backend"], "wrong_field")

    def test_refusals(self):
        state = self.state()
        (self.folder / "f.ini").write_text("[decode]\npolicy = permissive\n")
        self.refuse(REFUSED, ["no decode_vulkan.so in "], "parity", "--json", "--z0-npz", state, "--backends",
                    "cpu,vulkan", "--plugins-path", self.plugins("cpu"), "--config", self.path("f.ini"))
        for permissive in ["--permissive"], ["--decode-policy", "permissive"]:
            self.refuse(BAD_USAGE, ["leave --permissive out"], "parity", "--z0-npz", state, *permissive)
        self.refuse(BAD_USAGE, ["nowhere.npz"], "parity", "--z0-npz", self.path("nowhere.npz"))


if __name__ == "__main__":
    unittest.main()

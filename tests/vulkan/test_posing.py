# SPDX-License-Identifier: MIT
"""What poses as a GPU: software that changes its type is found out by its driver's id, a driver without hardware is
refused, and a driver that forges its id, too, gets through, as docs/security.md says."""

import json
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(os.environ["VORDEC_SOURCE"]) / "tests" / "cli"))
from cli_support import REFUSED, CommandTest

ICDS = pathlib.Path("/usr/share/vulkan/icd.d")


def drivers(path):
    return {"VK_DRIVER_FILES": str(path), "VK_ICD_FILENAMES": str(path)}


class Posing(CommandTest):
    def decode_by_vulkan(self, environment, *arguments, **options):
        return self.decode(self.state(), "--decode-backend", "vulkan", *arguments, env=environment, **options)

    def refuse_vulkan(self, environment, *parts):
        self.refuse(REFUSED, parts, "decode", "--z0-npz", self.state(), "--out", self.path("out.npz"),
                    "--decode-backend", "vulkan", env=environment)

    def device(self, environment):
        done = self.succeed("devices", "--json", env=environment)
        return next(entry for entry in json.loads(done.stdout) if entry["backend"] == "vulkan")

    def only(self, pattern):
        found = sorted(ICDS.glob(pattern))
        if not found:
            self.skipTest(f"no {ICDS / pattern}")
        return drivers(found[0])

    def assert_on_the_cpu(self, environment):
        self.assertEqual((self.device(environment)["type"], self.device(environment)["reason"]),
                         ("software", "software-device"))
        self.refuse_vulkan(environment, "software-device")
        _, metrics, stderr = self.decode_by_vulkan(environment, "--decode-allow-software-device", "true")
        told = [line for line in stderr.splitlines() if not line.startswith("vordec: warning")]
        self.assertRegex(told[0], "^ran on the CPU: llvmpipe")
        self.assertEqual((metrics["decode_device"], metrics["device"]["type"]), ("cpu", "software"))
        self.assertEqual(metrics["perf_flags"], ["SOFTWARE_DEVICE"])

    def test_a_layer_that_changes_the_type(self):
        layer = {"VK_LAYER_PATH": os.environ["POSING_FOLDER"], "VK_INSTANCE_LAYERS": "VK_LAYER_TEST_posing",
                 "NODEVICE_SELECT": "1"}
        llvmpipe = self.only("lvp_icd*.json")
        self.assert_on_the_cpu(llvmpipe)
        self.assert_on_the_cpu({**llvmpipe, **layer})

    def test_tables_say_so(self):
        """Software first, in every table."""
        llvmpipe, allow = self.only("lvp_icd*.json"), ("--decode-allow-software-device", "true")
        parity = self.succeed("parity", "--z0-npz", self.state(), "--backends", "vulkan", *allow, env=llvmpipe).stdout
        self.assertIn("\nran on the CPU: vulkan on llvmpipe", parity)
        bench = self.succeed("bench", "--backend", "vulkan", "--sizes", "64", *allow, env=llvmpipe).stdout
        self.assertRegex(bench.splitlines()[1], "^ran on the CPU: vulkan on llvmpipe")
        self.succeed("snapshots", "--N", "32", "--steps", "2", "--stride", "1", "--out-dir", self.path("s"), "--prefix",
                     "s", "--decode-backend", "vulkan", *allow, env=llvmpipe)
        for table in "comparison", "series", "spectrum":
            head, *rows = (self.folder / "s" / f"s_{table}.csv").read_text().splitlines()
            self.assertTrue(head.endswith(",ran_on"))
            self.assertTrue(rows)
            for row in rows:
                self.assertIn(',"ran on the CPU: vulkan on llvmpipe', row)

    def test_a_driver_that_forges_its_id(self):
        """Nothing that a driver says of itself tells it from hardware: this one is believed."""
        posing = drivers(pathlib.Path(os.environ["POSING_FOLDER"]) / "posing_driver.json")
        self.only("lvp_icd*.json")
        _, metrics, _ = self.decode_by_vulkan(posing)
        self.assertEqual((metrics["decode_device"], metrics["device"]["type"]), ("gpu", "discrete"))
        self.assertEqual(metrics["device"]["name"], "llvmpipe posing as a GPU")

    def test_a_driver_without_hardware(self):
        for family in "navi21", "polaris10":
            with self.subTest(family):
                radv = {**self.only("radeon_icd*.json"), "RADV_FORCE_FAMILY": family}
                device = self.device(radv)
                self.assertEqual((device["usable"], device["reason"]), (False, "null-device"))
                self.refuse_vulkan(radv, "null-device", "no memory")
                _, metrics, _ = self.decode_by_vulkan(radv, "--permissive")
                self.assertEqual((metrics["decode_backend_used"], metrics["decode_device"]), ("cpu", "cpu"))
                self.assertIn("null-device", metrics["decode_backend_reason"])
                _, metrics, _ = self.decode(self.state(), env=radv)
                self.assertEqual(metrics["decode_backend_used"], "cpu")


if __name__ == "__main__":
    unittest.main()

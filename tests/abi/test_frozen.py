# SPDX-License-Identifier: MIT
"""A backend that was built against the first version of the headers is loaded, decodes and rolls out."""

import json
import os
import pathlib
import subprocess
import unittest

import numpy as np
from cli_support import DATA, SOURCE, CommandTest, reference

FROZEN = SOURCE / "tests" / "abi" / "frozen"
# All whose rules are those of then: that a smoothing window may be unknown came later.
GROUPS = "omega_lp,mask,combine,scalars,bits,company,rollout,evidence,memory"


class Frozen(CommandTest):
    def setUp(self):
        super().setUp()
        self.plugins = self.folder / "plugins"
        self.plugins.mkdir()
        self.plugin = self.plugins / "decode_frozen.so"
        subprocess.run([os.environ["VORDEC_CC"], "-std=c11", "-D_GNU_SOURCE", "-O2", "-ffp-contract=off", "-fPIC", "-shared",
                        "-fvisibility=hidden", f"-I{FROZEN / 'include'}", FROZEN / "frozen_plugin.c", "-o", self.plugin,
                        "-lm"], check=True)
        (self.plugins / "decode_cpu.so").symlink_to(pathlib.Path(os.environ["VORDEC_CPU_PLUGIN"]))

    def test_the_conformance_suite(self):
        report = json.loads(self.succeed("check-plugin", self.plugin, "--quick", "--json", "--only", GROUPS).stdout)
        self.assertEqual((report["fell_short"], report["conclusive"]), (0, True))
        steps = [check for check in report["checks"] if check["group"] == "rollout"]
        several = [check for check in steps if check["name"].startswith("batch")]  # came later
        alone = [check for check in steps if check not in several]
        self.assertTrue(alone and all(check["outcome"] == "passed" for check in alone), alone)
        self.assertEqual({check["outcome"] for check in several}, {"skipped"})

    def test_decodes_and_rollouts_through_the_library(self):
        state = self.state()
        fields = {}
        for backend in "frozen", "cpu":
            self.succeed("decode", "--plugins-path", self.plugins, "--decode-backend", backend, "--z0-npz", state, "--out",
                         f"{backend}.npz")
            with np.load(self.folder / f"{backend}.npz") as data:
                fields[backend] = dict(data)
        self.assertLess(np.abs(fields["frozen"]["omega_lp"] - fields["cpu"]["omega_lp"]).max(), 1e-11)
        np.testing.assert_array_equal(fields["frozen"]["mask"], fields["cpu"]["mask"])
        rollout = reference("n64/rollout")
        self.succeed("perf-kernel", "--plugins-path", self.plugins, "--decode-backend", "frozen", "--op-backend", "frozen",
                     "--z0-npz", self.state(z=rollout["z0"]), "--A-npz", DATA / "n64" / "A.npz", "--steps", 10,
                     "--decode-every", 5, "--z-out-npy", "z.npy", "--metrics-json", "m.json")
        metrics = json.loads((self.folder / "m.json").read_text())
        self.assertEqual((metrics["op_backend_used"], metrics["decode_device"], metrics["op_device"]), ("frozen", "cpu", "cpu"))
        np.testing.assert_allclose(np.load(self.folder / "z.npy"), rollout["z_f64"][1], rtol=0, atol=1e-11)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: MIT
"""The example backend, built outside the tree against what is installed: found by the configuration, equal to cpu, and
conforming."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import numpy as np

INSTALLED = pathlib.Path(os.environ["VORDEC_INSTALLED"])
SOURCE = pathlib.Path(os.environ["VORDEC_SOURCE"])
CMAKE = os.environ["VORDEC_CMAKE"]
COMMAND = INSTALLED / "bin" / "vordec"
STATE = SOURCE / "examples" / "data" / "state.npz"


class Example(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="vordec-example-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name).resolve()
        shutil.copytree(SOURCE / "examples" / "plugin", cls.folder / "source")
        cls.build = cls.folder / "build"
        cls.run_command(CMAKE, "-G", "Ninja", "-S", cls.folder / "source", "-B", cls.build,
                        f"-DCMAKE_PREFIX_PATH={INSTALLED}")
        cls.run_command(CMAKE, "--build", cls.build)

    @classmethod
    def run_command(cls, *words):
        """Of the installation alone: nothing in the environment speaks of vordec, and there is no GPU."""
        clean = {key: value for key, value in os.environ.items() if not key.startswith("VORDEC_")}
        clean.update(VK_DRIVER_FILES="/nonexistent", VK_ICD_FILENAMES="/nonexistent")
        done = subprocess.run([str(word) for word in words], cwd=cls.folder, env=clean, text=True, capture_output=True,
                              check=False, timeout=100)
        if done.returncode != 0:
            raise AssertionError(f"{words}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def decode(self, name, *options):
        out, metrics = self.folder / f"{name}.npz", self.folder / f"{name}.json"
        self.run_command(COMMAND, "decode", "--z0-npz", STATE, "--out", out, "--metrics-json", metrics, *options)
        with np.load(out) as fields:
            return dict(fields), json.loads(metrics.read_text())

    def test_decodes_like_cpu(self):
        (self.folder / "direct.ini").write_text("[decode]\nbackend = direct\n[plugins]\npath = build\n")
        direct, metrics = self.decode("direct", "--config", self.folder / "direct.ini")
        cpu, _ = self.decode("cpu", "--decode-backend", "cpu")
        self.assertEqual((metrics["decode_backend_requested"], metrics["decode_backend_used"]), ("direct", "direct"))
        self.assertEqual((metrics["decode_device"], metrics["fft_backend_used"]), ("cpu", "direct"))
        self.assertEqual(set(direct), set(cpu))
        for key in ("omega_lp", "omega_hat"):
            self.assertEqual(direct[key].dtype, np.float64)
            self.assertLess(np.abs(direct[key] - cpu[key]).max(), 1e-12)
        np.testing.assert_array_equal(direct["mask"], cpu["mask"])
        self.assertGreater(np.abs(cpu["omega_lp"]).max(), 0.5)

    def test_conforms(self):
        done = self.run_command(COMMAND, "check-plugin", self.build / "decode_direct.so", "--quick", "--json")
        report = json.loads(done.stdout)
        self.assertTrue(report["conclusive"])
        self.assertEqual(report["fell_short"], 0)
        self.assertGreater(report["passed"], 40)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: MIT
"""What the tests of the Python package share."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np

# As the tests of the command: `auto` means cpu, whatever GPU the machine has.
os.environ.update(VK_DRIVER_FILES="/nonexistent", VK_ICD_FILENAMES="/nonexistent")

SOURCE = pathlib.Path(os.environ["VORDEC_SOURCE"])
DATA = SOURCE / "tests" / "data"
STATE_KEYS = ("z", "mask_low", "anchor_idx", "N", "k_cut", "resid_mid_cut", "dashi_tau", "dashi_smooth_k")


class BindingTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="vordec-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name).resolve()

    def state(self, source="n64/decode", name="state.npz", drop=(), **changes):
        """A state file of the reference data; changes replace or add members."""
        with np.load(DATA / f"{source}.npz") as data:
            members = {key: data[key] for key in STATE_KEYS if key in data.files and key not in drop}
        members.update(changes)
        np.savez(self.folder / name, **members)
        return self.folder / name

    def command(self, *arguments):
        """What 'vordec decode' writes, as a dict of arrays."""
        out = self.folder / "out.npz"
        subprocess.run([os.environ["VORDEC_COMMAND"], "decode", "--out", out, *map(str, arguments)], check=True,
                       capture_output=True)
        with np.load(out) as data:
            return dict(data)

    def python(self, code, **changes):
        """Runs code in an interpreter of its own; returns it when it is done. A change of None unsets a variable."""
        environment = {**os.environ, **{key: str(value) for key, value in changes.items() if value is not None}}
        for key in (key for key, value in changes.items() if value is None):
            environment.pop(key, None)
        return subprocess.run([sys.executable, "-B", "-c", code], env=environment, cwd=self.folder, text=True,
                              capture_output=True, check=False, timeout=60)

    def assert_same(self, result, fields):
        """Equal to the bit, dtype included."""
        for name in "omega_lp", "mask", "omega_hat":
            got = getattr(result, name)
            self.assertEqual((got.dtype, got.shape), (fields[name].dtype, fields[name].shape), name)
            self.assertEqual(got.tobytes(), fields[name].tobytes(), name)

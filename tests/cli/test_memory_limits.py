# SPDX-License-Identifier: MIT
"""Under any limit of the address space a command ends: it does what it was asked, or says in one line why not. What needs
no linear algebra loads none, and a small stack will do for everything."""

import os
import pathlib
import resource
import subprocess
import tempfile
import unittest

import h5py
import numpy as np
import scipy.io

COMMAND = os.environ["VORDEC_COMMAND"]
STATE = pathlib.Path(os.environ["VORDEC_SOURCE"]) / "examples/data/state.npz"
MANY_CORES = os.environ["VORDEC_MANY_CORES"]
# Below these the dynamic linker, or a constructor of a library, may end the process before main().
LIMITS_KIB = (60_000, 100_000, 150_000, 250_000, 400_000, 700_000, 1_500_000, 4_000_000, 12_000_000)
LONGEST_S = 60  # of a run that takes tenths of a second: far from for ever


class MemoryLimits(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="vordec-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_command(self, arguments, kib=None, what=resource.RLIMIT_AS, **environment):
        def limit():
            if kib:
                resource.setrlimit(what, (1024 * kib, 1024 * kib))

        return subprocess.run([COMMAND, *map(str, arguments)], text=True, capture_output=True, check=False,
                              timeout=LONGEST_S, preexec_fn=limit, cwd=self.folder,
                              env={**os.environ, "VK_DRIVER_FILES": "/nonexistent", "VK_ICD_FILENAMES": "/nonexistent",
                                   **environment})

    def commands(self):
        trajectory = self.folder / "trajectory.npz"
        self.assertEqual(self.run_command(["simulate", "--N", 32, "--steps", 12, "--out", trajectory]).returncode, 0)
        yield "version", ["--version"]
        yield "help", ["--help"]
        yield "devices", ["devices"]
        yield "decode", ["decode", "--z0-npz", STATE, "--out", "fields.npz", "--decode-backend", "cpu"]
        yield "snapshots", ["snapshots", "--traj-npz", trajectory, "--stride", 4, "--out-dir", "out", "--decode-backend",
                            "cpu", "--op-backend", "cpu"]

    def test_every_command_ends(self):
        for name, arguments in self.commands():
            for kib in LIMITS_KIB:
                for preload in "", MANY_CORES:
                    with self.subTest(f"{name}, {kib} KiB, {'64 cores' if preload else 'as it is'}"):
                        done = self.run_command(arguments, kib, LD_PRELOAD=preload)
                        self.assertIn(done.returncode, (0, 1, 3), done.stderr)
                        if done.returncode:
                            self.assertEqual(done.stderr.rstrip("\n").count("\n"), 0, done.stderr)
                            self.assertTrue(done.stderr.strip())
            self.assertEqual(self.run_command(arguments).returncode, 0, name)

    def test_a_small_stack_will_do(self):
        """128 KiB, which is what musl gives threads of a host: whatever is read or written."""
        small = {"kib": 128, "what": resource.RLIMIT_STACK}
        fields = np.random.default_rng(1).standard_normal((3, 16, 16))
        scipy.io.savemat(self.folder / "f.mat", {"omega": fields.transpose(2, 1, 0)}, do_compression=True)
        with h5py.File(self.folder / "f.h5", "w") as file:
            file.create_dataset("omega", data=fields, compression="gzip", chunks=(1, 16, 16))
        lines = [arguments for _, arguments in self.commands()] + [["doctor"]]
        lines += [["encode", "--traj", name, "--backend", "cpu", "--out", "s.npz"] for name in ("f.mat", "f.h5")]
        lines += [["decode", "--z0-npz", STATE, "--backend", "cpu", "--out", name] for name in ("f.nc", "g.h5")]
        for arguments in lines:
            with self.subTest(arguments[:3]):
                done = self.run_command(arguments, **small)
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_no_linear_algebra_unless_needed(self):
        for name, arguments in self.commands():
            with self.subTest(name):
                done = self.run_command(arguments, LD_DEBUG="files")
                self.assertEqual(done.returncode, 0)
                loaded = "calling init" in done.stderr and "libopenblas" in done.stderr
                self.assertEqual(loaded, name == "snapshots")
                self.assertNotIn("liblapack", done.stderr)


if __name__ == "__main__":
    unittest.main()

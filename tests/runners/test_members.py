# SPDX-License-Identifier: MIT
"""vordec snapshots --members: the runs that it does, the operator that they learn together, and the statistics."""

import csv
import os
import pathlib
import signal
import subprocess
import time
import unittest

import numpy as np
from cli_support import BAD_USAGE, COMMAND, FAILED, CommandTest

GRID = ("--N", 16, "--steps", 12, "--stride", 3)
LLVMPIPE = pathlib.Path("/usr/share/vulkan/icd.d/lvp_icd.x86_64.json")
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


class Members(CommandTest):
    def members(self, *arguments, folder="run", **options):
        return self.succeed("snapshots", *GRID, "--out-dir", folder, *arguments, **options)

    def statistics(self, folder="run"):
        with np.load(self.folder / folder / "snapshot_statistics.npz") as data:
            return dict(data)

    def results(self, folder):
        """All files but the metrics, by name."""
        return {path.name: path.read_bytes() for path in (self.folder / folder).iterdir() if "metrics" not in path.name}

    def column(self, path, name):
        with open(self.folder / path) as file:
            return np.array([float(row[name]) for row in csv.DictReader(file)])

    def test_statistics_are_numpys(self):
        self.members("--members", 4, "--seed", 3)
        found = self.statistics()
        self.assertEqual(found["member_seed"].tolist(), [3, 4, 5, 6])
        self.assertEqual(found["lead_step"].tolist(), [-6, -3, 0, 3, 6])
        self.assertEqual(found["train"].tolist(), [True, True, True, False, False])
        names = [name[:-8] for name in found if name.endswith("_members")]
        self.assertEqual(len(names), 11)
        for name in names:
            values = found[name + "_members"]
            self.assertEqual(values.shape, (4, 5))
            np.testing.assert_allclose(found[name + "_mean"], values.mean(0), rtol=1e-14)
            np.testing.assert_allclose(found[name + "_variance"], values.var(0, ddof=1), rtol=1e-11)
            np.testing.assert_allclose(found[name + "_quantiles"], np.quantile(values, LEVELS, axis=0), rtol=1e-14)
        metrics = self.read_metrics("run/snapshot_metrics.json")
        self.assertEqual([metrics[name + "_device"] for name in ("les", "encode", "op", "decode")], 4 * ["cpu"])

    def test_each_member_is_the_run_of_its_seed(self):
        """The truth and its loss are those of single runs; errors and spectra those of the members' own tables."""
        two = ("--stride", 6, "--topk-mid", 0)  # snapshots behind the start
        self.members("--members", 3, "--seed", 7, *two, "--member-files", "--save-traj")
        found = self.statistics()
        spectra = []
        for i in range(3):
            alone, own = f"alone{i}", f"run/snapshot_m00{i}"
            self.members("--seed", 7 + i, *two, folder=alone)
            for name in ("energy_truth", "relative_l2_encoding", "relative_l2_climatology"):
                np.testing.assert_array_equal(found[name + "_members"][i],
                                              self.column(f"{alone}/snapshot_comparison.csv", name))
            np.testing.assert_array_equal(found["relative_l2_members"][i], self.column(f"{own}_comparison.csv", "relative_l2"))
            with np.load(self.folder / alone / "snapshot_z0.npz") as one, np.load(f"{self.folder}/run/snapshot_z0.npz") as all_:
                np.testing.assert_array_equal(one["z"], all_["z"][i])
            spectra.append(self.column(f"{own}_spectrum.csv", "energy_decoded"))
            self.succeed("encode", "--traj", f"{own}_traj.npz", "--out", f"z{i}.npz", "--topk-mid", 0)
            with np.load(self.folder / f"z{i}.npz") as data:
                np.savez(self.folder / f"training{i}.npz", z=data["z"][:7])
        np.testing.assert_allclose(found["spectrum_decoded_mean"][-1], np.mean(spectra, 0), rtol=1e-14)
        self.succeed("learn", "--states-npz", "training?.npz", "--out", "A.npz")
        self.assertEqual((self.folder / "A.npz").read_bytes(), (self.folder / "run" / "snapshot_A.npz").read_bytes())

    def test_starts_and_states_from_files(self):
        x = 2 * np.pi * np.arange(16) / 16
        starts = np.stack([np.cos(3 * x + i)[:, None] + np.sin((2 + i) * x)[None, :] for i in range(3)])
        np.save(self.folder / "w.npy", starts)
        self.members("--members", 3, "--init-npy", "w.npy")
        found = self.statistics()
        np.testing.assert_allclose(found["enstrophy_truth_members"][:, 0], (starts**2).mean((1, 2)) / 2, rtol=1e-12)
        self.assertNotIn("member_seed", found)
        kernel = ("--kernel-only", "--z0-npz", "run/snapshot_z0.npz", "--A-npz", "run/snapshot_A.npz")
        self.members("--members", 3, *kernel, folder="kernel")
        again = self.statistics("kernel")
        np.testing.assert_array_equal(again["energy_decoded_members"], found["energy_decoded_members"])
        self.assertNotIn("relative_l2_mean", again)
        self.refuse(BAD_USAGE, ["3 states, but --members 2 starts from as many"], "snapshots", *GRID, "--members", 2, *kernel)
        states = dict(np.load(self.path("run/snapshot_z0.npz")))
        states["z"][1, 3] = np.nan
        np.savez(self.folder / "bad.npz", **states)
        self.refuse(BAD_USAGE, ["vordec: bad.npz: z: state 1, entry 3 (Re low) is NaN"], "snapshots", *GRID, "--members", 3,
                    "--kernel-only", "--z0-npz", "bad.npz", "--A-npz", "run/snapshot_A.npz")
        starts[2, 3, 4] = np.nan
        np.save(self.folder / "w.npy", starts)
        self.refuse(BAD_USAGE, ["member 2: w.npy: initial vorticity: not finite"], "snapshots", *GRID, "--members", 3,
                    "--init-npy", "w.npy")
        self.refuse(BAD_USAGE, ["expected (4, N, N), a field for each member"], "snapshots", *GRID, "--members", 4,
                    "--init-npy", "w.npy")

    @unittest.skipUnless(LLVMPIPE.exists(), "no llvmpipe here")
    def test_memory_of_the_device(self):
        """What keeps the device open between members has a plan of its own there, beside theirs."""
        there = {**os.environ, "VK_DRIVER_FILES": str(LLVMPIPE)}
        on = ("--decode-backend", "vulkan", "--decode-allow-software-device", "true", "--decode-fft", "direct",
              "--simulate-fft", "direct", "--seed", 3)
        self.members(*on, folder="alone", env=there)
        self.members(*on, "--members", 2, env=there)
        alone, both = (self.read_metrics(f"{folder}/snapshot_metrics.json") for folder in ("alone", "run"))
        plan = both["plan"]["device_bytes"] / 2**20
        self.assertGreater(plan, 0)
        self.assertAlmostEqual(both["device_memory_mb"], alone["device_memory_mb"] + plan, delta=1e-9)

    def test_without_fields(self):
        self.members("--members", 2, "--decode-observer", "metrics")
        self.assertEqual(self.statistics()["support_frac_members"].shape, (2, 5))
        self.assertFalse((self.folder / "run" / "snapshot_statistics.png").exists())

    def test_what_does_not_fit(self):
        for option in (("--no-decode",), ("--save-decoded",), ("--traj", "none.npz"), ("--log-snapshots",)):
            self.refuse(BAD_USAGE, ["--members", option[0]], "snapshots", *GRID, "--members", 2, *option)
        self.refuse(BAD_USAGE, ["--member-files needs --members"], "snapshots", *GRID, "--member-files")

    def test_a_member_that_breaks_down(self):
        done = self.call("snapshots", *GRID, "--members", 2, "--seed", 5, "--dt", 50)
        self.assertEqual(done.returncode, FAILED, done.stderr)
        self.assertRegex(done.stderr, r"^vordec: member 0 \(seed 5\): simulation: .*step \d+")
        left = {path.name for path in (self.folder / "snapshots").iterdir()}
        self.assertEqual(left, {"snapshot_journal", "snapshot_m000_journal"})

    def test_interrupted_and_finished(self):
        arguments = ("snapshots", "--N", 32, "--steps", 200, "--stride", 100, "--members", 3, "--out-dir")
        self.succeed(*arguments, "whole")
        with subprocess.Popen([COMMAND, *map(str, arguments), "run"], cwd=self.folder, text=True,
                              stderr=subprocess.PIPE) as run:
            second = self.folder / "run" / "snapshot_m001_journal"
            while run.poll() is None and not second.exists():
                time.sleep(0.002)
            run.send_signal(signal.SIGINT)
            text = run.communicate()[1]
        self.assertEqual(run.returncode, 130, text)
        self.assertIn("continue with --resume", text)
        left = self.results("run")
        self.assertTrue(all(name.endswith("_journal") for name in left))
        self.refuse(BAD_USAGE, ["member 0 (seed 0)", "an interrupted run got through", "--restart"], *arguments, "run")
        self.assertIn("frames of rank 0's members were there", self.succeed(*arguments, "run", "--resume").stderr)
        self.assertEqual(self.results("run"), self.results("whole"))
        self.assertIn("nothing is left to do", self.succeed(*arguments, "run", "--resume").stderr)
        self.refuse(BAD_USAGE, ["members was '3', and here it is '4'"], *arguments, "run", "--members", 4, "--resume")


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: MIT
"""vordec snapshots: what it refuses, in one line, with nothing written."""

import unittest

import numpy as np
from cli_support import BAD_USAGE, FAILED, CommandTest, reference


class BadInput(CommandTest):
    def setUp(self):
        super().setUp()
        rollout = reference("n64/rollout")
        encode = reference("n64/encode")
        self.z0 = self.state(encode, "z0.npz", z=rollout["z0"])
        self.operator = self.array("A.npz", "A", reference("n64/A")["A"])

    def array(self, name, key, values, **members):
        np.savez(self.folder / name, **{key: values}, **members)
        return self.path(name)

    def check(self, parts, *arguments):
        with self.subTest(arguments=arguments):
            self.refuse(BAD_USAGE, parts, "snapshots", "--out-dir", self.path("out"), *arguments)

    def kernel(self, parts, z0=None, operator=None, *arguments):
        self.check(parts, "--kernel-only", "--z0-npz", z0 or self.z0, "--A-npz", operator or self.operator, *arguments)

    def test_usage(self):
        trajectory = self.array("T.npz", "traj", reference("n64/encode")["omega"])
        self.check(["--stride '0'"], "--stride", 0)
        self.check(["--steps '0'"], "--steps", 0)
        self.check(["--N '2'"], "--N", 2)
        self.check(["--dt 'x'"], "--dt", "x")
        self.check(["--ridge 'x'"], "--ridge", "x")
        self.check(["ridge"], "--N", 16, "--steps", 2, "--ridge", -1)
        self.check(["--progress-every '0'"], "--progress-every", 0)
        self.check(["--prefix 'a/b'"], "--prefix", "a/b")
        self.check(["--prefix ''"], "--prefix", "")
        self.check(["--mask-tau", "2"], "--tau", 2)
        self.check(["--observer", "all"], "--observer", "all")
        self.check(["--op-dtype", "float16"], "--dtype", "float16")
        self.check(["--save-decoded", "observer = metrics"], "--save-decoded", "--observer", "metrics")
        self.check(["--kernel-only needs"], "--kernel-only")
        self.check(["--kernel-only needs"], "--kernel-only", "--z0-npz", self.z0)
        self.check(["need --kernel-only"], "--z0-npz", self.z0, "--A-npz", self.operator)
        self.check(["--hash-every '0'"], "--hash-every", 0)
        for other in "save-decoded", "check-decode-parity", "parity-only", "require-gpu":
            self.check(["--no-decode", f"--{other}"], "--no-decode", f"--{other}")
        self.check(["--no-decode", "--phases-npz"], "--no-decode", "--phases-npz", trajectory)
        for dt in 0, -1:
            self.check([f"--dt: {dt}: expected a time step"], "--traj-npz", trajectory, "--dt", dt)
            self.kernel([f"--dt: {dt}: expected a time step"], None, None, "--dt", dt)
        self.check(["--N 32", "T.npz has N = 64"], "--traj-npz", trajectory, "--N", 32)
        self.kernel(["--N 32", "z0.npz has N = 64"], None, None, "--N", 32)
        self.check(["--phases-npz", "synthesis = off"], "--N", 16, "--steps", 2, "--phases-npz", trajectory,
                   "--residual-synthesis", "off")
        self.check(["--save-traj", "--traj runs none"], "--traj-npz", trajectory, "--save-traj")
        self.kernel(["--save-traj", "--kernel-only"], None, None, "--save-traj")
        self.kernel(["--traj and --kernel-only"], None, None, "--traj-npz", trajectory)

    def test_operator(self):
        good = reference("n64/A")["A"]
        nan, infinite = good.copy(), good.copy()
        nan[3, 5] = np.nan
        infinite[0, 1] = np.inf
        d = len(good)
        for parts, values in (
            (["bad.npz: A: row 3, column 5 is NaN"], nan),
            (["bad.npz: A: row 0, column 1 is infinite"], infinite),
            (["bad.npz: A: shape (653, 653)", "D = 654", "z0.npz"], good[1:, 1:]),
            ([f"bad.npz: A: shape ({d}, {d - 1})"], good[:, 1:]),
            (["bad.npz: A: shape (654,)"], good[0]),
        ):
            self.kernel(parts, None, self.array("bad.npz", "A", values))
        self.kernel(["bad.npz", "'A'"], None, self.array("bad.npz", "B", good))
        self.kernel(["none.npz"], None, self.path("none.npz"))

    def test_state(self):
        encode = reference("n64/encode")
        z = reference("n64/rollout")["z0"]
        nan = z.copy()
        nan[7] = np.nan
        self.kernel(["z0.npz", "z", "entry 7", "NaN"], self.state(encode, "z0.npz", z=nan))
        self.kernel(["z0.npz: z: 4 states", "starts from one"], self.state(encode, "z0.npz"))
        self.kernel(["z0.npz: z: shape (653,)"], self.state(encode, "z0.npz", z=z[1:]))
        self.kernel(["none.npz"], self.path("none.npz"))

    def test_trajectory(self):
        frames = reference("n64/encode")["omega"]
        nan = frames.copy()
        nan[2, 0, 1] = np.nan
        for parts, values, arguments in (
            (["T.npz: 1 frame, but 1 step needs 2"], frames[0], []),
            (["T.npz: traj: shape (4, 64, 63)"], frames[:, :, 1:], []),
            (["T.npz: 1 frame, but 1 step needs 2"], frames[:1], []),
            (["T.npz: 4 frames, but 4 steps need 5"], frames, ["--steps", 4]),
            (["T.npz: traj: frame 2 is NaN at row 0, column 1"], nan, []),
        ):
            self.check(parts, "--traj-npz", self.array("T.npz", "traj", values), *arguments)
        two = {"a": frames, "b": frames}
        np.savez(self.folder / "T.npz", **two)
        self.check(["T.npz: more than one array", "--key", "a (4, 64, 64) <f8, b (4, 64, 64) <f8"], "--traj",
                   self.path("T.npz"))
        self.check(["none.npz"], "--traj-npz", self.path("none.npz"))

    def test_phases(self):
        small = ["--N", 16, "--steps", 4, "--stride", 2, "--phases-npz"]
        good = np.zeros((16, 16))
        for parts, mid, high in (
            (["p.npz: phases_mid: shape (8, 8)"], good[:8, :8], good),
            (["p.npz: phases_high", "NaN"], good, np.where(np.eye(16) > 0, np.nan, 0.0)),
        ):
            np.savez(self.folder / "p.npz", phases_mid=mid, phases_high=high)
            self.check(parts, *small, self.path("p.npz"))
        np.savez(self.folder / "p.npz", phases_mid=good)
        self.check(["p.npz", "'phases_high'"], *small, self.path("p.npz"))

    def test_folder(self):
        (self.folder / "file").write_text("in the way")
        small = ["--N", 16, "--steps", 4, "--out-dir"]
        self.refuse(BAD_USAGE, ["--out-dir", "file"], "snapshots", *small, self.path("file"))
        self.refuse(BAD_USAGE, ["--out-dir", "file/deeper"], "snapshots", *small, self.path("file/deeper"))
        self.refuse(BAD_USAGE, ["--out-dir"], "snapshots", *small, "/proc/no-folder-goes-here")
        self.refuse(BAD_USAGE, ["nowhere/m.json"], "snapshots", *small, self.path("out"), "--metrics-json",
                    self.path("nowhere/m.json"))


class BreakDown(CommandTest):
    def test_simulation(self):
        done = self.call("snapshots", "--N", 32, "--dt", 100, "--steps", 40, "--save-traj", "--out-dir",
                         self.path("out"))
        self.assertEqual(done.returncode, FAILED)
        self.assert_one_line(done.stderr)
        self.assertRegex(done.stderr, r"step \d+: vorticity: so large that its energy overflows fp64; a smaller dt may help")
        self.assertEqual({path.name for path in (self.folder / "out").iterdir()},
                         {"snapshot_traj.npz", "snapshot_journal"})
        with np.load(self.folder / "out" / "snapshot_traj.npz") as data:
            self.assertTrue(np.isfinite(data["traj"]).all())
            self.assertEqual(len(data["traj"]), data["steps"] + 1)

    def test_rollout(self):
        """An operator that doubles overflows; the snapshots before it are kept, and the metrics count it."""
        z0 = self.state(reference("n64/encode"), "z0.npz", z=reference("n64/rollout")["z0"])
        doubling = np.eye(654)
        doubling[0, 0] = 1e80
        np.savez(self.folder / "A.npz", A=doubling)
        done = self.call("snapshots", "--kernel-only", "--z0-npz", z0, "--A-npz", self.path("A.npz"), "--steps", 12,
                         "--stride", 1, "--out-dir", self.path("out"))
        self.assertEqual(done.returncode, FAILED, done.stderr)
        warning, failure = done.stderr.splitlines(keepends=True)
        self.assertIn("squares overflow fp64", warning)  # of an earlier step, which is kept
        self.assert_one_line(failure)
        self.assertRegex(failure, r"rollout, step \d+: z: entry 0 \(Re low\) of the rolled-out state is so large")
        metrics = self.read_metrics("out/snapshot_metrics.json")
        self.assertEqual(metrics["nan_inf_hits"], 1)
        self.assertIsNone(metrics["decode_metrics"][-1]["enstrophy_lp"])
        rows = (self.folder / "out" / "snapshot_comparison.csv").read_text().splitlines()
        self.assertEqual(len(rows) - 1, metrics["steps"])
        self.assertGreater(metrics["steps"], 1)


if __name__ == "__main__":
    unittest.main()

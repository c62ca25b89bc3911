# SPDX-License-Identifier: MIT
"""vordec snapshots: what it writes, computed again with NumPy."""

import csv
import struct
import unittest

import numpy as np
from cli_support import BAD_USAGE, DATA, DIFFERENT, REFUSED, STUBS, CommandTest, reference

SMALL = ("--N", 32, "--steps", 24, "--stride", 8)
STEPS = (0, 8, 16, 24)
TRAINING = 12  # the last step of the training frames: half of them


def relative_l2(got, truth):
    return np.linalg.norm(got - truth) / np.linalg.norm(truth)


def shells(omega):
    """Energy by shells of |k|, rounded: 0.5 |k' / |k|^2 omega_k|^2."""
    n = len(omega)
    k = np.fft.fftfreq(n, 1 / n)
    ky, kx = np.meshgrid(k, k, indexing="ij")
    k2 = kx**2 + ky**2
    k2[0, 0] = 1
    first = np.where(kx == -n / 2, 0, kx) ** 2 + np.where(ky == -n / 2, 0, ky) ** 2
    power = 0.5 * np.abs(np.fft.fft2(omega) / n**2) ** 2 * first / k2**2
    power[0, 0] = 0
    return np.bincount((np.hypot(kx, ky) + 0.5).astype(int).ravel(), weights=power.ravel())


class SnapshotsTest(CommandTest):
    def snapshots(self, *arguments, out="out", **options):
        return self.succeed("snapshots", "--out-dir", self.path(out), "--prefix", "s", *arguments, **options)

    def file(self, name, out="out"):
        return self.folder / out / f"s_{name}"

    def npz(self, name, out="out"):
        with np.load(self.file(name, out)) as data:
            return dict(data)

    def table(self, name, out="out"):
        """Columns by name; an empty field is NaN. The last one, what did the work, is the same in every row."""
        with open(self.file(name, out), newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        self.assertEqual(list(rows[0])[-1], "ran_on")
        self.assertEqual(len({row.pop("ran_on") for row in rows}), 1)
        return {key: np.array([float(row[key] or "nan") for row in rows]) for key in rows[0]}

    def metrics(self, out="out"):
        return self.read_metrics(f"{out}/s_metrics.json")

    def names(self, out="out"):
        return {path.name[2:] for path in (self.folder / out).iterdir()}

    def assert_png(self, path):
        head = path.read_bytes()[:24]
        self.assertEqual(head[:8], b"\x89PNG\r\n\x1a\n")
        self.assertEqual(head[12:16], b"IHDR")
        width, height = struct.unpack(">II", head[16:24])
        self.assertGreater(min(width, height), 400)


class WholeRun(SnapshotsTest):
    """One run, looked at from all sides."""

    @classmethod
    def setUpClass(cls):
        # One run for all tests of the class: an instance makes it, whose folder lives as long as the class.
        cls.maker = cls("setUp")
        cls.maker.setUp()
        cls.maker.snapshots(*SMALL, "--save-traj", "--save-decoded")

    @classmethod
    def tearDownClass(cls):
        cls.maker.doCleanups()

    def file(self, name, out="out"):
        return self.maker.folder / out / f"s_{name}"

    def test_files(self):
        pictures = {f"t{step:05}.png" for step in STEPS} | {"series.png", "spectrum.png"}
        data = {"comparison.csv", "series.csv", "spectrum.csv", "z0.npz", "A.npz", "metrics.json", "traj.npz",
                "decoded.npz", "run.json"}
        self.assertEqual(self.maker.names(), pictures | data)
        for name in pictures:
            self.assert_png(self.file(name))

    def test_states_and_operator(self):
        """What encode and learn make of the saved trajectory's training frames."""
        self.succeed("encode", "--traj-npz", self.file("traj.npz"), "--out", self.path("Z.npz"))
        self.succeed("encode", "--traj-npz", self.file("traj.npz"), "--out", self.path("z0.npz"), "--frame", 0)
        with np.load(self.path("Z.npz")) as states:
            np.savez(self.folder / "training.npz", z=states["z"][: TRAINING + 1])
        self.succeed("learn", "--states-npz", self.path("training.npz"), "--out", self.path("A.npz"))
        self.assertEqual((self.folder / "z0.npz").read_bytes(), self.file("z0.npz").read_bytes())
        with np.load(self.path("A.npz")) as data:
            np.testing.assert_array_equal(data["A"], self.npz("A.npz")["A"])

    def test_decoded_fields(self):
        """z0 A^t by NumPy, decoded by 'vordec decode'."""
        start, operator, decoded = self.npz("z0.npz"), self.npz("A.npz")["A"], self.npz("decoded.npz")
        z, states = start["z"], []
        for step in range(STEPS[-1] + 1):
            if step in STEPS:
                states.append(z)
            z = z @ operator
        np.savez(self.folder / "states.npz", **{**start, "z": np.array(states)})
        fields, _, _ = self.decode(self.path("states.npz"))
        self.assertEqual(decoded["step"].tolist(), list(STEPS))
        for key in "omega_lp", "omega_hat":
            self.assert_close(decoded[key], fields[key], 1e-11)
        np.testing.assert_array_equal(decoded["mask"], fields["mask"])
        self.assertEqual(decoded["train"].tolist(), [True, True, False, False])
        np.testing.assert_array_equal(decoded["truth"], self.npz("traj.npz")["traj"][list(STEPS)])

    def test_comparison(self):
        table, fields, traj = self.table("comparison.csv"), self.npz("decoded.npz"), self.npz("traj.npz")["traj"]
        self.succeed("encode", "--traj-npz", self.file("traj.npz"), "--out", self.path("Z.npz"))
        with np.load(self.path("Z.npz")) as states:
            np.savez(self.folder / "true.npz", **{**states, "z": states["z"][list(STEPS)]})
        encoded = self.decode(self.path("true.npz"))[0]["omega_hat"]
        np.testing.assert_array_equal(table["step"], STEPS)
        np.testing.assert_allclose(table["time"], np.array(STEPS) * 0.01, rtol=1e-15)
        for i in range(len(STEPS)):
            hat, truth = fields["omega_hat"][i], fields["truth"][i]
            expected = {
                "relative_l2": relative_l2(hat, truth),
                "relative_l2_lp": relative_l2(fields["omega_lp"][i], truth),
                "correlation": np.corrcoef(hat.ravel(), truth.ravel())[0, 1],
                "support_frac": (fields["mask"][i] != 0).mean(),
                "energy_truth": shells(truth).sum(),
                "energy_decoded": shells(hat).sum(),
                "enstrophy_truth": 0.5 * (truth**2).mean(),
                "enstrophy_decoded": 0.5 * (hat**2).mean(),
                "train": STEPS[i] <= TRAINING,
                "relative_l2_persistence": relative_l2(traj[0 if STEPS[i] <= TRAINING else TRAINING], truth),
                "relative_l2_climatology": relative_l2(traj[: TRAINING + 1].mean(axis=0), truth),
                "relative_l2_encoding": relative_l2(encoded[i], truth),
            }
            self.assertEqual(set(expected) | {"step", "time"}, set(table))
            for key, value in expected.items():
                self.assertAlmostEqual(table[key][i], value, 12, key)

    def test_series(self):
        table, fields, traj = self.table("series.csv"), self.npz("decoded.npz"), self.npz("traj.npz")["traj"]
        np.testing.assert_array_equal(table["step"], np.arange(25))
        np.testing.assert_allclose(table["energy_truth"], [shells(omega).sum() for omega in traj], rtol=1e-12)
        np.testing.assert_allclose(table["enstrophy_truth"], 0.5 * (traj**2).mean(axis=(1, 2)), rtol=1e-12)
        decoded = np.isfinite(table["energy_decoded"])
        self.assertEqual(np.flatnonzero(decoded).tolist(), list(STEPS))
        np.testing.assert_array_equal(table["train"], np.arange(25) <= TRAINING)
        hat = fields["omega_hat"]
        np.testing.assert_allclose(table["energy_decoded"][decoded], [shells(omega).sum() for omega in hat], rtol=1e-12)
        np.testing.assert_allclose(table["enstrophy_decoded"][decoded], 0.5 * (hat**2).mean(axis=(1, 2)), rtol=1e-12)

    def test_spectrum(self):
        table, fields = self.table("spectrum.csv"), self.npz("decoded.npz")
        for key, omega in ("energy_truth", fields["truth"][-1]), ("energy_decoded", fields["omega_hat"][-1]):
            expected = shells(omega)
            np.testing.assert_array_equal(table["k"], np.arange(len(expected)))
            np.testing.assert_allclose(table[key], expected, rtol=1e-10, atol=1e-25)
        self.assertEqual((set(table["step"]), set(table["train"])), ({24}, {0}))

    def test_metrics(self):
        metrics, table = self.maker.metrics(), self.table("comparison.csv")
        self.assertEqual((metrics["N"], metrics["steps"], metrics["dt"], metrics["nan_inf_hits"]), (32, 24, 0.01, 0))
        self.assertEqual([entry["t"] for entry in metrics["decode_metrics"]], list(STEPS))
        for i, entry in enumerate(metrics["decode_metrics"]):
            self.assertAlmostEqual(entry["energy_hat"], table["energy_decoded"][i], 12)
            self.assertAlmostEqual(entry["support_frac"], table["support_frac"][i], 12)
        self.assertEqual(metrics["train_steps"], TRAINING)
        for entry in metrics["decode_metrics"] + metrics["comparison"] + metrics["hashes"]:
            self.assertEqual(entry["train"], entry["t"] <= TRAINING)
        self.assertEqual([entry["t"] for entry in metrics["comparison"]], list(STEPS))
        for i, entry in enumerate(metrics["comparison"]):
            for key in entry.keys() - {"t", "train"}:
                self.assertEqual(entry[key], table[key][i], key)
        self.assertEqual((metrics["decode_device"], metrics["op_device"]), ("cpu", "cpu"))
        self.assertFalse(metrics["gpu_hotloop_active"])


class Variants(SnapshotsTest):
    def test_runs_agree(self):
        """Byte for byte, whatever the number of threads; in the metrics, all but clocks and memory."""
        for out, threads in ("one", 1), ("two", 2):
            self.snapshots(*SMALL, "--save-traj", "--save-decoded", "--residual-synthesis", "on", "--op-deterministic",
                           "true", "--cpu-threads", threads, out=out)
        self.assertEqual(self.names("one"), self.names("two"))
        for name in self.names("one") - {"metrics.json", "run.json"}:  # which has the metrics' hash
            self.assertEqual(self.file(name, "one").read_bytes(), self.file(name, "two").read_bytes(), name)
        first, second = self.metrics("one"), self.metrics("two")
        for key in "hashes", "decode_metrics", "steps", "N", "D", "M":
            self.assertEqual(first[key], second[key], key)

    def test_trajectory_gives_the_same_as_its_simulation(self):
        self.snapshots(*SMALL, "--save-traj", out="one")
        self.snapshots("--traj-npz", self.file("traj.npz", "one"), "--stride", 8, out="two")
        for name in "z0.npz", "A.npz", "comparison.csv", "series.csv", "spectrum.csv", "t00024.png":
            self.assertEqual(self.file(name, "one").read_bytes(), self.file(name, "two").read_bytes(), name)

    def test_stride_power(self):
        """The same fields, but for rounding; what the run does is recorded, and not to be gone on with otherwise."""
        self.snapshots(*SMALL, "--save-decoded", out="one")
        files = ("--kernel-only", "--z0-npz", self.file("z0.npz", "one"), "--A-npz", self.file("A.npz", "one"), "--stride", 8)
        self.snapshots(*files, "--steps", 24, "--save-decoded", "--op-stride-power", "true", out="two")
        first, second = self.npz("decoded.npz", "one"), self.npz("decoded.npz", "two")
        np.testing.assert_array_equal(first["omega_lp"][0], second["omega_lp"][0])
        for got, expected in zip(second["omega_lp"][1:], first["omega_lp"][1:]):
            self.assertLessEqual(relative_l2(got, expected), 1e-9)  # what 24 steps make of the last bits
        self.assertEqual([self.metrics(out)["op_stride"] for out in ("one", "two")], [1, 8])
        self.assertEqual([self.metrics(out)["steps"] for out in ("one", "two")], [24, 24])
        again = ("snapshots", "--out-dir", self.path("two"), "--prefix", "s", *files, "--steps", 24, "--save-decoded")
        self.refuse(BAD_USAGE, ["[op] stride_power was 'true', and here it is 'false'"], *again, "--resume")
        for parts, more in ((["20 steps are not a multiple of the 8"], ("--steps", 20)),
                            (["nothing is decoded"], ("--steps", 24, "--no-decode"))):
            self.refuse(BAD_USAGE, parts, "snapshots", "--out-dir", self.path("three"), *files, *more, "--op-stride-power",
                        "true")

    def test_kernel_only_gives_the_same_fields(self):
        self.snapshots(*SMALL, "--save-decoded", out="one")
        self.snapshots("--kernel-only", "--z0-npz", self.file("z0.npz", "one"), "--A-npz", self.file("A.npz", "one"),
                       "--steps", 24, "--stride", 8, "--save-decoded", out="two")
        first, second = self.npz("decoded.npz", "one"), self.npz("decoded.npz", "two")
        for key in "step", "omega_lp", "mask", "omega_hat":
            np.testing.assert_array_equal(first[key], second[key])
        self.assertNotIn("truth", second)
        self.assertEqual(self.names("two"), self.names("one") - {"z0.npz", "A.npz"})
        self.assertTrue(np.isnan(self.table("comparison.csv", "two")["relative_l2"]).all())
        self.assertEqual(self.table("comparison.csv", "two")["time"].tolist(), [0.0, 0.08, 0.16, 0.24])
        self.assertEqual(self.metrics("two")["dt"], 0.01)

    def test_the_command_line_says_the_time_step(self):
        """Of a state that names one, of one that does not, and of a trajectory."""
        state, operator = self.state("n64/encode", z=reference("n64/rollout")["z0"]), str(DATA / "n64" / "A.npz")
        other = self.state("n64/encode", "dt.npz", z=reference("n64/rollout")["z0"], dt=0.25)
        np.savez(self.folder / "T.npz", traj=reference("n64/encode")["omega"], dt=0.25)
        kernel = ("--kernel-only", "--A-npz", operator, "--steps", 2, "--z0-npz")
        for name, dt, arguments in (("a", None, (*kernel, state)), ("b", 0.5, (*kernel, state, "--dt", 0.5)),
                                    ("c", 0.25, (*kernel, other)), ("d", 0.5, (*kernel, other, "--dt", 0.5)),
                                    ("e", 0.25, ("--traj-npz", self.path("T.npz"))),
                                    ("f", 0.5, ("--traj-npz", self.path("T.npz"), "--dt", 0.5))):
            with self.subTest(name):
                self.snapshots(*arguments, "--observer", "metrics", "--metrics-hash", "none", out=name)
                self.assertEqual(self.metrics(name)["dt"], dt)

    def test_steps_without_decodes(self):
        """The same states, no backend that decodes, and nothing drawn."""
        self.snapshots(*SMALL, "--metrics-hash", "z", "--hash-every", 4, out="one")
        self.snapshots(*SMALL, "--no-decode", "--hash-every", 4, "--decode-backend", "nowhere", out="two")
        self.assertEqual(self.names("two"), {"z0.npz", "A.npz", "metrics.json", "run.json"})
        first, second = ({(entry["t"], entry["hash"]) for entry in self.metrics(name)["hashes"]}
                         for name in ("one", "two"))
        self.assertEqual({t for t, _ in second}, set(range(4, 25, 4)))
        self.assertEqual({pair for pair in first if pair[0]}, second)
        self.assertEqual(len(self.metrics("one")["hashes"]), 7)
        metrics = self.metrics("two")
        self.assertEqual((metrics["steps"], metrics["decode_backend_used"], metrics["decode_metrics"]), (24, None, []))

    def test_hashes_stand_in_order(self):
        """Also where a backend decodes two snapshots at once."""
        self.snapshots(*SMALL, "--hash-every", 3, "--metrics-hash", "z,mask", "--decode-backend", "streams", "--plugins-path",
                       STUBS)
        times = [entry["t"] for entry in self.metrics()["hashes"]]
        self.assertEqual(times, sorted(times))
        self.assertEqual(sorted(set(times)), [0, 3, 6, 8, 9, 12, 15, 16, 18, 21, 24])

    def test_states_that_are_not_decoded_may_not_be_lost(self):
        """NaN at the end is a failure, whether that state is decoded or not."""
        z0 = self.state("n64/encode", z=reference("n64/rollout")["z0"])
        np.savez(self.folder / "big.npz", A=1e200 * np.eye(654))
        for more in ("--no-decode",), ("--stride", 20):
            with self.subTest(more):
                done = self.call("snapshots", "--out-dir", self.path("o"), "--kernel-only", "--z0-npz", z0, "--A-npz",
                                 self.path("big.npz"), "--steps", 3, *more)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn("rollout, step 3", done.stderr.splitlines()[-1])
                metrics = self.read_metrics("o/snapshot_metrics.json")
                self.assertEqual(metrics["nan_inf_hits"], 1)

    def test_without_ground_truth(self):
        self.snapshots(*SMALL, "--no-ground-truth")
        self.assertTrue(np.isnan(self.table("comparison.csv")["relative_l2"]).all())
        self.assertEqual(self.table("series.csv")["step"].tolist(), list(STEPS))
        self.assert_png(self.file("t00008.png"))

    def test_last_steps_beyond_the_stride_are_taken(self):
        self.snapshots("--N", 32, "--steps", 10, "--stride", 4)
        self.assertEqual(self.table("comparison.csv")["step"].tolist(), [0, 4, 8])
        self.assertEqual(self.metrics()["steps"], 10)

    def test_residual_at_the_start_is_that_of_decode(self):
        """And later steps draw other phases."""
        self.snapshots(*SMALL, "--save-decoded", "--residual-synthesis", "on", "--residual-seed", 99)
        fields, _, _ = self.decode(str(self.file("z0.npz")), "--residual-synthesis", "on", "--residual-seed", 99)
        got = self.npz("decoded.npz")
        self.assert_close(got["omega_hat"][0], fields["omega_hat"], 1e-12)
        for entry in self.metrics()["decode_metrics"]:
            self.assertAlmostEqual(entry["resid_high_achieved"], entry["resid_high_target"], 12)
        plain = self.path("plain")
        self.succeed("snapshots", *SMALL, "--save-decoded", "--out-dir", plain, "--prefix", "s")
        residual = got["omega_hat"] - self.npz("decoded.npz", "plain")["omega_hat"]
        correlation = np.corrcoef(residual[0].ravel(), residual[1].ravel())[0, 1]
        self.assertLess(abs(correlation), 0.2)

    def test_given_phases(self):
        phases = np.random.default_rng(0).uniform(0, 2 * np.pi, (2, 32, 32))
        np.savez(self.folder / "p.npz", phases_mid=phases[0], phases_high=phases[1])
        self.snapshots(*SMALL, "--save-decoded", "--phases-npz", self.path("p.npz"))
        fields, _, _ = self.decode(str(self.file("z0.npz")), "--phases-npz", self.path("p.npz"))
        self.assert_close(self.npz("decoded.npz")["omega_hat"][0], fields["omega_hat"], 1e-12)

    def test_options_set_their_keys(self):
        self.snapshots("--N", 16, "--steps", 4, "--stride", 2, "--k-cut", 3, "--resid-mid-cut", 5, "--topk-mid", 4,
                       "--tau", 0.25, "--smooth-k", 5, "--residual-seed", 7, "--dtype", "float32", "--fft-backend",
                       "fftw", "--observer", "visualize", "--permissive-backends", "--ridge", 0.1)
        config, state = self.metrics()["config"], self.npz("z0.npz")
        self.assertEqual((config["mask"]["tau"], config["mask"]["smooth_width"]), (0.25, 5))
        self.assertEqual((config["decode"]["fft"], config["decode"]["observer"]), ("fftw", "visualize"))
        self.assertEqual((config["decode"]["policy"], config["op"]["dtype"]), ("permissive", "float32"))
        self.assertEqual(config["residual"]["seed"], 7)
        scalars = {"k_cut": 3.0, "resid_mid_cut": 5.0, "topk_mid": 4, "dashi_tau": 0.25, "dashi_smooth_k": 5, "N": 16}
        self.assertEqual({key: state[key].item() for key in scalars}, scalars)

    def test_stride_by_its_other_name(self):
        self.snapshots("--N", 16, "--steps", 4, "--decode-every", 2)
        self.assertEqual(self.table("comparison.csv")["step"].tolist(), [0, 2, 4])

    def test_observers_that_read_no_fields(self):
        for observer in "metrics", "none":
            with self.subTest(observer=observer):
                self.snapshots(*SMALL, "--observer", observer, "--metrics-hash", "z", out=observer)
                expected = {"z0.npz", "A.npz", "metrics.json", "run.json"}
                if observer == "metrics":
                    expected.add("comparison.csv")
                self.assertEqual(self.names(observer), expected)
                hashes = self.metrics(observer)["hashes"]
                self.assertEqual([(entry["t"], entry["what"]) for entry in hashes], [(step, "z") for step in STEPS])

    def test_metrics_go_where_they_are_asked_for(self):
        self.snapshots(*SMALL, "--metrics-json", self.path("m.json"))
        self.assertNotIn("metrics.json", self.names())
        self.assertEqual(self.read_metrics()["steps"], 24)

    def test_what_is_said(self):
        done = self.snapshots(*SMALL, "--log-snapshots", "--timing", "--progress-every", 12)
        self.assertEqual(done.stdout, "")
        self.assertNotIn("\r", done.stderr)
        self.assertEqual([line for line in done.stderr.splitlines() if line.startswith("simulate: ")][0][:18],
                         "simulate: 12 of 24")
        lines = [line for line in done.stderr.splitlines() if line.startswith("step ")]
        self.assertEqual(len(lines), len(STEPS))
        self.assertIn("relative L2", lines[0])
        self.assertIn("timing ", done.stderr)
        self.assertNotIn("\r", self.snapshots(*SMALL).stderr)


class Training(SnapshotsTest):
    """What lies inside the training frames, and what a forecast is worth."""

    def test_noise_cannot_be_forecast(self):
        """Independent frames of band-limited noise: the operator takes the training frames over, and knows no other one
        better than their mean does."""
        k = np.fft.fftfreq(64, 1 / 64)
        band = np.hypot(k[:, None], k[None, :]) <= 8
        ours, climatology, inside = [], [], []
        for seed in range(20):
            noise = np.random.default_rng(seed).standard_normal((20, 64, 64))
            np.savez(self.folder / "T.npz", traj=np.fft.ifft2(np.fft.fft2(noise) * band).real)
            done = self.snapshots("--traj-npz", self.path("T.npz"), "--stride", 5)
            self.assertIn(f"10 frames and has {self.metrics()['D']} unknowns per column", done.stderr)
            table = self.table("comparison.csv")
            test = table["train"] == 0
            self.assertEqual(table["step"][test].tolist(), [10, 15])
            ours.extend(table["relative_l2"][test])
            climatology.extend(table["relative_l2_climatology"][test])
            inside.extend(table["correlation"][~test])
        self.assertGreater(np.median(inside), 0.99)
        self.assertGreaterEqual(np.median(ours), np.median(climatology))

    def test_how_many_steps(self):
        for text, last in ("half", 12), ("all", 24), ("7", 7), ("24", 24):
            with self.subTest(text):
                done = self.snapshots(*SMALL, "--train-steps", text, "--no-decode", out=text)
                self.assertEqual(self.metrics(text)["train_steps"], last)
                self.assertIn(f"steps 0 to {last} of 24 ({last + 1} frames", done.stderr)
                self.assertEqual("nothing here is a forecast" in done.stderr, last == 24)
        self.refuse(BAD_USAGE, ["--train-steps 25: the run has 24 steps"], "snapshots", *SMALL, "--train-steps", 25)
        for text in "0", "some", "-1", "":
            self.refuse(BAD_USAGE, ["--train-steps", "half, all, or a number"], "snapshots", *SMALL, "--train-steps", text)

    def test_all_frames_are_what_older_versions_learnt_from(self):
        self.snapshots(*SMALL, "--train-steps", "all", "--save-traj")
        self.succeed("encode", "--traj-npz", self.file("traj.npz"), "--out", self.path("Z.npz"))
        learnt = self.succeed("learn", "--states-npz", self.path("Z.npz"), "--out", self.path("A.npz"))
        self.assertIn("25 states and has", learnt.stderr)
        with np.load(self.path("A.npz")) as data:
            np.testing.assert_array_equal(data["A"], self.npz("A.npz")["A"])
        self.assertTrue((self.table("comparison.csv")["train"] == 1).all())

    def test_enough_frames_bring_no_warning(self):
        done = self.snapshots("--N", 16, "--k-cut", 1, "--resid-mid-cut", 1, "--steps", 60, "--stride", 20)
        self.assertNotIn("unknowns per column:", done.stderr)
        self.assertNotIn("warning", done.stderr)

    def test_an_operator_from_a_file(self):
        self.snapshots(*SMALL, out="one")
        kernel = ("--kernel-only", "--z0-npz", self.file("z0.npz", "one"), "--A-npz", self.file("A.npz", "one"), "--steps",
                  24, "--stride", 8)
        self.snapshots(*kernel, out="two")
        self.assertTrue(np.isnan(self.table("comparison.csv", "two")["train"]).all())
        metrics = self.metrics("two")
        self.assertEqual((metrics["train_steps"], metrics["comparison"]), (None, []))
        self.assertNotIn("train", metrics["decode_metrics"][0])
        self.refuse(BAD_USAGE, ["--kernel-only learns nothing"], "snapshots", *kernel, "--train-steps", "all")


class Parity(SnapshotsTest):
    def test_cpu_is_its_own_reference(self):
        done = self.snapshots(*SMALL, "--check-decode-parity", "--fft-backend", "pruned")
        table = self.table("parity.csv")
        self.assertEqual(table["step"].tolist(), list(STEPS))
        self.assertTrue((table["mean_abs_error"] <= 1e-12).all())
        self.assertTrue((table["mask_hamming"] == 0).all() and (table["within_tolerance"] == 1).all())
        self.assertEqual(done.stdout.count(" ok\n"), len(STEPS))

    def test_parity_only(self):
        self.snapshots(*SMALL, "--parity-only")
        self.assertEqual(self.names(), {"parity.csv", "metrics.json", "run.json"})

    def test_wrong_fields_are_found(self):
        done = self.call("snapshots", *SMALL, "--out-dir", self.path("out"), "--prefix", "s", "--parity-only",
                         "--plugins-path", STUBS, "--decode-backend", "wrong_field")
        self.assertEqual(done.returncode, DIFFERENT, done.stderr)
        self.assertIn("vordec: decode parity: 4 of 4 snapshots beyond the tolerances", done.stderr)
        self.assertTrue((self.table("parity.csv")["within_tolerance"] == 0).all())
        self.metrics()


class Gpu(SnapshotsTest):
    def test_cpu_does_not_pass_for_one(self):
        self.refuse(REFUSED, ["--require-gpu", "backend cpu"], "snapshots", *SMALL, "--require-gpu", "--decode-backend",
                    "cpu", "--out-dir", self.path("out"))

    def test_a_device_with_evidence_does(self):
        self.snapshots(*SMALL, "--require-gpu", "--plugins-path", STUBS, "--decode-backend", "ok")
        self.assertEqual(self.metrics()["decode_device"], "gpu")

    def test_one_without_evidence_does_not(self):
        done = self.call("snapshots", *SMALL, "--require-gpu", "--plugins-path", STUBS, "--decode-backend",
                         "no_dispatch", "--permissive", "--out-dir", self.path("out"))
        self.assertEqual(done.returncode, REFUSED, done.stderr)
        self.assertIn("--require-gpu", done.stderr)

    def test_missing_backend_is_refused_before_any_work(self):
        self.refuse(REFUSED, ["no_device"], "snapshots", "--N", 32, "--steps", 1000000, "--plugins-path", STUBS,
                    "--decode-backend", "no_device", "--out-dir", self.path("out"))
        for more in (), ("--no-decode",):
            self.refuse(REFUSED, ["op backend 'nowhere'"], "snapshots", "--N", 32, "--steps", 1000000, "--op-backend",
                        "nowhere", "--out-dir", self.path("out"), *more)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: MIT
"""vordec perf-kernel against the reference data and numpy: steps, decodes and hashes on the way, and how runs end."""

import os
import pathlib
import shutil
import signal
import subprocess
import unittest

import numpy as np
from cli_support import BAD_USAGE, COMMAND, DATA, FAILED, REFUSED, STUBS, CommandTest, digest, reference

INTERRUPTED = 130
OPERATOR = DATA / "n64" / "A.npz"
ROLLOUT = reference("n64/rollout")
MATRIX = reference("n64/A")["A"]
HASHES = {dtype: {int(t): text.tobytes().hex()
                  for t, text in zip(ROLLOUT["hash_steps"], ROLLOUT[f"hash_inorder_{key}"])}
          for dtype, key in (("float64", "f64"), ("float32", "f32"))}


def roll(z, a, steps):
    for _ in range(steps):
        z = z @ a
    return z


def counts(metrics):
    """What became of states, in numbers."""
    return {key: value for key, value in metrics["hotloop"].items() if key != "link"}


class KernelTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.z0 = self.state(z=ROLLOUT["z0"])

    def arguments(self, *more, operator=OPERATOR, state=None):
        return ["perf-kernel", "--z0-npz", state or self.z0, "--A-npz", operator, "--metrics-json", self.path("m.json"),
                *more]

    def kernel(self, *more, **options):
        """Runs; returns the metrics and what stderr said."""
        done = self.succeed(*self.arguments(*more, **options))
        self.assertEqual(done.stdout, "")
        return self.read_metrics(), done.stderr

    def broken(self, code, *more, **options):
        """A run that fails after its start: the metrics are there nonetheless. Returns them and the error."""
        done = self.call(*self.arguments(*more, **options))
        self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
        error = done.stderr.splitlines()[-1]
        self.assertRegex(error, "^vordec: ")
        return self.read_metrics(), error

    def refuse_kernel(self, parts, *more, code=BAD_USAGE, **options):
        return self.refuse(code, parts, *self.arguments(*more, **options))

    def interrupt(self, number, *more, **options):
        """Sends the signal after the first line of progress; returns exit code and stderr."""
        command = [COMMAND, *map(str, self.arguments("--steps", 10**9, "--progress-every", 16, *more, **options))]
        with subprocess.Popen(command, cwd=self.folder, stderr=subprocess.PIPE, text=True) as process:
            self.assertRegex(process.stderr.readline(), "^steps: 16 of 1000000000")
            process.send_signal(number)
            stderr = process.communicate(timeout=60)[1]
        return process.returncode, stderr

    def operator(self, a, name="A.npz"):
        np.savez(self.folder / name, A=a)
        return self.path(name)

    def hashes(self, metrics, what="z"):
        return [(entry["t"], entry["hash"]) for entry in metrics["hashes"] if entry["what"] == what]


class Steps(KernelTest):
    def test_reference_states(self):
        for index, steps in enumerate(ROLLOUT["steps"]):
            for deterministic in "true", "false":
                with self.subTest(steps=steps, deterministic=deterministic):
                    self.kernel("--steps", steps, "--no-decode", "--z-out-npy", self.path("z.npy"),
                                "--op-deterministic", deterministic)
                    z = np.load(self.folder / "z.npy")
                    self.assertEqual((z.dtype.str, z.shape), ("<f8", (654,)))
                    for expected in ROLLOUT["z_f64"][index], roll(ROLLOUT["z0"], MATRIX, int(steps)):
                        self.assertLessEqual(np.max(np.abs(z - expected)), 1e-12 * np.max(np.abs(expected)))

    def test_in_order_digests(self):
        for dtype, expected in HASHES.items():
            with self.subTest(dtype):
                metrics, _ = self.kernel("--steps", 100, "--no-decode", "--hash-every", 10, "--dtype", dtype,
                                         "--op-deterministic", "true")
                self.assertEqual(len(expected), 10)
                self.assertEqual(self.hashes(metrics), list(expected.items()))
                self.assertEqual(metrics["dtype"], dtype)
                self.assertEqual(counts(metrics), {"host_visits": 0, "hash_readbacks": 10, "states_in_place": 0,
                                                   "states_uploaded": 0, "band_bytes": 0})

    def test_digests_and_decodes_do_not_change_steps(self):
        """Nor does how often the run stops for them."""
        for every in 3, 7, 1000:
            metrics, _ = self.kernel("--steps", 30, "--decode-every", every, "--hash-every", 10, "--op-deterministic",
                                     "true")
            self.assertEqual(self.hashes(metrics), list(HASHES["float64"].items())[:3])
            self.assertEqual([entry["t"] for entry in metrics["decode_metrics"]], list(range(every, 31, every)))

    def test_single_precision(self):
        """In order: the reference's bits. Else: no further off in one step than any order of summation may be."""
        for index, steps in enumerate(ROLLOUT["steps"]):
            self.kernel("--steps", steps, "--no-decode", "--dtype", "float32", "--op-deterministic", "true",
                        "--z-out-npy", self.path("z.npy"))
            np.testing.assert_array_equal(np.load(self.folder / "z.npy"), ROLLOUT["z_f32"][index].astype(float))
        self.kernel("--steps", 1, "--no-decode", "--dtype", "float32", "--z-out-npy", self.path("z.npy"))
        z, z0, a = np.load(self.folder / "z.npy"), *(x.astype("f4").astype("f8") for x in (ROLLOUT["z0"], MATRIX))
        np.testing.assert_array_equal(z, z.astype("f4"))
        unit = 2.0**-24
        bound = len(z) * unit / (1 - len(z) * unit) * (np.abs(z0) @ np.abs(a))
        self.assertTrue(np.all(np.abs(z - z0 @ a) <= bound))

    def test_no_decode(self):
        for more in ["--no-decode"], [], ["--decode-every", 0], ["--decode-every", 5, "--no-decode"]:
            with self.subTest(more):
                metrics, stderr = self.kernel("--steps", 40, *more)
                for key in ("decode_backend_requested", "decode_backend_used", "decode_backend_reason",
                            "fft_backend_requested", "fft_backend_used", "fft_backend_reason", "decode_device",
                            "plan", "timings_ms", "dt"):
                    self.assertIsNone(metrics[key], key)
                self.assertEqual((metrics["decode_metrics"], metrics["hashes"], metrics["nan_inf_hits"]), ([], [], 0))
                self.assertEqual((metrics["op_backend_requested"], metrics["op_backend_used"]), ("auto", "cpu"))
                self.assertEqual(metrics["op_backend_reason"], "auto: cpu, since nothing is decoded")
                self.assertEqual((metrics["op_device"], metrics["device"]["type"]), ("cpu", "host"))
                self.assertEqual((metrics["steps"], metrics["D"], metrics["dtype"]), (40, 654, "float64"))
                self.assertFalse(metrics["gpu_hotloop_active"])
                self.assertNotIn("perf_flags", metrics)
                self.assertGreater(metrics["rollout_s"], 0)
                self.assertAlmostEqual(metrics["ns_per_step"] * 40 / (1e9 * metrics["rollout_s"]), 1, delta=1e-12)
                self.assertAlmostEqual(metrics["steps_per_sec"] * metrics["ns_per_step"] / 1e9, 1, delta=1e-12)
                self.assertIn("40 steps of D = 654", stderr)

    def test_time_step_of_the_state(self):
        state = self.state(name="dt.npz", z=ROLLOUT["z0"], dt=np.nextafter(0.01, 1))
        self.assertEqual(self.kernel("--steps", 1, state=state)[0]["dt"], np.nextafter(0.01, 1))

    def test_bad_time_steps(self):
        for dt in np.float64(0), np.float64(-0.01), np.float64(np.nan), np.float64(np.inf), np.array("x"), np.zeros(2):
            with self.subTest(dt):
                state = self.state(name="dt.npz", z=ROLLOUT["z0"], dt=dt)
                self.refuse_kernel(["dt.npz: dt: "], "--steps", 1, state=state)

    def test_the_last_option_wins(self):
        """Also where one is another name of the other's key."""
        for options, key, value in (
                (("--permissive-backends", "--strict"), ("decode", "policy"), "strict"),
                (("--strict", "--permissive-backends"), ("decode", "policy"), "permissive"),
                (("--dtype", "float32", "--op-dtype", "float64"), ("op", "dtype"), "float64"),
                (("--op-dtype", "float32", "--dtype", "float64"), ("op", "dtype"), "float64"),
                (("--seed", 3, "--residual-seed", 4), ("residual", "seed"), 4),
                (("--residual-seed", 4, "--seed", 3), ("residual", "seed"), 3)):
            with self.subTest(options):
                config = self.kernel("--steps", 1, *options)[0]["config"]
                self.assertEqual(config[key[0]][key[1]], value)
        self.refuse_kernel(["'none'", "plugin-not-found"], "--steps", 1, "--decode-every", 1, "--permissive-backends",
                           "--strict", "--decode-backend", "none", code=REFUSED)

    def test_seeds_are_recorded_exactly(self):
        for seed in 2**53 - 1, 2**53:
            self.assertEqual(self.kernel("--steps", 1, "--seed", seed)[0]["config"]["residual"]["seed"], seed)

    def test_a_state_is_hashed_once(self):
        metrics, _ = self.kernel("--steps", 8, "--decode-every", 4, "--hash-every", 2, "--metrics-hash", "z")
        self.assertEqual([t for t, _ in self.hashes(metrics)], [2, 4, 6, 8])

    def test_default_number_of_steps(self):
        self.assertEqual(self.kernel()[0]["steps"], 1000)

    def test_progress(self):
        _, stderr = self.kernel("--steps", 50, "--progress-every", 20)
        lines = [line for line in stderr.splitlines() if line.startswith("steps: ")]
        self.assertEqual([line.split(",")[0] for line in lines], ["steps: 20 of 50", "steps: 40 of 50"])


class Decodes(KernelTest):
    def test_the_reference_after_ten_steps(self):
        expected = reference("n64/decode_t10")
        metrics, _ = self.kernel("--steps", 10, "--decode-every", 10, "--metrics-hash", "z,mask", "--hash-every", 0,
                                 "--op-deterministic", "true")
        scalars, = metrics["decode_metrics"]
        self.assertEqual(scalars["t"], 10)
        for key, name in (("energy_lp", "energy_lp"), ("enstrophy_lp", "enstrophy_lp"), ("residual_absmax", "R_absmax"),
                          ("support_frac", "support_frac")):
            self.assertAlmostEqual(scalars[key] / float(expected[name]), 1.0, delta=1e-11)
        self.assertEqual(self.hashes(metrics, "mask"), [(10, digest(expected["s_final"]))])
        self.assertEqual(self.hashes(metrics), [(10, HASHES["float64"][10])])

    def test_counts(self):
        metrics, stderr = self.kernel("--steps", 20, "--decode-every", 6)
        self.assertEqual([entry["t"] for entry in metrics["decode_metrics"]], [6, 12, 18])
        self.assertEqual((metrics["decode_device"], metrics["op_device"]), ("cpu", "cpu"))
        self.assertEqual(counts(metrics), {"host_visits": 0, "hash_readbacks": 0, "states_in_place": 3,
                                           "states_uploaded": 0, "band_bytes": 0})
        self.assertFalse(metrics["gpu_hotloop_active"])
        self.assertEqual((metrics["observer"], metrics["hashes"]), ("metrics", []))
        self.assertIn("every 6 steps", stderr)

    def test_observers(self):
        for observer, scalars in ("none", 0), ("metrics", 2), ("snapshots", 2):
            with self.subTest(observer):
                metrics, _ = self.kernel("--steps", 8, "--decode-every", 4, "--observer", observer)
                self.assertEqual((metrics["observer"], len(metrics["decode_metrics"])), (observer, scalars))
                self.assertGreater(metrics["timings_ms"]["total_ms"], 0)

    def test_configuration_file(self):
        """The command's own defaults are weaker than a file's."""
        (self.folder / "f.ini").write_text("[decode]\nobserver = none\n[metrics]\nhash = mask\n[op]\ndtype = float32\n")
        metrics, _ = self.kernel("--steps", 4, "--decode-every", 4, "--config", self.path("f.ini"))
        self.assertEqual((metrics["observer"], metrics["dtype"]), ("none", "float32"))
        self.assertEqual([entry["what"] for entry in metrics["hashes"]], ["mask"])


class Backends(KernelTest):
    """With stub plugins in the place of GPUs."""

    def stubs(self, decode, op="auto", *more):
        return ["--decode-backend", decode, "--op-backend", op, "--plugins-path", STUBS, *more]

    def plugins(self, *names):
        path = self.folder / "plugins"
        path.mkdir()
        for name in names:
            os.symlink(pathlib.Path(STUBS).resolve() / f"decode_{name}.so", path / f"decode_{name}.so")
        return path

    def test_hot_loop(self):
        common = ("--steps", 12, "--decode-every", 4, "--hash-every", 6, "--require-gpu", "--z-out-npy", "z.npy")
        metrics, stderr = self.kernel(*common, *self.stubs("rolls"))
        self.assertTrue(metrics["gpu_hotloop_active"])
        self.assertEqual(counts(metrics), {"host_visits": 0, "hash_readbacks": 2, "states_in_place": 3,
                                           "states_uploaded": 0, "band_bytes": 0})
        self.assertEqual((metrics["op_backend_used"], metrics["op_device"], metrics["decode_device"],
                          metrics["dtype"]), ("rolls", "gpu", "gpu", "float32"))
        self.assertIn("from where the steps left the state", stderr)
        self.assertEqual(self.hashes(metrics)[1], (12, digest(np.load(self.folder / "z.npy"))))

    def test_cold_loops(self):
        """Steps on the CPU, decodes on the GPU; or in precisions that differ."""
        for more, used in (self.stubs("ok"), "cpu"), (self.stubs("rolls", "auto", "--dtype", "float64"), "rolls"):
            metrics, stderr = self.kernel("--steps", 12, "--decode-every", 4, *more)
            self.assertFalse(metrics["gpu_hotloop_active"])
            self.assertEqual(counts(metrics), {"host_visits": 2, "hash_readbacks": 0, "states_in_place": 0,
                                               "states_uploaded": 3, "band_bytes": 0})
            self.assertEqual((metrics["op_backend_used"], metrics["decode_device"]), (used, "gpu"))
            self.assertIn("from a copy on the host", stderr)

    def test_named_backend_without_rollout(self):
        more = self.stubs("rolls", "ok", "--steps", 3)
        self.refuse_kernel(["op backend 'ok' refused (no-interface)", "--permissive"], *more, code=REFUSED)
        metrics, stderr = self.kernel(*more, "--permissive-backends")
        self.assertEqual((metrics["op_backend_requested"], metrics["op_backend_used"]), ("ok", "cpu"))
        self.assertEqual((metrics["perf_flags"], metrics["policy"]), (["GPU_ROLLOUT_FALLBACK_CPU"], "permissive"))
        self.assertIn("no-interface", metrics["op_backend_reason"])
        self.assertIn("warning: GPU_ROLLOUT_FALLBACK_CPU", stderr)

    def test_require_gpu(self):
        self.refuse_kernel(["--require-gpu", "steps would run on", "host"], "--require-gpu", code=REFUSED)
        self.refuse_kernel(["--require-gpu"], "--require-gpu", "--decode-every", 5, code=REFUSED)
        self.refuse_kernel(["steps would run on"], "--require-gpu", "--decode-every", 5, *self.stubs("ok"),
                           code=REFUSED)
        self.refuse_kernel(["decodes would run on"], "--require-gpu", "--decode-every", 5,
                           *self.stubs("cpu", "rolls"), code=REFUSED)
        self.kernel("--steps", 5, "--require-gpu", *self.stubs("cpu", "rolls"))  # nothing is decoded
        # selection was content, the evidence is not
        metrics, error = self.broken(REFUSED, "--steps", 5, "--require-gpu", "--permissive",
                                   *self.stubs("auto", "rolls_elsewhere"))
        self.assertEqual((metrics["op_device"], metrics["perf_flags"]), ("unknown", ["EVIDENCE_MISSING"]))
        self.assertIn("steps ran on: unknown", error)

    def test_without_evidence(self):
        metrics, error = self.broken(REFUSED, "--steps", 5, *self.stubs("auto", "rolls_no_dispatch"))
        self.assertIn("'rolls_no_dispatch' does not show", error)
        self.assertEqual((metrics["op_device"], metrics["steps"]), ("unknown", 0))

    def test_lost_device(self):
        environment = {"VORDEC_STUB_FAIL": "advance 8 0"}
        done = self.call(*self.arguments("--steps", 5, *self.stubs("rolls", "rolls")), env=environment)
        self.assertEqual(done.returncode, FAILED)
        self.assertIn("the stub's advance fails", done.stderr.splitlines()[-1])
        self.assertEqual(self.read_metrics()["steps"], 0)

    def test_no_plugin_that_is_not_needed(self):
        folder = self.plugins("cpu", "rolls")
        (folder / "decode_vulkan.so").write_text("broken")
        common = ("--steps", 3, "--verbose", "--plugins-path", folder)
        for more in ["--no-decode"], [], ["--decode-every", 3, "--decode-backend", "cpu"]:
            _, stderr = self.kernel(*common, *more)
            self.assertIn("cpu", stderr)
            self.assertNotIn("vulkan", stderr)
            self.assertNotIn("rolls", stderr)
        # with a decoder, auto looks at all
        metrics, stderr = self.kernel(*common, "--decode-every", 3)
        self.assertIn("rolls", stderr)
        self.assertEqual(metrics["decode_backend_used"], "rolls")


class Endings(KernelTest):
    def test_states_that_overflow(self):
        operator = self.operator(MATRIX * 1e60)
        z, first = ROLLOUT["z0"], 0
        with np.errstate(all="ignore"):
            while np.all(np.isfinite(z)):
                z, first = z @ (MATRIX * 1e60), first + 1
        steps = first + 5
        for more, at in ((["--no-decode"], steps), (["--decode-every", 1], first),
                         (["--decode-every", 1, "--observer", "none"], None),
                         (["--decode-every", 1, "--observer", "snapshots", "--metrics-hash", "omega_lp"], first)):
            with self.subTest(more):
                metrics, error = self.broken(FAILED, "--steps", steps, *more, "--z-out-npy", self.path("z.npy"),
                                           operator=operator)
                self.assertRegex(error, f"step {at}: " if at else r"step \d+: ")
                self.assertEqual(metrics["nan_inf_hits"], 1)
                self.assertEqual(metrics["steps"], at or metrics["steps"])
                self.assertFalse((self.folder / "z.npy").exists())

    def test_states_that_overflow_single_precision(self):
        metrics, error = self.broken(FAILED, "--steps", 9, "--dtype", "float32", operator=self.operator(MATRIX * 1e10))
        self.assertRegex(error, r"step 9: z: entry \d+ is (NaN|infinite)")
        self.assertEqual(metrics["nan_inf_hits"], 1)

    def test_fields_that_overflow(self):
        """A state whose entries are finite, the sums of which are not, is found before it is decoded."""
        z = ROLLOUT["z0"].copy()
        z[2 * 197 + 3] = 0.0  # K, larger than all the rest
        operator = self.operator(np.eye(len(z)) * 1.5e308 / np.max(np.abs(z)))
        metrics, error = self.broken(FAILED, "--steps", 1, "--decode-every", 1, operator=operator,
                                     state=self.state(z=z))
        self.assertRegex(error, r"step 1: z: entry \d+ \((Re|Im) low\) of the rolled-out state is so large that .* fp64 overflows")
        self.assertEqual(metrics["nan_inf_hits"], 1)

    def test_interrupt(self):
        for number in signal.SIGINT, signal.SIGTERM:
            for more in ["--no-decode"], ["--decode-every", 50]:
                with self.subTest(number=number, more=more):
                    code, stderr = self.interrupt(number, *more, "--hash-every", 16, "--op-deterministic", "true",
                                                  "--z-out-npy", self.path("z.npy"))
                    self.assertEqual(code, INTERRUPTED, stderr)
                    metrics = self.read_metrics()
                    steps, hashes = metrics["steps"], self.hashes(metrics)
                    self.assertGreaterEqual(steps, 16)
                    self.assertLess(steps, 10**9)
                    self.assertEqual([t for t, _ in hashes], list(range(16, steps + 1, 16)))
                    self.assertEqual(metrics["nan_inf_hits"], 0)
                    self.assertIn(f"{steps} steps of D = 654", stderr)
                    if steps % 16 == 0:  # the run ended at a hash: the state written is the one hashed
                        self.assertEqual(hashes[-1][1], digest(np.load(self.folder / "z.npy")))
                    self.assertEqual(sorted(path.name for path in self.folder.iterdir()),
                                     ["m.json", "state.npz", "z.npy"])


class Synthesis(KernelTest):
    def test_states_of_a_rollout(self):
        """The bands of a state that stays where it is are those of the same state from a file, at the same step."""
        states, metrics = [ROLLOUT["z0"]], None
        settings = ("--residual-synthesis", "on", "--op-deterministic", "true", "--metrics-hash", "omega_hat", "--observer",
                    "snapshots")
        for steps in 1, 2, 3:
            metrics, _ = self.kernel("--steps", steps, "--decode-every", 1, "--z-out-npy", self.path("z.npy"), *settings)
            states.append(np.load(self.folder / "z.npy"))
        _, decoded, _ = self.decode(self.state(z=np.stack(states)), "--residual-synthesis", "on", "--metrics-hash",
                                    "omega_hat")
        self.assertEqual(self.hashes(metrics, "omega_hat"), self.hashes(decoded, "omega_hat")[1:])
        self.assertEqual(metrics["residual_backend_used"], metrics["decode_backend_used"])
        self.assertEqual((metrics["hotloop"]["host_visits"], metrics["hotloop"]["band_bytes"]), (0, 0))
        for rolled, read in zip(metrics["decode_metrics"], decoded["decode_metrics"][1:]):
            for key in "resid_mid_target", "resid_high_target", "resid_mid_achieved", "energy_hat":
                self.assertAlmostEqual(rolled[key] / read[key], 1.0, delta=1e-12)


class Refusals(KernelTest):
    def test_options(self):
        self.refuse(BAD_USAGE, ["--z0-npz and --A-npz are needed"], "perf-kernel")
        self.refuse(BAD_USAGE, ["--z0-npz and --A-npz are needed"], "perf-kernel", "--z0-npz", self.z0)
        self.refuse(BAD_USAGE, ["--z0-npz and --A-npz are needed"], "perf-kernel", "--A-npz", OPERATOR)
        for option, values in (("--steps", ("0", "-1", "1.5", "", "ten", "1e3", "4294967296", " 7x")),
                               ("--decode-every", ("-1", "x", "4294967296")), ("--hash-every", ("-1", "x")),
                               ("--progress-every", ("-1", "x")), ("--dtype", ("float16", "")),
                               ("--op-backend", ("../x", "")), ("--op-deterministic", ("maybe",)),
                               ("--observer", ("everything",))):
            for value in values:
                with self.subTest(option, value=value):
                    self.refuse_kernel([], option, value)

    def test_files(self):
        self.refuse_kernel(["nowhere.npz: "], state=self.path("nowhere.npz"))
        self.refuse_kernel(["nowhere.npz: "], operator=self.path("nowhere.npz"))
        (self.folder / "text.npz").write_text("A = 1\n")
        self.refuse_kernel(["text.npz: "], operator=self.path("text.npz"))
        self.refuse_kernel(["state.npz: ", "'A'"], operator=self.z0)  # a state in the operator's place
        self.refuse_kernel(["A.npz: this is no file of states"], state=OPERATOR)
        for option in "--z-out-npy", "--metrics-json":
            self.refuse_kernel(["no/such/x"], option, self.path("no/such/x"))
            self.refuse_kernel([str(self.folder)], option, self.folder)

    def test_outputs_over_each_other(self):
        self.refuse_kernel(["m.json"], "--z-out-npy", self.path("m.json"))
        self.refuse_kernel(["state.npz"], "--z-out-npy", self.z0)
        shutil.copy(OPERATOR, self.folder / "own.npz")
        self.refuse_kernel(["own.npz"], "--metrics-json", self.path("own.npz"), operator=self.path("own.npz"))

    def test_operators(self):
        for name, a, parts in (("smaller", np.eye(653), ["A: shape (653, 653)", "D = 654"]),
                               ("larger", np.eye(655), ["A: shape (655, 655)", "D = 654"]),
                               ("oblong", np.zeros((654, 653)), ["A: shape (654, 653)"]),
                               ("vector", np.zeros(654), ["A: shape (654,)"]),
                               ("cube", np.zeros((1, 654, 654)), ["A: shape (1, 654, 654)"]),
                               ("number", np.float64(1), ["A: shape ()"]),
                               ("complex", MATRIX.astype(complex), ["A: "]), ("text", np.array("A"), ["A: "])):
            with self.subTest(name):
                self.refuse_kernel([f"{name}.npz: ", *parts], operator=self.operator(a, f"{name}.npz"))
        for value, word in (np.nan, "NaN"), (np.inf, "infinite"), (-np.inf, "infinite"):
            a = MATRIX.copy()
            a[17, 401] = value
            self.refuse_kernel([f"bad.npz: A: row 17, column 401 is {word}"], operator=self.operator(a, "bad.npz"))
        a = MATRIX.copy()
        a[17, 401] = 1e300
        self.refuse_kernel(["A: "], "--dtype", "float32", operator=self.operator(a, "huge.npz"))

    def test_states(self):
        z = ROLLOUT["z0"]
        for value, word in (np.nan, "NaN"), (np.inf, "infinite"):
            bad = z.copy()
            bad[5] = value
            self.refuse_kernel(["state.npz: z: ", "entry 5", word], state=self.state(z=bad))
        self.refuse_kernel(["state.npz: z: "], state=self.state(z=z[:-1]))

    def test_several_states(self):
        """Each ends where it ends alone, and its fields are those that it has alone."""
        start = np.stack([ROLLOUT["z0"], 0.5 * ROLLOUT["z0"], ROLLOUT["z0"]])
        options = ("--steps", 20, "--decode-every", 10, "--hash-every", 10, "--metrics-hash", "omega_lp", "--observer",
                   "snapshots", "--z-out-npy", self.path("z.npy"))
        together, stderr = self.kernel(*options, state=self.state(z=start))
        z = np.load(self.folder / "z.npy")
        self.assertIn("3 states: ", stderr)
        self.assertEqual((z.shape, together["op_states"], together["hotloop"]["states_in_place"]), ((3, 654), 3, 6))
        self.assertEqual(self.hashes(together)[-1], (20, digest(z)))
        places = [(entry["t"], entry["state"]) for entry in together["decode_metrics"]]
        self.assertEqual(places, [(t, state) for t in (10, 20) for state in range(3)])
        for state in range(3):
            alone, _ = self.kernel(*options, state=self.state(z=start[state]))
            np.testing.assert_array_equal(np.load(self.folder / "z.npy"), z[state])
            self.assertEqual([text for _, text in self.hashes(alone, "omega_lp")],
                             [entry["hash"] for entry in together["hashes"] if entry.get("state") == state])
        start[1, 7] = 1e308
        _, error = self.broken(FAILED, "--steps", 1, state=self.state(z=start), operator=self.operator(np.eye(654) * 10))
        self.assertRegex(error, "step 1: z: state 1, entry 7 is infinite")

    def test_several_devices(self):
        """States that several devices share end where they end on one, each with its fields; an interrupt too."""
        states = self.state(z=np.stack([ROLLOUT["z0"] * (1 + 0.1 * i) for i in range(5)]))
        options = ("--steps", 20, "--decode-every", 10, "--metrics-hash", "omega_lp", "--observer", "snapshots",
                   "--z-out-npy", self.path("z.npy"), "--plugins-path", STUBS)
        cpu = ("--decode-backend", "cpu", "--decode-share-devices", "true", "--decode-devices")
        alone, _ = self.kernel(*options, *cpu, "one", state=states)
        z = (self.folder / "z.npy").read_bytes()
        for devices in "0,0", "0,0,0,0", "0,0,0,0,0,0,0":
            together, stderr = self.kernel(*options, *cpu, devices, state=states)
            self.assertEqual((self.folder / "z.npy").read_bytes(), z)
            for key in "hashes", "decode_metrics", "hotloop", "op_states", "steps", "op_device", "decode_device":
                self.assertEqual(together[key], alone[key], key)
            self.assertEqual(sum(one["states"] for one in together["devices"]), 10)
            self.assertIn("whole loop", stderr)
        four = self.state(z=np.stack([ROLLOUT["z0"]] * 4))
        cards = ("--decode-backend", "team", "--decode-devices")
        metrics, _ = self.kernel("--steps", 2, "--decode-every", 1, "--plugins-path", STUBS, *cards, "all", state=four)
        self.assertEqual([one["states"] for one in metrics["devices"]], [2] * 4)
        self.assertEqual((metrics["decode_device"], metrics["op_device"], metrics["gpu_hotloop_active"]), ("gpu", "gpu", True))
        self.refuse_kernel(["hash all states together, but 2 devices share them"], "--hash-every", 5, "--decode-every", 5,
                           *cpu, "0,0", state=states)
        code, stderr = self.interrupt(signal.SIGINT, *cpu, "0,0", "--decode-every", 50, "--z-out-npy", self.path("z.npy"),
                                      state=states)
        self.assertEqual(code, INTERRUPTED, stderr)
        steps = self.read_metrics()["steps"]
        self.kernel(*cpu, "one", "--steps", steps, "--z-out-npy", self.path("again.npy"), state=states)
        self.assertEqual((self.folder / "again.npy").read_bytes(), (self.folder / "z.npy").read_bytes())

    def test_stride_power(self):
        """Near the product of all steps; decodes and hashes where they are without it."""
        metrics, stderr = self.kernel("--steps", 100, "--decode-every", 20, "--hash-every", 40, "--op-stride-power", "true",
                                      "--z-out-npy", self.path("z.npy"))
        z = roll(ROLLOUT["z0"], MATRIX, 100)
        self.assertLessEqual(np.max(np.abs(np.load(self.folder / "z.npy") - z)), 1e-12 * np.max(np.abs(z)))
        self.assertEqual((metrics["op_stride"], metrics["steps"], metrics["config"]["op"]["stride_power"]), (20, 100, True))
        self.assertEqual([entry["t"] for entry in metrics["decode_metrics"]], [20, 40, 60, 80, 100])
        self.assertEqual([t for t, _ in self.hashes(metrics)], [40, 80])
        self.assertIn("20 steps by one product", stderr)
        self.assertEqual(self.kernel("--steps", 40, "--decode-every", 20)[0]["op_stride"], 1)
        for parts, more in ((["100 steps are not a multiple of the 30"], ["--decode-every", 30]), (["nothing is decoded"], []),
                            (["hashes every 10"], ["--decode-every", 20, "--hash-every", 10]),
                            (["contradict each other"], ["--decode-every", 20, "--op-deterministic", "true"])):
            self.refuse_kernel(parts, "--steps", 100, "--op-stride-power", "true", *more)

    def test_one_state_of_a_batch(self):
        """Shape (1, D) is one state too."""
        metrics, _ = self.kernel("--steps", 10, "--hash-every", 10, "--op-deterministic", "true",
                                 state=self.state(z=ROLLOUT["z0"][None]))
        self.assertEqual(self.hashes(metrics), [(10, HASHES["float64"][10])])


if __name__ == "__main__":
    unittest.main()

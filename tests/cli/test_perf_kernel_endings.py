# SPDX-License-Identifier: MIT
"""vordec perf-kernel: which backends it takes, how runs end, and what it refuses."""

import os
import pathlib
import shutil
import signal
import unittest

import numpy as np
from cli_support import BAD_USAGE, FAILED, REFUSED, STUBS, digest
from kernel_support import INTERRUPTED, MATRIX, OPERATOR, ROLLOUT, KernelTest, counts


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


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: MIT
"""vordec perf-kernel against the reference data and numpy: steps, decodes and hashes on the way."""

import signal
import unittest

import numpy as np
from cli_support import FAILED, REFUSED, STUBS, digest, reference
from kernel_support import HASHES, INTERRUPTED, MATRIX, ROLLOUT, KernelTest, counts, roll


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
        (self.folder / "c.ini").write_text("[decode]\npolicy = permissive\n")
        self.refuse_kernel(["'none'", "plugin-not-found"], "--steps", 1, "--decode-every", 1, "--config", "c.ini",
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


class SeveralStates(KernelTest):
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

    def test_one_state_of_a_batch(self):
        """Shape (1, D) is one state too."""
        metrics, _ = self.kernel("--steps", 10, "--hash-every", 10, "--op-deterministic", "true",
                                 state=self.state(z=ROLLOUT["z0"][None]))
        self.assertEqual(self.hashes(metrics), [(10, HASHES["float64"][10])])


if __name__ == "__main__":
    unittest.main()

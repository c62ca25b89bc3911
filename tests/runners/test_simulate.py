# SPDX-License-Identifier: MIT
"""vordec simulate: against the reference simulation, and what it stores."""

import hashlib
import pathlib
import unittest

import numpy as np
from cli_support import BAD_USAGE, COMMAND, FAILED, REFUSED, CommandTest, reference


def relative(got, expected):
    return np.max(np.abs(got - expected)) / np.max(np.abs(expected))


class Simulate(CommandTest):
    def simulate(self, *arguments, out="T.npz"):
        self.succeed("simulate", "--out", self.path(out), *arguments)
        with np.load(self.folder / out) as data:
            return dict(data)

    def test_reference(self):
        for case in "n64", "n128":
            with self.subTest(case=case):
                data = reference(f"{case}/les")
                np.save(self.folder / "noise.npy", data["noise"])
                got = self.simulate("--noise-npy", self.path("noise.npy"), "--steps", 50, "--dt", data["dt"], "--nu0",
                                    data["nu0"], "--Cs", data["Cs"], "--reference-mean")
                for step, omega in zip(data["steps"], data["omega"]):
                    self.assertLess(relative(got["traj"][step], omega), 1e-10 if step <= 10 else 1e-8)

    def test_members(self):
        got = self.simulate("--N", 64, "--steps", 7, "--stride", 3, "--seed", 5, "--dt", 0.02, "--nu0", 2e-3, "--Cs",
                            0.1, "--start-rms", 2)
        self.assertEqual(got["traj"].shape, (3, 64, 64))
        self.assertEqual(got["traj"].dtype, np.float64)
        expected = {"N": 64, "steps": 7, "stride": 3, "seed": 5, "dt": 0.02, "nu0": 2e-3, "Cs": 0.1, "start_peak": 6,
                    "start_width": 2, "start_rms": 2, "dealias": 1, "L": 2 * np.pi}
        self.assertEqual({key: got[key].item() for key in expected}, expected)
        self.assertEqual(set(got), set(expected) | {"traj"})
        self.assertAlmostEqual(got["traj"][0].mean(), 0.0, 12)
        self.assertAlmostEqual(got["traj"][0].std(), 2.0, 9)

    def test_reference_start(self):
        got = self.simulate("--N", 16, "--steps", 2, "--start", "reference")
        self.assertEqual(set(got), {"traj", "N", "steps", "stride", "seed", "dt", "nu0", "Cs", "dealias", "L"})
        self.assertAlmostEqual(got["traj"][0].std(), 1.0, 9)
        # What the version that knew no other start wrote for this command; of its steps to rounding.
        self.assertEqual(hashlib.blake2b(got["traj"][0].tobytes(), digest_size=16).hexdigest(),
                         "6d4dca4dc6a394ede05f8eedb6d77ae2")
        self.assertAlmostEqual(got["traj"][2, 3, 5], -0.4643501809573051, 13)
        self.assertAlmostEqual(got["traj"][2].std(), 0.9993004135700009, 13)

    def test_start_has_the_same_large_scales_at_every_size(self):
        coarse, fine = (self.simulate("--N", n, "--steps", 1, "--seed", 9)["traj"][0] for n in (32, 120))
        k = np.arange(-10, 11)
        modes = [(np.fft.fft2(omega) / omega.size)[np.ix_(k, k)] for omega in (coarse, fine)]
        self.assertLess(np.max(np.abs(modes[0] - modes[1])), 1e-12 * np.max(np.abs(modes[0])))

    def test_dealias(self):
        """The start loses the modes beyond two thirds, with a warning, and none come back."""
        start = np.random.default_rng(2).standard_normal((32, 32))
        np.save(self.folder / "w.npy", start)
        done = self.succeed("simulate", "--init-npy", self.path("w.npy"), "--steps", 5, "--out", self.path("T.npz"))
        with np.load(self.folder / "T.npz") as data:
            self.assertEqual(data["dealias"], 1)
            spectra = np.fft.fft2(data["traj"])
        k = np.abs(np.fft.fftfreq(32, 1 / 32))
        beyond = np.maximum(k[:, None], k) * 3 > 32
        self.assertLess(np.max(np.abs(spectra[:, beyond])), 1e-11)
        self.assertLess(np.max(np.abs((spectra[0] - np.fft.fft2(start))[~beyond])), 1e-11)
        power = np.abs(np.fft.fft2(start)) ** 2
        power[0, 0] = 0
        share = 100 * power[beyond].sum() / power.sum()
        self.assertIn(f"warning: {share:.3g} % of the start's enstrophy lies beyond two thirds", done.stderr)
        whole = self.simulate("--init-npy", self.path("w.npy"), "--steps", 5, "--dealias", "off")["traj"]
        self.assertGreater(np.max(np.abs(np.fft.fft2(whole[-1])[beyond])), 1)

    def test_dealias_auto_is_off_for_the_original(self):
        np.save(self.folder / "n.npy", np.random.default_rng(3).standard_normal((16, 16)))
        for arguments in ("--N", 16, "--start", "reference"), ("--noise-npy", self.path("n.npy")):
            auto, off = (self.simulate(*arguments, "--steps", 3, *more) for more in ((), ("--dealias", "off")))
            np.testing.assert_array_equal(auto["traj"], off["traj"])
            self.assertEqual(auto["dealias"], 0)

    def test_coarse_grid_is_told(self):
        done = self.succeed("simulate", "--N", 8, "--steps", 1, "--out", self.path("T.npz"))
        self.assertIn("vordec: warning: a grid of N = 8 has room for", done.stderr)

    def test_settings_of_a_start_must_reach_it(self):
        np.save(self.folder / "w.npy", np.zeros((16, 16)))
        for arguments in ("--start-peak", 3, "--start", "reference"), ("--start-rms", 3, "--init-npy", self.path("w.npy")):
            self.refuse(BAD_USAGE, ["belong to --start isotropic"], "simulate", "--out", self.path("T.npz"), *arguments)

    def test_stride_picks_frames(self):
        every = self.simulate("--N", 32, "--steps", 12)["traj"]
        some = self.simulate("--N", 32, "--steps", 12, "--stride", 4)["traj"]
        np.testing.assert_array_equal(some, every[::4])

    def test_seed_decides_the_start(self):
        first, second = (self.simulate("--N", 16, "--steps", 1, "--seed", seed)["traj"][0] for seed in (1, 2))
        self.assertGreater(np.max(np.abs(first - second)), 0.1)

    def test_threads_and_runs_agree(self):
        files = []
        for name, threads in ("a.npz", 1), ("b.npz", 2), ("c.npz", 2):
            self.simulate("--N", 48, "--steps", 9, "--cpu-threads", threads, out=name)
            files.append((self.folder / name).read_bytes())
        self.assertEqual(files[0], files[1])
        self.assertEqual(files[1], files[2])

    def test_float32_rounds_the_frames_alone(self):
        wide = self.simulate("--N", 32, "--steps", 6)["traj"]
        narrow = self.simulate("--N", 32, "--steps", 6, "--dtype", "float32")["traj"]
        self.assertEqual(narrow.dtype, np.float32)
        np.testing.assert_array_equal(narrow, wide.astype(np.float32))

    def test_given_start(self):
        start = np.random.default_rng(0).standard_normal((24, 24)).astype(np.float32)
        np.save(self.folder / "w.npy", start)
        got = self.simulate("--init-npy", self.path("w.npy"), "--steps", 2, "--dealias", "off")
        np.testing.assert_array_equal(got["traj"][0], start.astype(float))
        self.assertEqual((int(got["N"]), int(got["seed"])), (24, -1))

    def test_mean_stays_unless_asked(self):
        """Without an eddy viscosity nothing else moves the mean; in the reference it decays by Heun's factor a step."""
        start = 0.5 + np.random.default_rng(1).standard_normal((16, 16))
        np.save(self.folder / "w.npy", start)
        arguments = "--init-npy", self.path("w.npy"), "--steps", 20, "--nu0", 0.05, "--Cs", 0, "--dealias", "off"
        kept, decaying = self.simulate(*arguments)["traj"], self.simulate(*arguments, "--reference-mean")["traj"]
        self.assertAlmostEqual(kept[-1].mean(), start.mean(), 12)
        rate = 0.05 * 0.01
        self.assertAlmostEqual(decaying[-1].mean(), start.mean() * (1 - rate + rate**2 / 2) ** 20, 12)

    def test_filter_damps_the_corner(self):
        arguments = "--N", 32, "--steps", 5, "--dealias", "off"
        plain, damped = self.simulate(*arguments), self.simulate(*arguments, "--filter")
        corner = [np.abs(np.fft.fft2(data["traj"][-1])[15, 15]) for data in (plain, damped)]
        self.assertLess(corner[1], 1e-8 * corner[0])

    def test_break_down_keeps_the_frames_before(self):
        done = self.call("simulate", "--N", 32, "--dt", 100, "--steps", 50, "--out", self.path("T.npz"))
        self.assertEqual(done.returncode, FAILED, done.stderr)
        self.assert_one_line(done.stderr)
        self.assertRegex(done.stderr, r"not finite at step \d+, row \d+, column \d+")
        with np.load(self.folder / "T.npz") as data:
            frames, steps = data["traj"], int(data["steps"])
        self.assertEqual(len(frames), steps + 1)
        self.assertLess(steps, 50)
        self.assertTrue(np.isfinite(frames).all())
        self.assertIn(f"at step {steps + 1},", done.stderr)

    def test_bad_input(self):
        np.save(self.folder / "flat.npy", np.zeros(16))
        np.save(self.folder / "oblong.npy", np.zeros((16, 17)))
        np.save(self.folder / "nan.npy", np.where(np.eye(16) > 0, np.nan, 0.0))
        np.save(self.folder / "good.npy", np.zeros((16, 16)))
        rows = (
            (["--out"], []),
            (["--stride '0'"], ["--stride", 0]),
            (["--steps 'ten'"], ["--steps", "ten"]),
            (["--N '3'"], ["--N", 3]),
            (["--dt 'fast'"], ["--dt", "fast"]),
            (["--dt: 0: expected a time step above 0"], ["--dt", 0]),
            (["nu0: -1"], ["--nu0", -1]),
            (["Cs: -1"], ["--Cs", -1]),
            (["--field-dtype 'float16'"], ["--dtype", "float16"]),
            (["flat.npy", "shape (16,)"], ["--init-npy", self.path("flat.npy")]),
            (["oblong.npy", "shape (16, 17)"], ["--noise-npy", self.path("oblong.npy")]),
            (["good.npy", "as --N says"], ["--N", 32, "--noise-npy", self.path("good.npy")]),
            (["nan.npy", "row 0, column 0"], ["--init-npy", self.path("nan.npy")]),
            (["none.npy"], ["--init-npy", self.path("none.npy")]),
            (["--start 'noise'", "isotropic or reference"], ["--start", "noise"]),
            (["--dealias 'yes'", "auto, two-thirds or off"], ["--dealias", "yes"]),
            (["peak is -1"], ["--start-peak", -1]),
            (["N = 16 has no wavenumber near 60"], ["--N", 16, "--start-peak", 60]),
            (["--start isotropic and --init-npy"], ["--start", "isotropic", "--init-npy", self.path("good.npy")]),
            (["choose one"], ["--init-npy", self.path("good.npy"), "--noise-npy", self.path("good.npy")]),
        )
        for parts, arguments in rows:
            with self.subTest(arguments=arguments):
                out = ["--out", self.path("T.npz")] if arguments else []
                self.refuse(BAD_USAGE, parts, "simulate", *out, *arguments)
        self.refuse(BAD_USAGE, ["nowhere/m.json"], "simulate", *out, "--metrics-json", self.path("nowhere/m.json"))
        self.refuse(BAD_USAGE, ["nowhere/T.npz"], "simulate", "--out", self.path("nowhere/T.npz"))

    def test_metrics(self):
        done = self.succeed("simulate", "--N", 16, "--steps", 3, "--out", self.path("T.npz"), "--les-backend", "cpu",
                            "--metrics-json", self.path("m.json"))
        metrics = self.read_metrics()
        self.assertEqual([metrics[f"les_{key}"] for key in ("backend_requested", "backend_used", "backend_reason",
                                                            "device", "dtype")], ["cpu", "cpu", None, "cpu", "float64"])
        self.assertEqual([metrics[key] for key in ("N", "D", "M", "steps", "decode_device", "plan", "dtype")],
                         [16, None, None, 3, None, None, "float64"])
        self.assertIn("requested cpu, used cpu; fft fftw; fp64; on cpu: " + metrics["device"]["name"], done.stderr)

    def test_who_simulates(self):
        """gpu is a GPU or a refusal, and no plugin's name; auto does without one, and says why."""
        plugins = self.folder / "plugins"
        plugins.mkdir()
        (plugins / "decode_cpu.so").symlink_to(pathlib.Path(COMMAND).parents[1] / "lib/vordec/decode_cpu.so")
        (plugins / "decode_gpu.so").symlink_to(plugins / "decode_cpu.so")
        run = ("simulate", "--N", 16, "--steps", 2, "--out", self.path("T.npz"), "--plugins-path", plugins)
        self.refuse(REFUSED, ["'gpu' refused (no-device)"], *run, "--les-backend", "gpu")
        self.refuse(REFUSED, ["no-fp32"], *run, "--les-backend", "cpu", "--simulate-precision", "fp32")
        self.refuse(REFUSED, ['"pruned" cannot simulate'], *run, "--simulate-fft", "pruned", "--les-backend", "cpu")
        for arguments, used, flags in ((["--les-backend", "gpu"], "gpu", ["GPU_LES_FALLBACK_CPU"]),
                                       (["--simulate-precision", "fp32", "--les-backend", "cpu"], "cpu",
                                        ["PRECISION_DOWNGRADE"]),
                                       (["--decode-backend", "nowhere"], "auto", None)):
            with self.subTest(arguments=arguments):
                policy = ["--permissive"] if flags else []
                done = self.succeed(*run, *arguments, *policy, "--metrics-json", self.path("m.json"))
                metrics = self.read_metrics()
                self.assertEqual((metrics["les_backend_requested"], metrics["les_backend_used"]), (used, "cpu"))
                self.assertEqual(metrics.get("perf_flags"), flags)
                self.assertEqual(metrics["les_device"], "cpu")
                for flag in flags or ():
                    self.assertIn("warning: " + flag, done.stderr)
        self.assertIn("nowhere", metrics["les_backend_reason"])


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: MIT
"""vordec decode against the reference data and direct sums."""

import os
import pathlib
import unittest

import numpy as np
from cli_support import BAD_USAGE, DATA, REFUSED, CommandTest, digest, reference

STATES = sorted(f"{path.parent.name}/{path.stem}" for path in DATA.glob("*/decode*.npz"))


def kept_field(source, n):
    """Re sum_k c_k exp(i k.x) of the kept mid-band modes, mode by mode."""
    residual, indices = reference(source.replace("decode", "residual")), reference(source)["anchor_idx"]
    angle = 2 * np.pi * np.arange(n) / n
    field = np.zeros((n, n))
    for index, re, im in zip(indices[: int(residual["k_keep"])], residual["kept_r"], residual["kept_i"]):
        phase = (index // n) * angle[:, None] + (index % n) * angle[None, :]
        field += re * np.cos(phase) - im * np.sin(phase)
    return field


class Decode(CommandTest):
    def test_reference_states(self):
        self.assertEqual(len(STATES), 7)
        for source in STATES:
            with self.subTest(source):
                expected = reference(source)
                n = int(expected["N"])
                fields, metrics, _ = self.decode(self.state(source), "--metrics-hash", "z,omega_lp,mask,omega_hat")
                self.assertEqual(list(fields), ["omega_lp", "mask", "omega_hat"])
                self.assertEqual([fields[key].dtype.str for key in fields], ["<f8", "|i1", "<f8"])
                self.assert_close(fields["omega_lp"], expected["omega_lp"], 1e-12)
                np.testing.assert_array_equal(fields["mask"], expected["s_final"])
                self.assert_close(fields["omega_hat"], expected["omega_lp"] + kept_field(source, n), 1e-12)
                self.check_metrics(metrics, expected, fields)

    def check_metrics(self, metrics, expected, fields):
        self.assertEqual((metrics["N"], metrics["M"], metrics["D"]),
                         (int(expected["N"]), int(expected["M"]), len(expected["z"])))
        self.assertEqual((metrics["decode_backend_used"], metrics["decode_device"]), ("cpu", "cpu"))
        self.assertEqual(metrics["dtype"], "float64")
        self.assertNotIn("perf_flags", metrics)
        scalars, = metrics["decode_metrics"]
        for key, value in (("energy_lp", "energy_lp"), ("enstrophy_lp", "enstrophy_lp"),
                           ("support_frac", "support_frac"), ("residual_absmax", "R_absmax")):
            self.assertAlmostEqual(scalars[key] / float(expected[value]), 1.0, delta=1e-12)
        hashes = {entry["what"]: entry["hash"] for entry in metrics["hashes"]}
        self.assertEqual(hashes, {"z": digest(expected["z"]), **{key: digest(fields[key]) for key in fields}})
        timings = metrics["timings_ms"]
        stages = sum(timings[f"{stage}_ms"] for stage in ("scatter_lowk", "ifft_lp", "mask", "combine", "readback"))
        self.assertLessEqual(stages, timings["total_ms"])
        self.assertGreater(stages, 0)

    def test_anchors_ignored(self):
        fields, _, _ = self.decode(self.state(), "--combine-anchors", "ignore")
        np.testing.assert_array_equal(fields["omega_hat"], fields["omega_lp"])

    def test_residual_of_the_caller(self):
        for source in "n64/decode", "n96_even/decode_t10":
            expected = reference(source)
            n, mask = int(expected["N"]), expected["s_final"]
            residual = np.random.default_rng(7).normal(size=(n, n))
            np.save(self.folder / "r.npy", residual)
            for gate, weight in ("support", mask != 0), ("signed", mask):
                with self.subTest(source, gate=gate):
                    fields, _, _ = self.decode(self.state(source), "--resid-npy", self.path("r.npy"), "--combine-gate",
                                               gate, "--combine-anchors", "ignore")
                    self.assert_close(fields["omega_hat"], expected["omega_lp"] + weight * residual, 1e-12)
                    # the kept modes come on top, ungated
                    fields, _, _ = self.decode(self.state(source), "--resid-npy", self.path("r.npy"), "--combine-gate",
                                               gate)
                    self.assert_close(fields["omega_hat"],
                                      expected["omega_lp"] + weight * residual + kept_field(source, n), 1e-12)

    def test_residual_of_other_types(self):
        expected = reference("n64/decode")
        normal = np.random.default_rng(8).normal(size=(64, 64))
        for dtype, order in ("<f4", "C"), ("<f2", "C"), (">f8", "C"), ("<f8", "F"), (">f2", "F"):
            with self.subTest(dtype, order=order):
                residual = np.asarray(normal.astype(dtype), order=order)
                np.save(self.folder / "r.npy", residual)
                fields, _, _ = self.decode(self.state(), "--resid-npy", self.path("r.npy"), "--combine-anchors",
                                           "ignore")
                self.assert_close(fields["omega_hat"],
                                  expected["omega_lp"] + (expected["s_final"] != 0) * residual.astype("f8"), 1e-12)

    def test_phases(self):
        for source in STATES:
            with self.subTest(source):
                expected, name = reference(source.replace("decode", "residual")), self.path("p.npz")
                np.savez(name, phases_mid=expected["phases_mid"], phases_high=expected["phases_high"])
                fields, metrics, stderr = self.decode(self.state(source), "--phases-npz", name, "--combine-anchors",
                                                      "ignore")
                self.assert_close(fields["omega_hat"], expected["omega_hat"], 1e-11)
                scalars, = metrics["decode_metrics"]
                for band in "mid", "high":
                    target = float(expected[f"n_{band}"] * expected[f"target_{band}_E"])
                    achieved = float(np.mean(expected[f"r_{band}"] ** 2))
                    self.assertAlmostEqual(scalars[f"resid_{band}_target"], target, delta=1e-12 * abs(target))
                    self.assertAlmostEqual(scalars[f"resid_{band}_achieved"], achieved, delta=1e-10 * achieved)
                    self.assertIn(f"{band}: {int(expected[f'n_{band}'])} modes", stderr)
                for key in "energy_hat", "enstrophy_hat":
                    self.assertAlmostEqual(scalars[key] / float(expected[key]), 1.0, delta=1e-11)
                self.assertEqual(metrics["config"]["residual"]["synthesis"], "on")

    def test_phases_of_one_band(self):
        expected = reference("n64/residual")
        np.savez(self.folder / "p.npz", phases_high=expected["phases_high"])
        fields, metrics, _ = self.decode(self.state(), "--phases-npz", self.path("p.npz"), "--residual-mid", "false",
                                         "--combine-anchors", "ignore")
        self.assert_close(fields["omega_hat"], reference("n64/decode")["omega_lp"] + expected["r_high"], 1e-11)
        self.assertIsNone(metrics["decode_metrics"][0]["resid_mid_target"])

    def test_synthesis_by_seed(self):
        """The same seed gives the same field, another seed another; energies are as the state says."""
        state, expected = self.state(), reference("n64/residual")
        seeds = [self.decode(state, "--residual-synthesis", "on", "--residual-seed", seed)
                 for seed in ("1", "1", "2")]
        np.testing.assert_array_equal(seeds[0][0]["omega_hat"], seeds[1][0]["omega_hat"])
        self.assertGreater(np.max(np.abs(seeds[0][0]["omega_hat"] - seeds[2][0]["omega_hat"])), 0.1)
        for fields, metrics, _ in seeds:
            self.assert_close(fields["omega_lp"], reference("n64/decode")["omega_lp"], 1e-12)
            for band in "mid", "high":
                target = float(expected[f"n_{band}"] * expected[f"target_{band}_E"])
                achieved = metrics["decode_metrics"][0][f"resid_{band}_achieved"]
                self.assertAlmostEqual(achieved, target, delta=1e-10 * target)


LLVMPIPE = pathlib.Path("/usr/share/vulkan/icd.d/lvp_icd.x86_64.json")
INSTALLED = pathlib.Path(os.environ["VORDEC_COMMAND"]).resolve().parent.parent / "lib" / "vordec"


class OlderNames(CommandTest):
    @unittest.skipUnless(LLVMPIPE.exists() and (INSTALLED / "decode_vulkan.so").exists(), "no software Vulkan device")
    def test_an_fft_of_vulkan(self):
        """What was asked for by an older name is done and told under the present one."""
        vulkan = ("--decode-backend", "vulkan", "--decode-allow-software-device", "true", "--metrics-timings", "false")
        env = {"VK_DRIVER_FILES": str(LLVMPIPE), "XDG_CACHE_HOME": self.path("cache")}
        results = []
        for asked in "pruned", "vkfft-pruned":
            fields, metrics, said = self.decode(self.state(STATES[0]), *vulkan, "--decode-fft", asked, env=env)
            self.assertEqual((metrics["fft_backend_requested"], metrics["fft_backend_used"]), ("pruned", "pruned"))
            self.assertEqual(metrics["config"]["decode"]["fft"], "pruned")
            self.assertNotIn("vkfft-pruned", said)
            results.append({key: digest(field) for key, field in fields.items()})
        self.assertEqual(*results)

    def test_not_one_of_cpu(self):
        said = self.refuse_decode(["no-fft", "'pruned' of backend vulkan", "(it offers "], self.state(STATES[0]),
                                  "--decode-backend", "cpu", "--decode-fft", "vkfft-pruned", code=REFUSED)
        self.assertNotIn("vkfft-pruned", said)
        _, metrics, _ = self.decode(self.state(STATES[0]), "--decode-backend", "cpu", "--decode-fft", "vkfft-pruned",
                                    "--permissive")
        self.assertEqual(metrics["perf_flags"], ["FFT_FALLBACK"])
        self.assertEqual(metrics["fft_backend_requested"], "pruned")
        self.assertIn("'pruned' of backend vulkan", metrics["fft_backend_reason"])


class Shapes(CommandTest):
    def batch(self):
        data = reference("n64/decode")
        others = reference("n64/decode_t10")["z"], -0.5 * data["z"]
        states = np.stack([data["z"], *others])
        states[2, 2 * 197 + 3] = 100.4  # K
        return states

    def test_batch_equals_one_by_one(self):
        states = self.batch()
        together, metrics, _ = self.decode(self.state(z=states))
        self.assertEqual(together["omega_lp"].shape, (3, 64, 64))
        self.assertEqual([entry["t"] for entry in metrics["decode_metrics"]], [0, 1, 2])
        for options in ("--decode-batch", "1"), ("--decode-batch", "2"), ("--cpu-threads", "1"):
            again, _, _ = self.decode(self.state(z=states), *options)
            for key in together:
                np.testing.assert_array_equal(again[key], together[key])
        for i, z in enumerate(states):
            single, single_metrics, _ = self.decode(self.state(z=z))
            self.assertEqual(single["mask"].shape, (64, 64))
            for key in together:
                np.testing.assert_array_equal(single[key], together[key][i])
            hashes = [entry["hash"] for entry in metrics["hashes"] if entry["t"] == i]
            self.assertEqual(hashes, [entry["hash"] for entry in single_metrics["hashes"]])

    def test_batch_of_residuals(self):
        states, residual = self.batch(), np.random.default_rng(9).normal(size=(3, 64, 64))
        np.save(self.folder / "r.npy", residual)
        fields, _, _ = self.decode(self.state(z=states), "--resid-npy", self.path("r.npy"), "--combine-anchors",
                                   "ignore")
        self.assert_close(fields["omega_hat"], fields["omega_lp"] + (fields["mask"] != 0) * residual, 1e-13)

    def test_batch_of_one_keeps_its_axis(self):
        data = reference("n64/decode")
        fields, _, _ = self.decode(self.state(z=data["z"][None, :]))
        self.assertEqual({key: fields[key].shape for key in fields}, dict.fromkeys(fields, (1, 64, 64)))
        self.assert_close(fields["omega_lp"][0], data["omega_lp"], 1e-12)

    def test_forms_of_the_members(self):
        data = reference("n64/decode")
        expected, _, _ = self.decode(self.state())
        forms = {
            "flat mask": {"mask_low": data["mask_low"].ravel()},
            "mask of bytes": {"mask_low": data["mask_low"].astype("u1")},
            "N of one entry": {"N": np.array([64])},
            "N of 32 bits": {"N": np.int32(64)},
            "anchors of 32 bits": {"anchor_idx": data["anchor_idx"].astype("<i4")},
            "big endian": {"z": data["z"].astype(">f8"), "anchor_idx": data["anchor_idx"].astype(">i8")},
            "no signs": {"anchor_idx": data["anchor_idx"].astype("<u4"), "N": np.uint64(64)},
            "Fortran order": {"mask_low": np.asfortranarray(data["mask_low"])},
            "another member": {"comment": np.array(["text that nobody reads"])},
        }
        for name, changes in forms.items():
            with self.subTest(name):
                fields, _, _ = self.decode(self.state(**changes))
                np.testing.assert_array_equal(fields["omega_hat"], expected["omega_hat"])
        np.savez_compressed(self.folder / "c.npz", **{key: data[key] for key in data if key in (
            "z", "mask_low", "N", "anchor_idx", "dashi_tau", "dashi_smooth_k")})
        fields, _, _ = self.decode(self.path("c.npz"))
        np.testing.assert_array_equal(fields["omega_hat"], expected["omega_hat"])

    def test_state_in_single_precision(self):
        data = reference("n64/decode")
        fields, _, _ = self.decode(self.state(z=data["z"].astype("<f4")))
        self.assertEqual(fields["omega_lp"].dtype, np.float64)
        self.assert_close(fields["omega_lp"], data["omega_lp"], 1e-5)
        widened, _, _ = self.decode(self.state(z=data["z"].astype("<f4").astype("<f8")))
        np.testing.assert_array_equal(fields["omega_hat"], widened["omega_hat"])

    def test_no_anchors(self):
        data = reference("n64/decode")
        z = np.concatenate([data["z"][: 2 * 197 + 3], [0.0]])
        fields, _, _ = self.decode(self.state(z=z, drop=["anchor_idx"]))
        self.assert_close(fields["omega_lp"], data["omega_lp"], 1e-12)
        np.testing.assert_array_equal(fields["omega_hat"], fields["omega_lp"])


class SameBytes(CommandTest):
    def test_run_after_run(self):
        """Threads, runs and files that were there before change no byte."""
        state = self.state("n96_even/decode", z=np.stack([reference("n96_even/decode")["z"]] * 3))
        contents = set()
        (self.folder / "out.npz").write_bytes(b"something older")
        for threads in "1", "2", "3", "1", "0":
            _, metrics, _ = self.decode(state, "--cpu-threads", threads, "--residual-synthesis", "on")
            contents.add(((self.folder / "out.npz").read_bytes(),
                          tuple(entry["hash"] for entry in metrics["hashes"])))
        self.assertEqual(len(contents), 1)

    def test_nothing_but_what_was_asked_for(self):
        state = self.state()
        self.succeed("decode", "--z0-npz", state, "--out", self.path("a.npz"))
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["a.npz", "state.npz"])
        self.succeed("decode", "--z0-npz", state, "--out", self.path("a.npz"), "--png", self.path("a.png"))
        self.assertEqual((self.folder / "a.png").read_bytes()[:8], b"\x89PNG\r\n\x1a\n")

    def test_the_picture_shows_the_state_that_was_asked_for(self):
        z = reference("n64/decode")["z"]
        other = z.copy()
        other[: len(z) // 4] *= -1
        pictures = {}
        for name, states, more in (("a", [z, other], ("--state", 1)), ("b", [other, other], ("--state", 1)),
                                   ("c", [z, other], ("--state", 0)), ("d", [z, other], ())):
            state = self.state("n64/decode", z=np.stack(states))
            self.succeed("decode", "--z0-npz", state, "--out", self.path("a.npz"), "--png", self.path("a.png"), *more)
            pictures[name] = (self.folder / "a.png").read_bytes()
        self.assertEqual(pictures["a"], pictures["b"])
        self.assertEqual(pictures["c"], pictures["d"])
        self.assertNotEqual(pictures["a"], pictures["c"])
        self.refuse_decode(["--state 2: ", "has 2 states, counted from 0"], state, "--state", 2)
        self.refuse(BAD_USAGE, ["--png is missing"], "decode", "--z0-npz", state, "--out", self.path("a.npz"), "--state", 1)

    def test_observers_without_fields(self):
        state, reference_fields = self.state(), self.decode(self.state())[0]
        for observer, states in ("none", 0), ("metrics", 1):
            with self.subTest(observer):
                self.succeed("decode", "--z0-npz", state, "--decode-observer", observer, "--metrics-json",
                             self.path("m.json"))
                metrics = self.read_metrics()
                self.assertEqual(len(metrics["decode_metrics"]), states)
                hashes = {entry["what"]: entry["hash"] for entry in metrics["hashes"]}
                self.assertEqual(hashes, {key: digest(reference_fields[key]) for key in ("omega_lp", "mask")})


class Precedence(CommandTest):
    """State, then file, then command line; whatever their order on the command line."""

    def check(self, tau, width, *options, **changes):
        _, metrics, _ = self.decode(self.state(**changes), *options)
        self.assertEqual((metrics["config"]["mask"]["tau"], metrics["config"]["mask"]["smooth_width"]), (tau, width))

    def test_mask_keys(self):
        (self.folder / "f.ini").write_text("[mask]\ntau = 0.2\nsmooth_width = 9\n")
        file, changes = ("--config", self.path("f.ini")), {"dashi_tau": 0.4, "dashi_smooth_k": np.int64(7)}
        self.check(0.35, 11, drop=["dashi_tau", "dashi_smooth_k"])
        self.check(0.4, 7, **changes)
        self.check(0.2, 9, *file, **changes)
        self.check(0.3, 9, *file, "--mask-tau", "0.3", **changes)
        self.check(0.3, 5, "--mask-tau", "0.3", "--mask-smooth-width", "5", *file, **changes)
        self.check(0.3, 7, "--mask-tau=0.3", **changes)

    def test_the_values_matter(self):
        default, _, _ = self.decode(self.state())
        by_state, _, _ = self.decode(self.state(dashi_tau=0.1))
        by_option, _, _ = self.decode(self.state(), "--mask-tau", "0.1")
        self.assertGreater(np.count_nonzero(by_state["mask"]), np.count_nonzero(default["mask"]))
        np.testing.assert_array_equal(by_state["mask"], by_option["mask"])

    def test_width_zero_is_no_smoothing(self):
        """So the reference writes it."""
        _, metrics, _ = self.decode(self.state(dashi_smooth_k=np.int64(0)))
        self.assertEqual(metrics["config"]["mask"]["smooth_width"], 1)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: MIT
"""vordec encode and vordec learn: against the reference encoder, and against NumPy."""

import pathlib
import unittest

import numpy as np
from cli_support import BAD_USAGE, COMMAND, REFUSED, CommandTest, reference

CASES = "n64", "n96_even", "n128"


class Encode(CommandTest):
    def trajectory(self, frames, name="T.npz", **members):
        np.savez(self.folder / name, traj=frames, **members)
        return self.path(name)

    def encode(self, trajectory, *arguments, out="Z.npz"):
        self.succeed("encode", "--traj-npz", trajectory, "--out", self.path(out), *arguments)
        with np.load(self.folder / out) as data:
            return dict(data)

    @staticmethod
    def options(data):
        return ["--k-cut", data["k_cut"], "--resid-mid-cut", data["resid_mid_cut"], "--topk-mid", data["topk_mid"],
                "--tau", data["dashi_tau"], "--smooth-k", data["dashi_smooth_k"], "--mask-boundary", "zero",
                "--modes", "full"]

    @staticmethod
    def in_order(data):
        """The reference's states with the kept modes by ascending index."""
        z, m = data["z"].copy(), int(data["mask_low"].sum())
        order, first = np.argsort(data["anchor_idx"]), 2 * m + 4
        count = len(order)
        z[:, first:first + count] = z[:, first:first + count][:, order]
        z[:, first + count:] = z[:, first + count:][:, order]
        return z

    def test_reference(self):
        for case in CASES:
            with self.subTest(case=case):
                data = reference(f"{case}/encode")
                got = self.encode(self.trajectory(data["omega"]), *self.options(data))
                np.testing.assert_array_equal(got["anchor_idx"], data["anchor_idx_sorted"])
                np.testing.assert_array_equal(got["mask_low"].reshape(data["mask_low"].shape), data["mask_low"])
                self.assert_close(got["z"], self.in_order(data), 1e-13)
                self.assert_close(got["z"][0], data["z_frame0_sorted"], 1e-13)

    def test_layout_of_the_file(self):
        data = reference("n64/encode")
        got = self.encode(self.trajectory(data["omega"], dt=0.01, stride=5, seed=7), "--frame", 2)
        whole = self.encode(self.trajectory(data["omega"], dt=0.01, stride=5, seed=7), out="W.npz")
        np.testing.assert_array_equal(got["z"], whole["z"][2])
        np.testing.assert_array_equal(got["anchor_idx"], whole["anchor_idx"])
        dtypes = {"z": "<f8", "mask_low": "|b1", "anchor_idx": "<i8", "N": "<i8", "topk_mid": "<i8",
                  "dashi_smooth_k": "<i8", "dashi_kernel": "<i8", "dashi_boundary": "<i8", "dashi_majority_iters": "<i8",
                  "dashi_modes": "<i8", "seed": "<i8", "k_cut": "<f8", "resid_mid_cut": "<f8", "dashi_tau": "<f8", "dt": "<f8",
                  "dtype_code": "<i8"}
        self.assertEqual({key: value.dtype.str for key, value in got.items()}, dtypes)
        self.assertEqual(got["mask_low"].shape, (64 * 64,))
        scalars = {"N": 64, "k_cut": 8.0, "resid_mid_cut": 12.0, "topk_mid": 128, "dashi_tau": 0.35,
                   "dashi_smooth_k": 5, "dashi_kernel": 0, "dashi_boundary": 1, "dashi_majority_iters": 8,
                   "dashi_modes": 1, "dtype_code": 1, "seed": 7, "dt": 0.05}
        self.assertEqual({key: got[key].item() for key in scalars}, scalars)

    def test_unknown_time_step_and_seed_are_left_out(self):
        got = self.encode(self.trajectory(reference("n64/encode")["omega"]))
        self.assertFalse({"dt", "seed"} & set(got))

    def test_decode_reads_it(self):
        frames = reference("n64/encode")["omega"]
        self.encode(self.trajectory(frames))
        fields, _, _ = self.decode(self.path("Z.npz"))
        low = np.fft.fft2(frames)
        k = np.fft.fftfreq(64, 1 / 64)
        low[:, k[:, None] ** 2 + k**2 > 64] = 0.0
        self.assert_close(fields["omega_lp"], np.fft.ifft2(low).real, 1e-12)

    def test_mask_settings_come_from_the_configuration(self):
        trajectory = self.trajectory(reference("n64/encode")["omega"])
        (self.folder / "c.ini").write_text("[mask]\nboundary = periodic\nsmooth_width = 7\ntau = 0.2\n")
        by_file = self.encode(trajectory, "--config", self.path("c.ini"), out="a.npz")
        by_options = self.encode(trajectory, "--mask-boundary", "periodic", "--smooth-k", 7, "--tau", 0.2, out="b.npz")
        zero = self.encode(trajectory, "--smooth-k", 7, "--tau", 0.2, "--mask-boundary", "zero", out="c.npz")
        np.testing.assert_array_equal(by_file["z"], by_options["z"])
        self.assertEqual((by_file["dashi_smooth_k"].item(), by_file["dashi_tau"].item()), (7, 0.2))
        self.assertEqual((by_file["dashi_boundary"].item(), zero["dashi_boundary"].item()), (1, 0))
        self.assertGreater(np.max(np.abs(by_file["z"] - zero["z"])), 1e-6)

    def test_auto_is_what_suits_the_grid(self):
        """Periodic, and the same share of the box at every N: 11 of 128 cells; an odd width that fits."""
        for n, width, rounds in (4, 3, 8), (32, 3, 8), (64, 5, 8), (128, 11, 8), (192, 17, 12), (256, 23, 16):
            frames = np.random.default_rng(n).standard_normal((1, n, n))
            cuts = ("--k-cut", 1, "--resid-mid-cut", 1.5)
            got = self.encode(self.trajectory(frames), *cuts)
            self.assertEqual((got["dashi_smooth_k"].item(), got["dashi_boundary"].item()), (width, 1))
            self.assertEqual(got["dashi_majority_iters"], rounds)
            named = self.encode(self.trajectory(frames), *cuts, "--smooth-k", width, "--mask-boundary", "periodic",
                                "--mask-smooth-kernel", "box", "--mask-majority-iters", rounds, "--tau", 0.35)
            for key, value in got.items():
                np.testing.assert_array_equal(value, named[key])

    def test_default_settings_suit_every_grid(self):
        """The first frame of a default simulation loses as much at N = 1024 as at 128, and its support is as large."""
        losses, supports = [], []
        for n in 128, 1024:
            self.succeed("simulate", "--N", n, "--steps", 1, "--out", self.path("T.npz"))
            self.encode(self.path("T.npz"), "--frame", 0)
            fields, _, _ = self.decode(self.path("Z.npz"))
            with np.load(self.folder / "T.npz") as data:
                truth = data["traj"][0]
            losses.append(np.linalg.norm(fields["omega_hat"] - truth) / np.linalg.norm(truth))
            supports.append(np.mean(fields["mask"] != 0))
        self.assertLess(abs(losses[0] - losses[1]), 0.1)
        self.assertLess(max(losses), 0.4)
        self.assertLess(max(supports), 2 * min(supports))
        self.assertGreater(min(supports), 0.05)

    def test_ties_go_to_the_lower_index(self):
        n = 32
        y, x = np.mgrid[0:n, 0:n] * 2 * np.pi / n
        got = self.encode(self.trajectory((np.cos(10 * x) + np.cos(10 * y))[None]), "--mask-boundary", "periodic",
                          "--topk-mid", 3, "--smooth-k", 11, "--modes", "full")
        self.assertEqual(got["anchor_idx"].tolist(), sorted([10, n - 10, 10 * n]))

    def decoded(self, trajectory, modes, *arguments):
        self.encode(trajectory, "--modes", modes, *arguments, out=f"{modes}.npz")
        states = np.load(self.path(f"{modes}.npz"))
        plain, _, _ = self.decode(self.path(f"{modes}.npz"))
        drawn, metrics, _ = self.decode(self.path(f"{modes}.npz"), "--residual-synthesis", "on")
        return states, plain, drawn["omega_hat"], metrics

    def test_half_the_modes_decode_to_the_same(self):
        """Fields, masks and synthesised residual, of even and odd grids, with Nyquist modes low, kept and drawn, where
        the number of kept modes cuts a pair in two, and with none."""
        flow = reference("n64/encode")["omega"][:2]
        noise = np.random.default_rng(3)
        for frames, arguments in (
            (flow, ("--topk-mid", 128)), (flow, ("--topk-mid", 127, "--mask-boundary", "zero")), (flow, ("--topk-mid", 0)),
            (noise.standard_normal((2, 16, 16)), ("--topk-mid", 41, "--k-cut", 7, "--resid-mid-cut", 10)),
            (noise.standard_normal((2, 16, 16)), ("--topk-mid", 1000, "--k-cut", 2, "--resid-mid-cut", 20)),
            (noise.standard_normal((2, 15, 15)), ("--topk-mid", 31, "--k-cut", 4, "--resid-mid-cut", 8)),
            (noise.standard_normal((2, 4, 4)), ("--topk-mid", 3, "--k-cut", 1, "--resid-mid-cut", 2)),
        ):
            with self.subTest(n=frames.shape[1], arguments=arguments):
                trajectory = self.trajectory(frames)
                full, plain, drawn, metrics = self.decoded(trajectory, "full", *arguments)
                half, plain_half, drawn_half, metrics_half = self.decoded(trajectory, "half", *arguments)
                np.testing.assert_array_equal(plain_half["mask"], plain["mask"])
                for key in "omega_lp", "omega_hat":
                    self.assert_close(plain_half[key], plain[key], 1e-14 * np.max(np.abs(frames)))
                self.assert_close(drawn_half, drawn, 1e-14 * np.max(np.abs(frames)))
                m, m_half = int(full["mask_low"].sum()), int(half["mask_low"].sum())
                self.assertLessEqual(2 * m_half, m + 4)
                self.assertLess(half["z"].shape[1], full["z"].shape[1] - m // 2)
                self.assert_close(half["z"][:, 2 * m_half:2 * m_half + 3], full["z"][:, 2 * m:2 * m + 3], 1e-15)
                self.assertEqual((full["dashi_modes"].item(), half["dashi_modes"].item()), (0, 1))

    def test_half_the_modes_by_definition(self):
        """Each pair once, at the lower index, doubled; what is its own partner as it is."""
        n = 8
        frame = np.random.default_rng(5).standard_normal((n, n))
        got = self.encode(self.trajectory(frame[None]), "--k-cut", 20, "--resid-mid-cut", 20)
        low = got["mask_low"].reshape(n, n)
        index = np.arange(n * n).reshape(n, n)
        partner = np.roll(index[::-1, ::-1], 1, axis=(0, 1))
        np.testing.assert_array_equal(low, index <= partner)
        spectrum = np.fft.fft2(frame) / n**2 * np.where(index < partner, 2, 1)
        m = int(low.sum())
        self.assert_close(got["z"][0, :m] + 1j * got["z"][0, m:2 * m], spectrum[low], 1e-15)

    def test_half_the_modes_pass_parity_and_lose_the_same(self):
        trajectory = self.trajectory(reference("n64/encode")["omega"])
        self.encode(trajectory)
        self.succeed("parity", "--z0-npz", self.path("Z.npz"), "--backends", "cpu")
        losses = {modes: self.succeed("encode", "--traj", trajectory, "--out", self.path(f"{modes}.npz"), "--modes",
                                      modes).stderr.partition(" values.\n")[2] for modes in ("half", "full")}
        self.assertIn("largest modes", losses["half"])
        self.assertEqual(losses["half"], losses["full"])

    def test_who_encodes(self):
        """As [encode] asks; gpu is a GPU or a refusal, and auto does without one, and says why."""
        plugins = self.folder / "plugins"
        plugins.mkdir()
        (plugins / "decode_cpu.so").symlink_to(pathlib.Path(COMMAND).parents[1] / "lib/vordec/decode_cpu.so")
        run = ("encode", "--traj", self.trajectory(reference("n64/encode")["omega"]), "--out", self.path("Z.npz"),
               "--plugins-path", plugins)
        self.refuse(REFUSED, ["'gpu' refused (no-device)"], *run, "--encode-backend", "gpu")
        self.refuse(REFUSED, ["no-fp32"], *run, "--encode-backend", "cpu", "--encode-precision", "fp32")
        for arguments, used, flags in ((["--encode-backend", "cpu"], "cpu", None),
                                       (["--encode-backend", "gpu", "--permissive"], "gpu", ["GPU_ENCODE_FALLBACK_CPU"]),
                                       (["--decode-backend", "nowhere"], "auto", None)):
            with self.subTest(arguments=arguments):
                done = self.succeed(*run, *arguments, "--metrics-json", self.path("m.json"))
                metrics = self.read_metrics()
                self.assertEqual([metrics[f"encode_{key}"] for key in ("backend_requested", "backend_used", "device", "dtype")],
                                 [used, "cpu", "cpu", "float64"])
                self.assertEqual([metrics[key] for key in ("N", "M", "D", "decode_device", "les_device", "dtype")],
                                 [64, 99, 330, None, None, "float64"])
                self.assertEqual(metrics.get("perf_flags"), flags)
                self.assertIn(f"requested {used}, used cpu; fft fftw; fp64; on cpu: " + metrics["device"]["name"], done.stderr)
        self.assertIn("nowhere", metrics["encode_backend_reason"])

    def test_bad_input(self):
        frames = reference("n64/encode")["omega"]
        nan = frames.copy()
        nan[1, 2, 3] = np.nan
        good = self.trajectory(frames, "good.npz")
        rows = (
            (["bad.npz", "it is not clear which array holds the frames", "traj (64,) <f8"], frames[0, 0], {}),
            (["bad.npz: traj: it holds 4 samples", "--sample (0 .. 3)"], frames[:, None], {}),
            (["bad.npz: traj: shape (4, 64, 63)"], frames[:, :, 1:], {}),
            (["bad.npz: traj: shape (0, 64, 64)"], frames[:0], {}),
            (["bad.npz: traj: frame 1 is NaN at row 2, column 3"], nan, {}),
            (["bad.npz: N: 32"], frames, {"N": 32}),
            (["bad.npz: stride: 0"], frames, {"stride": 0}),
            (["bad.npz: dt: -1"], frames, {"dt": -1.0}),
            (["bad.npz: traj", "3 is not a grid size"], frames[:, :3, :3], {}),
        )
        for parts, array, members in rows:
            with self.subTest(parts=parts):
                bad = self.trajectory(array, "bad.npz", **members)
                self.refuse(BAD_USAGE, parts, "encode", "--traj-npz", bad, "--out", self.path("Z.npz"))
        for parts, arguments in (
            (["--traj FILE is needed"], ["--out", "Z.npz"]),
            (["--out"], ["--traj-npz", good]),
            (["none.npz"], ["--traj-npz", self.path("none.npz"), "--out", "Z.npz"]),
            (["--frame '4'", "0 .. 3"], ["--traj-npz", good, "--out", "Z.npz", "--frame", 4]),
            (["resid_mid_cut: 5 is below k_cut"], ["--traj-npz", good, "--out", "Z.npz", "--resid-mid-cut", 5]),
            (["--mask-smooth-width: [mask] smooth_width = 65 is wider than the grid (N = 64)"], ["--traj-npz", good, "--out", "Z.npz", "--smooth-k", 65]),
            (["--mask-tau", "1.5"], ["--traj-npz", good, "--out", "Z.npz", "--tau", 1.5]),
            (["nowhere/m.json"], ["--traj-npz", good, "--out", "Z.npz", "--metrics-json", self.path("nowhere/m.json")]),
            (["--modes 'both': expected half or full"], ["--traj-npz", good, "--out", "Z.npz", "--modes", "both"]),
            (["--topk-mid '-1'"], ["--traj-npz", good, "--out", "Z.npz", "--topk-mid", -1]),
        ):
            with self.subTest(arguments=arguments):
                self.refuse(BAD_USAGE, parts, "encode", *arguments)


class Learn(CommandTest):
    def states(self, z, name="Z.npz"):
        np.savez(self.folder / name, z=z)
        return self.path(name)

    def learn(self, z, *arguments):
        self.succeed("learn", "--states-npz", self.states(z), "--out", self.path("A.npz"), *arguments)
        with np.load(self.folder / "A.npz") as data:
            self.assertEqual(data.files, ["A"])
            return data["A"]

    @staticmethod
    def ridge(z, weight):
        """By an orthogonal factorisation of the augmented system, which squares no condition number."""
        d = z.shape[1]
        left = np.vstack([z[:-1], np.sqrt(weight) * np.eye(d)])
        return np.linalg.lstsq(left, np.vstack([z[1:], np.zeros((d, d))]), rcond=None)[0]

    def test_numpy(self):
        z = np.random.default_rng(3).standard_normal((40, 12)).cumsum(axis=0)
        for weight, arguments in (1e-3, []), (10.0, ["--ridge", 10]):
            with self.subTest(weight=weight):
                self.assert_close(self.learn(z, *arguments), self.ridge(z, weight), 1e-10)

    def test_fewer_states_than_entries(self):
        z = np.random.default_rng(4).standard_normal((5, 30))
        self.assert_close(self.learn(z), self.ridge(z, 1e-3), 1e-9)

    def test_a_known_operator_comes_back(self):
        rng = np.random.default_rng(5)
        operator = np.linalg.qr(rng.standard_normal((6, 6)))[0]
        z = [rng.standard_normal(6)]
        for _ in range(60):
            z.append(z[-1] @ operator)
        self.assert_close(self.learn(np.array(z), "--ridge", 0), operator, 1e-9)

    def test_runs_agree(self):
        z = np.random.default_rng(6).standard_normal((50, 20))
        self.learn(z)
        first = (self.folder / "A.npz").read_bytes()
        self.learn(z)
        self.assertEqual((self.folder / "A.npz").read_bytes(), first)

    def test_bad_input(self):
        z = np.ones((4, 3))
        nan = z.copy()
        nan[2, 1] = np.inf
        rows = (
            (["--states-npz"], ["--out", "A.npz"]),
            (["--out"], ["--states-npz", self.states(z)]),
            (["one.npz: z: shape (3,)"], ["--out", "A.npz", "--states-npz", self.states(z[0], "one.npz")]),
            (["short.npz: z: shape (1, 3)"], ["--out", "A.npz", "--states-npz", self.states(z[:1], "short.npz")]),
            (["nan.npz", "2", "1"], ["--out", "A.npz", "--states-npz", self.states(nan, "nan.npz")]),
            (["--ridge 'x'"], ["--out", "A.npz", "--states-npz", self.states(z), "--ridge", "x"]),
            (["ridge"], ["--out", "A.npz", "--states-npz", self.states(z), "--ridge", -1]),
        )
        for parts, arguments in rows:
            with self.subTest(arguments=arguments):
                self.refuse(BAD_USAGE, parts, "learn", *arguments)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: MIT
"""States and residuals that are wrong: one line naming file and key, exit code 2, nothing written."""

import unittest

import numpy as np
from cli_support import CommandTest, reference

DATA = reference("n64/decode")
Z, M, ANCHORS = DATA["z"], 197, len(DATA["anchor_idx"])
assert len(Z) == 2 * M + 4 + 2 * ANCHORS


def changed(array, index, value):
    copy = array.copy()
    copy[index] = value
    return copy


class State(CommandTest):
    def check(self, parts, *arguments, **changes):
        return self.refuse_decode(["state.npz", *parts], self.state(**changes), *arguments)

    def test_missing_members(self):
        for key in "z", "mask_low", "N":
            with self.subTest(key):
                self.check([f"'{key}'"], drop=[key])

    def test_dtypes(self):
        wrong = {
            "z": (Z.astype("c16"), Z.astype("S8"), Z.astype(object)),
            "mask_low": (DATA["mask_low"].astype("c16"), DATA["mask_low"].astype("S1")),
            "anchor_idx": (DATA["anchor_idx"] + 0.5, DATA["anchor_idx"].astype("U8")),
            "N": (np.array("64"), np.complex128(64), np.array([64, 64]), np.float64(64.5)),
            "dashi_tau": (np.array("0.35"), np.array([0.3, 0.4]), np.complex128(0.3)),
        }
        for key, arrays in wrong.items():
            for array in arrays:
                with self.subTest(key, dtype=array.dtype, shape=array.shape):
                    self.check([f"state.npz: {key}: "], **{key: array})

    def test_values_that_are_not_finite(self):
        for index, name in ((0, "Re low"), (M, "Im low"), (2 * M, "support_frac"), (2 * M + 1, "resid_mid_E"),
                            (2 * M + 2, "resid_high_E"), (2 * M + 3, "K"), (len(Z) - 1, "kept modes")):
            for value in np.nan, np.inf, -np.inf:
                with self.subTest(name, value=value):
                    self.check([f"state.npz: z: state 0, entry {index} ({name}) is "], z=changed(Z, index, value))
        batch = np.stack([Z, Z, changed(Z, 3, np.nan)])
        self.check(["state.npz: z: state 2, entry 3 (Re low) is NaN"], z=batch)

    def test_shapes_of_z(self):
        expected = f"2 M + 4 + 2 len(anchor_idx) = {len(Z)}"
        self.check([f"state.npz: z: shape (0, {len(Z)}): the file holds no states"], z=np.zeros((0, len(Z))))
        for z in Z[:-1], np.append(Z, 0.0), Z[:0], Z.reshape(1, 1, -1), np.float64(1), Z[:, None]:
            with self.subTest(shape=z.shape):
                self.check(["state.npz: z: shape ", expected, f"M = {M}", f"{ANCHORS} anchors"], z=z)

    def test_grid_size(self):
        for n in 0, 1, 3, -64, -1, 32769, 1000000, 2**31, 2**32 + 64, 2**40, 2**62, -(2**63):
            with self.subTest(n):
                self.check([f"state.npz: N: {n} is not a grid size (4 .. 32768)"], N=np.int64(n))
        for n in 63, 65, 128, 32768:
            with self.subTest(n):
                self.check(["state.npz: mask_low: shape (64, 64)", f"N = {n}"], N=np.int64(n))

    def test_mask_low(self):
        mask = DATA["mask_low"]
        for wrong in mask[:-1], mask.ravel()[:-1], mask[None], np.zeros(0, bool), mask.reshape(32, 128):
            with self.subTest(shape=wrong.shape):
                self.check(["state.npz: mask_low: shape ", "expected (4096,) or (64, 64)"], mask_low=wrong)
        self.check(["state.npz: mask_low: it marks no mode as low"], mask_low=np.zeros((64, 64), bool))
        self.check(["state.npz: z: shape ", "M = 196"], mask_low=changed(mask, (0, 0), False))

    def test_anchors(self):
        anchors = DATA["anchor_idx"]
        for value in -1, 4096, 2**32 + 1, 2**63 - 1, -(2**63):
            with self.subTest(value):
                self.check([f"state.npz: anchor_idx[3]: {value} is outside the grid (0 .. 4095)"],
                           anchor_idx=changed(anchors, 3, value))
        self.check([f"state.npz: anchor_idx[9]: {anchors[2]} is listed twice"],
                   anchor_idx=changed(anchors, 9, anchors[2]))
        self.check(["state.npz: anchor_idx: "], anchor_idx=anchors.reshape(2, -1))
        self.check(["state.npz: anchor_idx: "], anchor_idx=np.int64(5))
        short = changed(Z[: 2 * M + 4], 2 * M + 3, 3.0)
        self.check(["state.npz: z: shape ", f"M = {M}", "0 anchors"], drop=["anchor_idx"])
        self.check(["state.npz: anchor_idx: missing, but state 0 keeps K = 3"], z=short, drop=["anchor_idx"])

    def test_mask_settings_of_the_state(self):
        for tau in 0.0, -0.35, 1.5, np.nan, np.inf:
            with self.subTest(tau=tau):
                self.check(["state.npz: dashi_tau: ", "0 < tau <= 1"], dashi_tau=np.float64(tau))
        for width in 40000, 11.5, np.nan:
            with self.subTest(width=width):
                self.check(["state.npz: dashi_smooth_k: ", "[mask] smooth_width"], dashi_smooth_k=np.float64(width))
        self.check(["state.npz: dashi_smooth_k: ", "65 is wider than the grid (N = 64)"], dashi_smooth_k=np.int64(65))
        self.check(["state.npz: dashi_smooth_k: ", "10 is even; the triangle needs an odd width"],
                   "--mask-smooth-kernel", "triangle", dashi_smooth_k=np.int64(10))

    def test_settings_that_are_not_used_may_be_any(self):
        state = self.state(dashi_tau=np.float64(7), dashi_smooth_k=np.float64(0.5))
        _, metrics, _ = self.decode(state, "--mask-tau", 0.25, "--mask-smooth-width", 9)
        self.assertEqual((metrics["config"]["mask"]["tau"], metrics["config"]["mask"]["smooth_width"]), (0.25, 9))

    def test_no_width_is_no_smoothing(self):
        for width in 0, -1, -5.0:
            with self.subTest(width):
                _, metrics, _ = self.decode(self.state(dashi_smooth_k=np.asarray(width)))
                self.assertEqual(metrics["config"]["mask"]["smooth_width"], 1)

    def test_a_time_step_is_of_no_use_here(self):
        for dt in np.float64(-1), np.array("x"), np.zeros(2):
            with self.subTest(dt):
                self.decode(self.state(dt=dt))

    def test_band_limits(self):
        for key in "k_cut", "resid_mid_cut":
            with self.subTest(key):
                self.check([f"state.npz: {key}: "], "--residual-synthesis", "on", drop=[key])
                self.check([f"state.npz: {key}: "], **{key: np.array("8")})


class Mask(CommandTest):
    """Mask settings by option."""

    def test_options(self):
        state = self.state()
        for tau in "0", "1.5", "nan", "-0.1", "much", "0,35", "":
            with self.subTest(tau=tau):
                self.refuse_decode([f"--mask-tau: [mask] tau = '{tau}': expected auto, or 0 < tau <= 1"], state, "--mask-tau",
                                   tau)
        for width in "0", "-3", "3.5", "wide", "40000", "18446744073709551617":
            with self.subTest(width=width):
                self.refuse_decode([f"--mask-smooth-width: [mask] smooth_width = '{width}'"], state,
                                   "--mask-smooth-width", width)
        self.refuse_decode(["--mask-smooth-width: [mask] smooth_width = 65 is wider than the grid (N = 64)"], state,
                           "--mask-smooth-width", "65")
        self.refuse_decode(["--mask-smooth-width: [mask] smooth_width = 4 is even; the triangle needs an odd width"],
                           state, "--mask-smooth-width", "4", "--mask-smooth-kernel", "triangle")


class Residual(CommandTest):
    def save(self, array, name="r.npy"):
        np.save(self.folder / name, array)
        return self.path(name)

    def test_field(self):
        state = self.state()
        good = np.zeros((64, 64))
        for wrong in good[:-1], good[None, None], np.zeros(4096), np.zeros((2, 64, 64)), np.zeros((0, 64, 64)):
            with self.subTest(shape=wrong.shape):
                self.refuse_decode(["r.npy: shape "], state, "--resid-npy", self.save(wrong))
        for value in np.nan, np.inf:
            with self.subTest(value=value):
                field = self.save(changed(good, (1, 1), value))
                self.refuse_decode(["r.npy: entry 65 is "], state, "--resid-npy", field)
        for dtype in "c16", "U4", "O":
            with self.subTest(dtype=dtype):
                self.refuse_decode(["r.npy: "], state, "--resid-npy", self.save(good.astype(dtype)))
        self.refuse_decode(["nowhere.npy: "], state, "--resid-npy", self.path("nowhere.npy"))
        self.refuse_decode(["state.npz: "], state, "--resid-npy", state)

    def test_one_field_for_two_states(self):
        self.refuse_decode(["r.npy: shape (64, 64)", "2 state(s) of N = 64"], self.state(z=np.stack([Z, Z])),
                           "--resid-npy", self.save(np.zeros((64, 64))))

    def test_both_residuals(self):
        field = self.save(np.zeros((64, 64)))
        self.refuse_decode(["--resid-npy", "synthesis"], self.state(), "--resid-npy", field, "--residual-synthesis",
                           "on")
        np.savez(self.folder / "p.npz", phases_mid=np.zeros((64, 64)), phases_high=np.zeros((64, 64)))
        self.refuse_decode(["--resid-npy"], self.state(), "--resid-npy", field, "--phases-npz", self.path("p.npz"))

    def phases(self, **members):
        np.savez(self.folder / "p.npz", **members)
        return self.path("p.npz")

    def test_phases(self):
        state, good = self.state(), np.zeros((64, 64))
        rows = (
            ("p.npz: there is no array 'phases_high'", {"phases_mid": good}),
            ("p.npz: there is no array 'phases_mid'", {"phases_high": good}),
            ("p.npz: phases_mid: shape (63, 64): expected (64, 64)", {"phases_mid": good[1:], "phases_high": good}),
            ("p.npz: phases_high: shape (4096,)", {"phases_mid": good, "phases_high": good.ravel()}),
            ("p.npz: phases_high: entry 66 is NaN", {"phases_mid": good, "phases_high": changed(good, (1, 2), np.nan)}),
            ("p.npz: phases_mid: empty, but state 0 has energy in that band",
             {"phases_mid": np.zeros((0, 0)), "phases_high": good}),
            ("p.npz: phases_mid: ", {"phases_mid": good.astype("i4") > 0, "phases_high": good}),
        )
        for part, members in rows:
            with self.subTest(part):
                self.refuse_decode([part], state, "--phases-npz", self.phases(**members))
        self.refuse_decode(["nowhere.npz: "], state, "--phases-npz", self.path("nowhere.npz"))
        self.refuse_decode(["--phases-npz", "synthesis = off"], state, "--phases-npz",
                           self.phases(phases_mid=good, phases_high=good), "--residual-synthesis", "off")
        self.refuse_decode(["state.npz: resid_mid_cut: "], self.state(drop=["resid_mid_cut"]), "--phases-npz",
                           self.phases(phases_mid=good, phases_high=good))


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: MIT
"""What states say of the mask that they were made with, and what the configuration makes of it."""

import unittest

import numpy as np
from cli_support import BAD_USAGE, CommandTest, digest

NAMES = {"dashi_tau": "tau", "dashi_smooth_k": "smooth_width", "dashi_kernel": "smooth_kernel",
         "dashi_boundary": "boundary", "dashi_majority_iters": "majority_iters"}
RECORDED = {"dashi_tau": 0.2, "dashi_smooth_k": 7, "dashi_kernel": 1, "dashi_boundary": 1, "dashi_majority_iters": 2}
NAMED = {"tau": 0.2, "smooth_width": 7, "smooth_kernel": "triangle", "boundary": "periodic", "majority_iters": 2}
LEGACY = {"tau": 0.35, "smooth_width": 11, "smooth_kernel": "box", "boundary": "zero", "majority_iters": 8}
# what older versions print as their defaults
OLDER_PRINT = """[mask]
smooth_width = 11
smooth_kernel = box
boundary = zero
tau = 0.35
majority_iters = 8
"""


def options(settings):
    return [part for key, value in settings.items() for part in ("--mask-" + key.replace("_", "-"), value)]


class Settings(CommandTest):
    def bare(self):
        return self.state(name="bare.npz", drop=NAMES)

    def recorded(self, **changes):
        return self.state(name="recorded.npz", drop=NAMES, **{**RECORDED, **changes})

    def check_mask(self, mask, metrics, expected, settings):
        np.testing.assert_array_equal(mask["mask"], expected["mask"])
        self.assertEqual(metrics["config"]["mask"], settings)

    def test_a_state_decodes_as_it_was_made(self):
        expected, metrics, _ = self.decode(self.bare(), *options(NAMED))
        self.assertEqual(metrics["config"]["mask"], NAMED)
        for arguments in (), options(dict.fromkeys(NAMED, "auto")):
            got, metrics, told = self.decode(self.recorded(), *arguments)
            self.check_mask(got, metrics, expected, NAMED)
            self.assertNotIn("[mask]", told)

    def test_each_setting_counts(self):
        """Left out one by one: it is then what it was before files recorded it."""
        whole, _, _ = self.decode(self.recorded())
        for name, key in NAMES.items():
            part = self.state(name="part.npz", drop=NAMES, **{k: v for k, v in RECORDED.items() if k != name})
            named = {**NAMED, key: LEGACY[key]}
            expected, _, _ = self.decode(self.bare(), *options(named))
            got, metrics, _ = self.decode(part)
            self.check_mask(got, metrics, expected, named)
            self.assertTrue(np.any(got["mask"] != whole["mask"]), name)

    def test_states_that_say_nothing(self):
        expected, _, _ = self.decode(self.bare(), *options(LEGACY))
        got, metrics, _ = self.decode(self.bare())
        self.check_mask(got, metrics, expected, LEGACY)

    def test_a_file_overrides_a_state_and_it_is_told(self):
        (self.folder / "old.ini").write_text(OLDER_PRINT)
        expected, _, _ = self.decode(self.bare(), *options(LEGACY))
        got, metrics, told = self.decode(self.recorded(), "--config", self.path("old.ini"))
        self.check_mask(got, metrics, expected, LEGACY)
        for key, value in NAMED.items():
            self.assertIn(f"] {key} = {LEGACY[key]} is used, although the state was made with {value} (", told)
        self.assertEqual(told.count("is used, although"), len(NAMES))
        _, _, told = self.decode(self.recorded(dashi_tau=0.35), "--config", self.path("old.ini"))
        self.assertNotIn("tau", told)

    def test_the_command_line_overrides_both(self):
        (self.folder / "f.ini").write_text("[mask]\ntau = 0.5\n")
        for value, there in (0.3, 0.3), ("auto", 0.2):
            _, metrics, told = self.decode(self.recorded(), "--config", self.path("f.ini"), "--mask-tau", value)
            self.assertEqual(metrics["config"]["mask"]["tau"], there)
            self.assertNotIn("although", told)

    def test_settings_that_cannot_be(self):
        for name, value, says in (("dashi_boundary", 2, "dashi_boundary: 2 is a setting that"),
                                  ("dashi_boundary", -1, "dashi_boundary: -1 is a setting that"),
                                  ("dashi_kernel", 0.5, "dashi_kernel: 0.5 is a setting that"),
                                  ("dashi_majority_iters", 1001, "majority_iters = '1001': expected"),
                                  ("dashi_majority_iters", 1.5, "majority_iters = '1.5': expected")):
            self.refuse_decode(["recorded.npz: ", says], self.recorded(**{name: value}), code=BAD_USAGE)
            key = NAMES[name]  # and what is overridden does not matter
            self.decode(self.recorded(**{name: value}), *options({key: NAMED[key]}))

    def test_parity_and_rollouts_take_them(self):
        state = self.recorded()
        done = self.succeed("parity", "--z0-npz", state, "--backends", "cpu", "--json")
        got, _, _ = self.decode(state)
        self.assertIn("\"mask_hamming\":\t0,", done.stdout)
        size = len(np.load(state)["z"])
        np.savez(self.folder / "A.npz", A=np.eye(size))
        self.succeed("perf-kernel", "--z0-npz", state, "--A-npz", self.path("A.npz"), "--steps", 2, "--decode-every", 1,
                     "--metrics-json", self.path("m.json"), "--metrics-hash", "mask")
        metrics = self.read_metrics()
        self.assertEqual(metrics["config"]["mask"], NAMED)
        self.assertEqual({item["hash"] for item in metrics["hashes"]}, {digest(got["mask"])})

    def test_a_run_decodes_as_it_encodes(self):
        """Whatever the mask: its metrics say so, and its state file records it for a run from that file."""
        for arguments, expected in (([], {**LEGACY, "smooth_width": 5, "boundary": "periodic"}),
                                    (options(NAMED), NAMED), (["--mask-boundary", "zero"],
                                                              {**LEGACY, "smooth_width": 5})):
            run = ("snapshots", "--N", 64, "--steps", 4, "--stride", 4, "--out-dir", self.path("run"))
            self.succeed(*run, *arguments)
            first = self.read_metrics("run/snapshot_metrics.json")
            self.assertEqual(first["config"]["mask"], expected)
            self.succeed("snapshots", "--kernel-only", "--z0-npz", self.path("run/snapshot_z0.npz"), "--A-npz",
                         self.path("run/snapshot_A.npz"), "--steps", 4, "--stride", 4, "--out-dir", self.path("again"))
            second = self.read_metrics("again/snapshot_metrics.json")
            self.assertEqual(second["config"]["mask"], expected)
            for item in first["hashes"]:
                item.pop("train", None)  # nothing was learnt the second time
            self.assertEqual(second["hashes"], first["hashes"])

    def test_which_modes(self):
        """Whoever reads half of the modes finds each pair once."""
        data = np.load(self.bare())
        n, low = 64, data["mask_low"].reshape(64, 64)
        partner = np.roll(low[::-1, ::-1], 1, axis=(0, 1))
        np.testing.assert_array_equal(low, partner)
        index = np.arange(n * n).reshape(n, n)
        other = np.roll(index[::-1, ::-1], 1, axis=(0, 1))
        half = low & (index <= other)
        z = np.zeros(2 * half.sum() + 4)
        good = dict(mask_low=half, z=z, anchor_idx=np.array([], int), dashi_modes=1)
        self.decode(self.state(name="half.npz", **good))
        for changes, says in (({"dashi_modes": 2}, "half.npz: dashi_modes: 2: expected 0 (full) or 1 (half)"),
                              ({"dashi_modes": 0.5}, "dashi_modes: 0.5"),
                              ({"mask_low": low, "z": np.zeros(2 * low.sum() + 4)},
                               "mask_low: modes 1 and 63 are partners, but dashi_modes says half of the modes"),
                              ({"anchor_idx": np.array([630, 10, 54]), "z": np.zeros(len(z) + 6)},
                               "anchor_idx: modes 10 and 54 are partners")):
            self.refuse_decode([says], self.state(name="half.npz", **{**good, **changes}))


class Rim(CommandTest):
    """A mean flow is smooth everywhere but for a window that sees zeros beyond the grid."""

    def setUp(self):
        super().setUp()
        n = 96
        x = np.arange(n) * 2 * np.pi / n
        np.savez(self.folder / "T.npz", traj=np.array([3.0 + np.cos(x)[None] * np.cos(x)[:, None]] * 3))

    def encode(self, boundary):
        return self.succeed("encode", "--traj", self.path("T.npz"), "--out", self.path("Z.npz"), "--mask-boundary",
                            boundary).stderr

    WARNING = r"(?m)^vordec: warning: {} 0: 100 % of the mask's support lie within 12 cells of the edge"

    def test_encode_and_decode_tell_once(self):
        told = self.encode("zero")
        self.assertRegex(told, self.WARNING.format("frame"))
        self.assertEqual(told.count("warning"), 1)
        _, _, told = self.decode(self.path("Z.npz"))
        self.assertRegex(told, self.WARNING.format("state"))
        self.assertEqual(told.count("warning"), 1)
        for arguments in (), ("--mask-boundary", "periodic"):
            if not arguments:
                self.assertNotIn("warning", self.encode("periodic"))
            _, _, told = self.decode(self.path("Z.npz"), *arguments)
            self.assertNotIn("warning", told)

    def test_snapshots_tell(self):
        run = ("snapshots", "--traj", self.path("T.npz"), "--stride", 1, "--out-dir", self.path("run"))
        self.assertRegex(self.succeed(*run, "--mask-boundary", "zero").stderr, self.WARNING.format("step"))
        self.assertNotIn("of the edge", self.succeed(*run).stderr)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: MIT
"""vordec loss, and what encode says of it: held against decodes, and against NumPy."""

import csv
import json
import unittest

import jsonschema
import numpy as np
from cli_support import BAD_USAGE, DIFFERENT, SOURCE, CommandTest

SCHEMA = json.loads((SOURCE / "docs" / "loss.schema.json").read_text())
N = 48


def relative_l2(got, truth):
    return np.linalg.norm(got - truth) / np.linalg.norm(truth)


def largest(omega, numbers):
    """The field of the largest modes: a pair of conjugates holds two numbers."""
    w = np.fft.fft2(omega)
    index = np.arange(w.size).reshape(w.shape)
    mirror = np.roll(index[::-1, ::-1], (1, 1), (0, 1))
    kept = np.zeros(w.shape, bool)
    held = 0
    for at in np.argsort(-np.abs(w).ravel(), kind="stable"):
        if kept.flat[at] or held >= numbers:
            continue
        kept.flat[at] = kept.flat[mirror.flat[at]] = True
        held += 1 if mirror.flat[at] == at else 2
    return np.fft.ifft2(w * kept).real


class Loss(CommandTest):
    def setUp(self):
        super().setUp()
        self.succeed("simulate", "--N", N, "--steps", 60, "--stride", 20, "--out", self.path("T.npz"))
        with np.load(self.path("T.npz")) as data:
            self.frames = data["traj"]

    def loss(self, *arguments, code=0):
        done = self.call("loss", "--traj", self.path("T.npz"), "--json", self.path("l.json"), "--csv", self.path("l.csv"),
                         "--png", self.path("l.png"), *arguments)
        self.assertEqual(done.returncode, code, done.stderr)
        self.report = json.loads((self.folder / "l.json").read_text())
        jsonschema.Draft202012Validator(SCHEMA).validate(self.report)
        self.assertEqual((self.folder / "l.png").read_bytes()[:4], b"\x89PNG")
        return done

    def decoded(self, *settings):
        """Losses of decodes of the encoded frames."""
        said = self.succeed("encode", "--traj", self.path("T.npz"), "--out", self.path("Z.npz"), *settings).stderr
        fields = self.decode(self.path("Z.npz"))[0]["omega_hat"]
        return [relative_l2(field, frame) for field, frame in zip(fields, self.frames)], said

    def test_table(self):
        """Every kind of setting, by decodes."""
        self.loss("--k-cuts", "4,8", "--mid-cuts", "6,12", "--kept", "16,1000", "--widths", "5,9")
        rows = self.report["table"]
        with open(self.path("l.csv"), newline="", encoding="utf-8") as stream:
            table = list(csv.DictReader(stream))
        self.assertEqual(len(table), len(rows))
        self.assertEqual(len(rows), 2 + 2 * (2 + 2 + 2))  # mid cut 6 suits k_cut 4 alone
        for row, line in zip(rows, table):
            settings = ["--k-cut", row["k_cut"], "--topk-mid", row["topk_mid"]]
            if row["topk_mid"]:
                settings += ["--resid-mid-cut", row["resid_mid_cut"], "--smooth-k", row["smooth_k"]]
            losses, said = self.decoded(*settings)
            self.assertAlmostEqual(row["relative_l2_mean"], np.mean(losses), 11)
            self.assertAlmostEqual(row["relative_l2_worst"], max(losses), 11)
            self.assertIn(f"state                    {row['numbers']:8}  {np.mean(losses):.4f} {max(losses):.4f}", said)
            self.assertAlmostEqual(float(line["relative_l2_worst"]), row["relative_l2_worst"], 14)

    def test_alternatives(self):
        """A sharp cut and the largest modes, by NumPy."""
        self.loss("--k-cut", 5, "--resid-mid-cut", 7, "--topk-mid", 20)
        losses, _ = self.decoded("--k-cut", 5, "--resid-mid-cut", 7, "--topk-mid", 20)
        loss = self.report["loss"]
        self.assertAlmostEqual(loss["state"]["mean"]["relative_l2"], np.mean(losses), 11)
        self.assertEqual(loss["state"]["numbers"], 81 + 20 + 4)
        k = np.fft.fftfreq(N, 1 / N)
        squared = k[:, None] ** 2 + k[None, :] ** 2
        cut = min(s for s in np.unique(squared) if (squared <= s).sum() >= 105)
        self.assertAlmostEqual(loss["sharp_cut"]["cut"] ** 2, cut, 11)
        self.assertEqual(loss["sharp_cut"]["numbers"], (squared <= cut).sum())
        for name, field in (("sharp_cut", lambda omega: np.fft.ifft2(np.fft.fft2(omega) * (squared <= cut)).real),
                            ("largest_modes", lambda omega: largest(omega, 105))):
            expected = [relative_l2(field(omega), omega) for omega in self.frames]
            correlations = [np.corrcoef(field(omega).ravel(), omega.ravel())[0, 1] for omega in self.frames]
            self.assertAlmostEqual(loss[name]["mean"]["relative_l2"], np.mean(expected), 11)
            self.assertAlmostEqual(loss[name]["worst"]["relative_l2"], max(expected), 11)
            self.assertAlmostEqual(loss[name]["worst"]["correlation"], min(correlations), 11)
        self.assertEqual(loss["raw_numbers"], N * N)
        points = {point["numbers"]: point for point in self.report["largest_modes"]}
        for numbers in list(points)[::6]:
            expected = [relative_l2(largest(omega, numbers - 4), omega) for omega in self.frames]
            self.assertAlmostEqual(points[numbers]["relative_l2_mean"], np.mean(expected), 10)

    def test_target(self):
        done = self.loss("--target-l2", 0.1)
        picked = self.report["picked"]
        self.assertLessEqual(picked["relative_l2_worst"], 0.1)
        smaller = [row for row in self.report["table"] if row["numbers"] < picked["numbers"]]
        self.assertTrue(smaller and min(row["relative_l2_worst"] for row in smaller) > 0.1)
        options = done.stdout.rstrip().splitlines()[-1].split()
        self.assertLessEqual(max(self.decoded(*options)[0]), 0.1)
        # Without kept modes, beyond the default mid cut.
        done = self.loss("--target-l2", 0.5, "--k-cuts", "14,16", "--mid-cuts", "18", "--kept", "16")
        self.assertEqual((self.report["picked"]["k_cut"], self.report["picked"]["topk_mid"]), (14, 0))
        options = done.stdout.rstrip().splitlines()[-1].split()
        self.assertAlmostEqual(max(self.decoded(*options)[0]), self.report["picked"]["relative_l2_worst"], 10)
        done = self.loss("--target-l2", 1e-9, "--k-cuts", "2,3", code=DIFFERENT)
        self.assertIsNone(self.report["picked"])
        self.assertIn("No state of the table loses at most 1e-09", done.stdout)
        self.refuse(BAD_USAGE, ["--target-l2 0: expected more than 0"], "loss", "--traj", self.path("T.npz"),
                    "--target-l2", 0)

    def test_fields_without_variance(self):
        np.savez(self.folder / "flat.npz", traj=np.zeros((2, 16, 16)))
        done = self.succeed("loss", "--traj", self.path("flat.npz"), "--k-cut", 3, "--resid-mid-cut", 4)
        self.assertNotIn("nan", done.stdout)

    def test_some_frames(self):
        self.loss("--every", 3)
        self.assertEqual(self.report["frames"], 2)

    def test_ignored_anchors(self):
        self.loss("--k-cut", 5, "--resid-mid-cut", 7, "--topk-mid", 20, "--combine-anchors", "ignore")
        self.succeed("encode", "--traj", self.path("T.npz"), "--out", self.path("Z.npz"), "--k-cut", 5)
        fields = self.decode(self.path("Z.npz"))[0]["omega_lp"]
        losses = [relative_l2(field, frame) for field, frame in zip(fields, self.frames)]
        self.assertAlmostEqual(self.report["loss"]["state"]["mean"]["relative_l2"], np.mean(losses), 11)

    def test_refusals(self):
        traj = ("loss", "--traj", self.path("T.npz"))
        self.refuse(BAD_USAGE, ["--traj FILE is needed"], "loss")
        self.refuse(BAD_USAGE, ["--k-cuts '4,x'"], *traj, "--k-cuts", "4,x")
        self.refuse(BAD_USAGE, ["--mid-cuts", "1 .. 24"], *traj, "--mid-cuts", 25)
        self.refuse(BAD_USAGE, ["--widths: 4 is even"], *traj, "--widths", "3,4", "--mask-smooth-kernel", "triangle")
        self.refuse(BAD_USAGE, ["cannot create a file"], *traj, "--csv", self.path("no/l.csv"))


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: MIT
"""vordec encode by several ranks: a block of successive frames each, and the states of one process."""

import unittest

import numpy as np
from cli_support import BAD_USAGE
from rank_support import OFTEN, RankTest, main

ARGUMENTS = ("--store", "float16", "--compress", "2", "--topk-mid", "8")


class Encode(RankTest):
    def trajectory(self, **changes):
        """Frames enough for two rounds of each of two ranks, of waves that travel."""
        x = 2 * np.pi * np.arange(32) / 32
        frames = [np.cos(3 * x + 0.1 * t)[:, None] + np.sin(5 * x - 0.2 * t)[None, :] + np.cos(9 * x + t)[None, :]
                  for t in range(41)]
        frames = np.array(frames)
        for frame, value in changes.items():
            frames[int(frame[1:]), 3, 4] = value
        np.savez(self.folder / "traj.npz", traj=frames, dt=0.5)
        return self.path("traj.npz")

    def test_same_bytes(self):
        traj = self.trajectory()
        alone = self.succeed("encode", "--traj", traj, "--out", "alone.npz", *ARGUMENTS)
        done = self.call_ranks(2, "encode", "--traj", traj, "--out", "ranks.npz", "--metrics-json", "m.json", *ARGUMENTS,
                               env=OFTEN)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.folder / "ranks.npz").read_bytes(), (self.folder / "alone.npz").read_bytes())
        said = self.take_progress(done.stderr, "encode", 41)
        self.assertEqual(said.replace("ranks.npz", "alone.npz"), alone.stderr)  # what states lose, too
        metrics = self.read_metrics("m.json")
        self.assertEqual(metrics["encode_device"], "cpu")
        self.assertEqual([(rank["states"], rank["encode_device"]) for rank in metrics["ranks"]], [(21, "cpu"), (20, "cpu")])

    def test_one_file_of_all(self):
        """Each writes its own states, halves and doubles; of three frames, four of seven ranks have none."""
        self.trajectory()
        some = dict(np.load(self.folder / "traj.npz"))
        np.savez(self.folder / "three.npz", traj=some["traj"][:3], dt=some["dt"])
        for size, traj, out, *words in ((3, "traj.npz", "s.nc", "--store", "float16"), (2, "traj.npz", "s.h5"),
                                        (7, "three.npz", "f.h5", "--store", "float32")):
            words = "--traj", traj, "--topk-mid", 8, *words
            alone = self.succeed("encode", "--out", "alone-" + out, *words)
            done = self.call_ranks(size, "encode", "--out", out, "--collective", "on", "--metrics-json", "m.json", *words)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(done.stderr, alone.stderr.replace("alone-", ""))
            self.assertEqual((self.folder / out).read_bytes(), (self.folder / f"alone-{out}").read_bytes())
            self.assertEqual(len(self.read_metrics("m.json")["ranks"]), size)

    def test_what_is_never_written_together(self):
        self.trajectory()
        for words in ("--frame", 3), ("--shard", "0/2"):
            with self.subTest(words):
                done = self.call_ranks(2, "encode", *ARGUMENTS, "--out", "s.nc", "--collective", "on", *words)
                self.assertEqual(done.returncode, BAD_USAGE, done.stderr)
                line, = self.lines_of_ours(done)
                self.assertIn(f"--collective on cannot be used with {words[0]}: ", line)

    def test_bad_frame_of_one_rank(self):
        traj = self.trajectory(t39=np.nan)
        before = self.tree()
        for words in (*ARGUMENTS, "--out", "ranks.npz"), ("--out", "ranks.nc", "--collective", "on"):
            done = self.call_ranks(2, "encode", "--traj", traj, *words)
            self.assertEqual(done.returncode, BAD_USAGE, done.stderr)
            line, = self.lines_of_ours(done)
            self.assertRegex(line, r"^vordec: rank 1: .*traj\.npz: traj: frame 39 is NaN")
            self.assertEqual(self.tree(), before)


if __name__ == "__main__":
    main(unittest)
